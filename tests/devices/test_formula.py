import pytest

from devices.formula import OPERATORS, UnreadableFormula, parse_formula
from devices.units import UnknownUnit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (3, 3.0),
        ("1e-3", 1e-3),
        ("2 + 3 * 4", 14.0),
        ("2 * 3 ** 2", 18.0),
        ("-2 ** 2", -4.0),
        ("2 ** -1", 0.5),
        ("2 ** 3 ** 2", 512.0),
        ("10 - 3 - 2", 5.0),
        ("(10 - 3) / 2", 3.5),
        ("10**${x}", 100.0),
        ("log10(${y}) + sqrt(4)", 5.0),
        ("min(${x}, 1, 7)", 1.0),
        ("round(2.6)", 3.0),
        (' choose(${target}, "metal", 1, "ceramic", 2) ', 2.0),
        ("${target}", "ceramic"),
        (True, True),
        ("false", False),
    ],
)
def test_a_formula_has_the_value_that_a_scientist_reads_in_it(text, value):
    assert parse_formula(text).value({"x": 2, "y": 1000.0, "target": "ceramic"}) == value


def test_a_formula_with_a_unit_is_converted_to_the_one_that_is_asked_for():
    assert parse_formula("${x} mTorr").number({"x": 3.0}, "Pa") == pytest.approx(0.39997, abs=1e-5)
    assert parse_formula("400 C").number({}, "K") == pytest.approx(673.15)
    assert parse_formula("2 h").number({}, "s") == 7200.0
    assert parse_formula("${x}").number({"x": 3.0}, "Pa") == 3.0


@pytest.mark.parametrize(
    "text", ["", "2 +", "(1", "1 2", "${x", "$x", "__import__('os')", "os.system(1)", "2 @ 3", "x", "min()", "${X}"]
)
def test_what_is_no_formula_is_refused(text):
    with pytest.raises((UnreadableFormula, UnknownUnit)):
        parse_formula(text)


@pytest.mark.parametrize("given", [None, [1], float("inf"), float("nan"), 1j])
def test_what_is_neither_number_nor_text_is_refused(given):
    with pytest.raises(UnreadableFormula):
        parse_formula(given)


def test_the_refusal_says_where_and_what_was_perhaps_meant():
    with pytest.raises(UnreadableFormula, match=r"no function 'log1'. Did you mean 'log10'"):
        parse_formula("log1(3)")
    with pytest.raises(UnreadableFormula, match=r"'\)' is expected at '2'"):
        parse_formula("(1 2")
    with pytest.raises(UnknownUnit, match="Watt"):
        parse_formula("3 Watt")


@pytest.mark.parametrize("text", ["1 / 0", "log10(-1)", "(-8) ** 0.5", "10 ** 400", '"a" + 1', "exp(1000)"])
def test_a_formula_that_gives_no_number_is_an_error_and_not_infinite(text):
    with pytest.raises(ValueError, match="has no value"):
        parse_formula(text).value({})


def test_a_missing_parameter_is_named_with_what_was_perhaps_meant():
    with pytest.raises(ValueError, match=r"no parameter 'powr'. Did you mean 'power'\?"):
        parse_formula("${powr} W").value({"power": 100.0})


def test_a_word_where_a_number_belongs_is_an_error():
    with pytest.raises(ValueError, match="not a number"):
        parse_formula("${target}").number({"target": "metal"})
    with pytest.raises(ValueError, match="is none of metal"):
        parse_formula('choose(${target}, "metal", 1)').value({"target": "wood"})


def test_a_formula_knows_its_parameters():
    assert parse_formula("${a} * (${b} - ${a})").parameters() == ("a", "b")
    assert set(OPERATORS) >= {"+", "log10"}
