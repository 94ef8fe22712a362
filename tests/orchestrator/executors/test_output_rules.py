import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.executors.output_rules import FailureSign, NoNumber, OutputRule, RuleMatchesNothing, Sign

LOG = """step 1 E = -1.5 eV
step 2 E = -2.25 eV
total energy -2.5 Ry, done
"""
CSV = "step,energy\n1,-1.5\n2,-2.25\n"
JSON = '{"results": {"energy": -2.5, "steps": [{"e": 1}, {"e": 2}]}}'


@pytest.fixture
def read(tmp_path):
    """Reads a number out of a text by a rule."""

    def number(text, is_complete=False, **rule):
        (tmp_path / "stdout.txt").write_text(text)
        return OutputRule(**rule).number(tmp_path, is_complete)

    return number


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"regex": r"E = (\S+)"}, -2.25),
        ({"regex": r"E = (\S+)", "take": "first"}, -1.5),
        ({"regex": r"^total energy (\S+) Ry", "take": "only"}, -2.5),
        ({"regex": r"(?<=energy )\S+"}, -2.5),
        ({"line": "last", "word": 3}, -2.5),
        ({"line": "first", "word": 5}, -1.5),
        ({"line": 2, "word": -2}, -2.25),
    ],
)
def test_text_is_read_by_expressions_and_by_places(read, rule, value):
    assert read(LOG, **rule) == value


@pytest.mark.parametrize(
    ("path", "value"), [("results.energy", -2.5), ("results.steps.-1.e", 2), ("results.steps.0.e", 1)]
)
def test_json_is_read_by_a_path(read, path, value):
    assert read(JSON, json=path) == value


@pytest.mark.parametrize(("take", "value"), [("last", -2.25), ("first", -1.5)])
def test_a_table_is_read_by_the_name_of_a_column(read, take, value):
    assert read(CSV, csv="energy", take=take) == value


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_exactly(tmp_path_factory, number):
    folder = tmp_path_factory.mktemp("one")
    (folder / "stdout.txt").write_text(f"E = {number!r}\n")
    assert OutputRule(regex=r"E = (\S+)").number(folder) == number


def test_fortran_numbers_are_numbers(read):
    assert read("E = -1.25D-03\n", regex=r"E = (\S+)") == -1.25e-3


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"regex": "F = (.*)"}, "no line that matches 'F = "),
        ({"regex": "E = (.*)", "take": "only"}, "2 matches"),
        ({"line": 9}, "no word -1 in line 9"),
        ({"csv": "energy"}, "no column 'energy', only step 1 E"),
        ({"json": "a"}, "no whole JSON document"),
        ({"file": "other.txt", "line": 1}, "left no file other.txt. It left: stdout.txt"),
    ],
)
def test_a_rule_that_matches_nothing_says_what_is_there(read, rule, message):
    with pytest.raises(RuleMatchesNothing, match=message):
        read(LOG, **rule)


@pytest.mark.parametrize("path", ["result.energy", "results.steps.5.e", "results.energy.x"])
def test_a_path_that_leads_nowhere_in_json_is_refused(read, path):
    with pytest.raises(RuleMatchesNothing):
        read(JSON, json=path)


@pytest.mark.parametrize("cut", range(1, len(JSON)))
def test_json_that_was_cut_off_anywhere_has_no_value(read, cut):
    with pytest.raises(RuleMatchesNothing):
        read(JSON[:-cut], json="results.energy")


@pytest.mark.parametrize("rule", [{"regex": r"-(\d+\.\d+)"}, {"line": "last"}])
@pytest.mark.parametrize("cut", range(1, 8))
def test_a_number_that_was_cut_off_anywhere_is_not_read(read, rule, cut):
    with pytest.raises(RuleMatchesNothing):
        read("energy -214.98901\n"[:-cut], **rule)


def test_a_table_that_was_cut_off_is_not_read(read):
    with pytest.raises(RuleMatchesNothing, match="cut off"):
        read(CSV[:-2], csv="energy")


def test_a_program_that_came_to_its_end_may_leave_out_the_last_line_end(read):
    assert read("-2.5", is_complete=True, line="last") == -2.5


@pytest.mark.parametrize("word", ["nan", "inf", "-Infinity", "****", "n/a"])
def test_what_is_no_finite_number_is_refused(read, word):
    with pytest.raises(NoNumber):
        read(f"E = {word}\n", regex=r"E = (\S+)")


def test_a_sign_is_seen_with_its_line(tmp_path):
    (tmp_path / "stdout.txt").write_text("a\n  SCF was NOT converged (2)  \nb\n")
    assert Sign(regex="NOT conv").seen(tmp_path) == "SCF was NOT converged (2)"
    assert Sign(regex="^b$").seen(tmp_path) == "b"
    assert Sign(regex="x").seen(tmp_path) is None
    assert FailureSign(file="none", regex="a", kind="fault").seen(tmp_path) is None
