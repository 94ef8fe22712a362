import pytest

from simulators.thin_film.instruments import scpi
from simulators.thin_film.instruments.source_meter_words import WORDS


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("VOLTAGE", "VOLT"), ("CURRENT", "CURR"), ("SOURCE", "SOUR"), ("RESISTANCE", "RES"), ("DELAY", "DEL"),
        ("ERROR", "ERR"), ("FORMAT", "FORM"), ("AUTO", "AUTO"), ("ALL", "ALL"), ("CLEAR", "CLE"), ("IMMEDIATE", "IMM"),
    ],
)  # fmt: skip
def test_the_short_form_has_four_letters_or_three_before_a_vowel(word, form):
    assert scpi.short(word) == form


@pytest.mark.parametrize(
    ("header", "canonical"),
    [
        (":SENSE:VOLTAGE:PROTECTION?", "SENS:VOLT:PROT?"), (":SENS:VOLT:PROT:LEV", "SENS:VOLT:PROT"),
        (":SOURCE1:CURRENT:LEVEL:IMMEDIATE:AMPLITUDE", "SOUR:CURR"), (":OUTPUT:STATE", "OUTP"), ("*IDN?", "*IDN?"),
        (":SENSE:RESISTANCE:MODE", "SENS:RES:MODE"), (":SOUR:FUNC:MODE?", "SOUR:FUNC?"),
        (":SENSEX:VOLT", None), (":CURRE", None), (":", None), ("?", None),
    ],
)  # fmt: skip
def test_long_and_short_words_mean_the_same_and_others_nothing(header, canonical):
    assert WORDS.canonical(header) == canonical


def test_messages_follow_one_another_and_share_their_path():
    line = ":SENS:FUNC 'VOLT;AGE';:SENS:VOLT:NPLC 1;RANG 20;*CLS;"
    assert list(scpi.messages(line)) == [
        (":SENS:FUNC", "'VOLT;AGE'"), (":SENS:VOLT:NPLC", "1"), (":SENS:VOLT:RANG", "20"), ("*CLS", ""),
    ]  # fmt: skip
