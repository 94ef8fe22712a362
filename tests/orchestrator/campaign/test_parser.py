import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.campaign.errors import CampaignFileError, Place
from orchestrator.campaign.parser import parse


def refusals(text):
    with pytest.raises(CampaignFileError) as caught:
        parse(text, "c.yaml")
    return [str(problem) for problem in caught.value.problems]


def notes(text):
    return [str(problem) for problem in parse(text, "c.yaml").problems]


def test_a_document_is_plain_data():
    text = "a: 1e-3\nb: [x, '7', 7, true]\nc: {d: {}, e: []}\nf: |\n  two\n  lines\n"
    assert parse(text, "c.yaml").root.plain() == {
        "a": 0.001,
        "b": ["x", "7", 7, True],
        "c": {"d": {}, "e": []},
        "f": "two\nlines\n",
    }


def test_every_key_and_value_knows_its_line_and_column():
    document = parse("a: 1\nb:\n  c: [x, y]\n", "c.yaml")
    _, node = document.locate(("b", "c"))
    assert node.key == Place("c.yaml", 3, 3)
    assert node.place == Place("c.yaml", 3, 6)
    assert document.locate(("b", "c", 1))[1].place == Place("c.yaml", 3, 10)


def test_a_byte_order_mark_windows_line_ends_and_document_marks_change_nothing():
    document = parse("\ufeff---\r\na: 1\r\nb: x\r\n...\r\n", "c.yaml")
    assert document.root.plain() == {"a": 1, "b": "x"}
    assert document.locate(("b",))[1].place == Place("c.yaml", 3, 4)


def test_a_key_written_twice_is_noted_at_the_second_with_the_line_of_the_first():
    assert notes("a: 1\nb: {c: 1, c: 2}\na: 3\n") == [
        "c.yaml:2:11: b.c: the key 'c' is written twice; first in line 2.",
        "c.yaml:3:1: a: the key 'a' is written twice; first in line 1.",
    ]


@pytest.mark.parametrize("key", ["on", "Off", "YES", "no", "true", "1", "1e3", "010", "~", "null", ".inf"])
def test_a_key_that_is_not_plainly_a_word_is_noted(key):
    (note,) = notes(f"{key}: 1\n")
    assert note.startswith("c.yaml:1:1:")
    assert f"write '{key}' in quotes" in note


@pytest.mark.parametrize("key", ["'on'", '"1"', "y", "n", "x1", "einsteinium"])
def test_a_quoted_key_is_a_word(key):
    assert notes(f"{key}: 1\n") == []


def test_a_missing_key_is_noted():
    assert notes(": 5\n") == ["c.yaml:1:1: a key is missing before the ':'."]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a: &x 1\n", "1:4", "anchors (&x) are not used here"),
        ("a: {b: *x}\n", "1:8", "aliases (*x) are not used here"),
        ("b:\n  <<: {c: 1}\n", "2:3", "merge keys (<<) are not used here"),
        ("a: !!str 7\n", "1:4", "tags (!name) are not used here"),
        ("a: !!python/object:os.system x\n", "1:4", "tags (!name) are not used here"),
        ('a: "\\ud800"\n', "1:4", "cannot be shown"),
        ('"\\ud800": 1\n', "1:1", "cannot be shown"),
    ],
)
def test_a_construction_that_hides_what_is_meant_is_noted(text, place, said):
    (note,) = notes(text)
    assert note.startswith(f"c.yaml:{place}: ")
    assert said in note


@pytest.mark.parametrize(
    ("text", "place"), [("a:\nb: 1\n", "1:1"), ("a: null\n", "1:4"), ("a: [1, ~]\n", "1:8"), ("{a}", "1:2")]
)
def test_an_absent_value_is_noted(text, place):
    (note,) = notes(text)
    assert note.startswith(f"c.yaml:{place}: a")
    assert note.endswith("Write one, or leave the key out.")


def test_a_key_that_swallowed_its_value_is_told_of_the_space():
    assert notes("{a:1}\n") == ["c.yaml:1:2: a:1: 'a:1' has no value. A space is needed after the ':'."]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n\n", "null\n"])
def test_an_empty_file_is_refused(text):
    assert refusals(text) == ["c.yaml:1:1: it is empty. A campaign file begins with 'campaign: a-name'."]


def test_a_second_document_is_refused_where_it_begins():
    assert refusals("a: 1\n---\nb: 1\n") == ["c.yaml:2:1: a second document begins here. Write one campaign per file."]


def test_directives_are_refused():
    assert "directives" in refusals("%YAML 1.1\n---\na: 1\n")[0]


def test_a_key_that_is_a_list_is_refused():
    assert refusals("? [a]\n: 2\n")[0].startswith("c.yaml:1:3: a key is a word")


def test_endless_nesting_is_refused():
    assert "nested more than" in refusals("a: " + "[" * 3000)[0]


def test_what_was_noted_before_a_syntax_error_is_told_with_it():
    assert len(refusals("a: 1\na: 2\nb: [\n")) == 2


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet=st.sampled_from(" \n\t\r:-?{}[],&*!|>'\"%@`#~<=ab01.eE_\\xuU\ufeff\u2028é"), max_size=30))
def test_any_text_is_read_or_refused_at_a_place_inside_it(text):
    try:
        problems = parse(text, "c.yaml").problems
    except CampaignFileError as error:
        problems = error.problems
        assert problems
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
