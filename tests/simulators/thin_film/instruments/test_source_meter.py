import math

import pytest

from simulators.thin_film.instruments.source_meter import OVERFLOW, SourceMeter


class Film:
    """A film of so many ohm per square under the needles; 3 uV of offset; no more than 20 V."""

    def __init__(self, sheet_resistance=100.0):
        self.sheet_resistance = sheet_resistance

    def probe_voltage(self, ampere):
        if self.sheet_resistance is None:
            return None
        volts = ampere * self.sheet_resistance * math.log(2) / math.pi + 3e-6
        return max(min(volts, 20.0), -20.0)


SET_UP = b":SOUR:FUNC CURR\n:SYST:RSEN 1\n:SENS:VOLT:PROT 20\n:SOUR:CURR 1e-4\nOUTP 1\n"


def test_the_conversation_byte_for_byte(say):
    meter = SourceMeter(Film())
    assert say(meter, SET_UP) == b""
    assert say(meter, b":SOUR:CURR?\n") == b"+1.000000E-04\n"
    assert say(meter, b":MEAS:VOLT?\n") == b"+2.209356E-03,+1.000000E-04,+2.209356E+01,+0.000000E+00,+1.000000E+00\n"
    assert say(meter, b":SYST:ERR?\n") == b'0,"No error"\n'


def test_reversing_the_current_removes_the_offset(say):
    meter = SourceMeter(Film())
    say(meter, SET_UP + b":FORM:ELEM VOLT\n")
    plus = float(say(meter, b":READ?\n"))
    say(meter, b":SOUR:CURR -1e-4\n")
    minus = float(say(meter, b":READ?\n"))
    assert (plus + minus) / 2 == pytest.approx(3e-6, abs=1e-9)
    assert (plus - minus) / 2e-4 == pytest.approx(100 * math.log(2) / math.pi, rel=1e-6)


def test_beyond_the_compliance_the_current_is_smaller_and_the_status_says_so(say):
    meter = SourceMeter(Film(2e6))
    say(meter, SET_UP)
    volts, amperes, ohms, _, status = (float(text) for text in say(meter, b":READ?\n").split(b","))
    assert volts == 20.0
    assert amperes == pytest.approx(20.0 / (2e6 * math.log(2) / math.pi), rel=1e-3)
    assert ohms == pytest.approx(2e6 * math.log(2) / math.pi, rel=1e-3)
    assert int(status) & SourceMeter.COMPLIANCE


def test_nothing_under_the_needles_is_an_open_circuit(say):
    meter = SourceMeter(Film(None))
    say(meter, SET_UP)
    volts, amperes, ohms, _, status = (float(text) for text in say(meter, b":READ?\n").split(b","))
    assert (volts, amperes, ohms) == (20.0, 0.0, OVERFLOW)
    assert int(status) & SourceMeter.COMPLIANCE


def test_two_wires_see_the_contacts_as_well(say):
    meter = SourceMeter(Film())
    say(meter, SET_UP + b":SYST:RSEN 0\n:FORM:ELEM RES\n")
    assert float(say(meter, b":READ?\n")) == pytest.approx(100 * math.log(2) / math.pi + 40.0, rel=1e-2)


def test_with_the_output_off_a_reading_is_an_error_and_no_answer(say):
    meter = SourceMeter(Film())
    assert say(meter, b":READ?\n") == b""
    assert say(meter, b":SYST:ERR?\n") == b'+803,"Not permitted with OUTPUT off"\n'
    assert say(meter, b":SYST:ERR?\n") == b'0,"No error"\n'


def test_to_measure_turns_the_output_on_and_leaves_it_on(say):
    """2400 Series SourceMeter User's Manual, 17-5."""
    meter = SourceMeter(Film())
    assert say(meter, b":MEAS:VOLT?\n") != b""
    assert say(meter, b":OUTP?\n") == b"1\n"


def test_with_automatic_output_off_it_is_on_only_while_it_reads(say):
    meter = SourceMeter(Film())
    assert say(meter, b":SOUR:CLE:AUTO 1\n:READ?\n") != b""
    assert say(meter, b":OUTP?\n") == b"0\n"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (":FOO 1", -113), (":SOUR:CURR 2", -222), (":SOUR:CURR", -109), (":SOUR:CURR x", -104),
        (":SOUR:CURR nan", -104),
        (":SOUR:FUNC MEM", -224), (":OUTP 2", -104), (":FORM:ELEM FOO", -224), (":READ", -113),
        ("x" * 600, -113),
    ],
)  # fmt: skip
def test_mistakes_go_to_the_error_queue_and_are_not_answered(say, sent, code):
    meter = SourceMeter(Film())
    assert say(meter, f"{sent}\n".encode()) == b""
    assert say(meter, b":SYST:ERR?\n").startswith(f"{code:+d},".encode())


def test_the_error_queue_overflows_instead_of_growing(say):
    meter = SourceMeter(Film())
    say(meter, b":FOO\n" * 50)
    answers = [say(meter, b":SYST:ERR?\n")[:4] for _ in range(11)]
    assert answers == [b"-113"] * 9 + [b"-350", b'0,"N']


def test_changing_the_function_switches_the_output_off(say):
    meter = SourceMeter(Film())
    say(meter, SET_UP + b":SOUR:FUNC VOLT\n")
    assert say(meter, b":OUTP?\n") == b"0\n"


def test_a_voltage_can_be_sourced_within_its_compliance(say):
    meter = SourceMeter(Film(1e5))
    say(meter, b":SOUR:VOLT 1\n:SYST:RSEN 1\nOUTP 1\n")
    volts, amperes, *_ = (float(text) for text in say(meter, b":READ?\n").split(b","))
    assert (volts, amperes) == (1.0, pytest.approx(1.0 / (1e5 * math.log(2) / math.pi), rel=1e-5))
    say(meter, b":SENS:CURR:PROT 1e-5\n")
    volts, amperes, *_, status = (float(text) for text in say(meter, b":READ?\n").split(b","))
    assert amperes == 1e-5
    assert volts < 1.0
    assert int(status) & SourceMeter.COMPLIANCE


def test_several_answers_to_one_line_make_one_line(say):
    assert say(SourceMeter(Film()), b":OUTP?;:SOUR:FUNC?;*OPC?\n") == b"0;VOLT;1\n"


def test_setting_a_range_ends_its_automatic(say):
    assert say(SourceMeter(Film()), b":SENS:VOLT:RANG:AUTO?;:SENS:VOLT:RANG 2;RANG:AUTO?\n") == b"1;0\n"


def test_a_relay_that_sticks_is_seen_by_reading_back(say):
    meter = SourceMeter(Film())
    meter.trouble("stuck_output", True)
    say(meter, SET_UP)
    assert say(meter, b":OUTP?\n") == b"0\n"


def test_settings_outlive_it(say):
    meter = SourceMeter(Film())
    say(meter, SET_UP)
    other = SourceMeter(Film())
    other.restore(meter.state())
    assert say(other, b":SOUR:FUNC?;:OUTP?;:SOUR:CURR?\n") == b"CURR;1;+1.000000E-04\n"
