import pytest

from orchestrator.campaign.document import Document, Node, NotASection
from orchestrator.campaign.errors import Place
from orchestrator.campaign.parser import parse


@pytest.fixture
def document() -> Document:
    return parse("stop: {trials: 3}\naxis: [0, 1]\n", "c.yaml")


def test_parts_of_a_path_that_lead_nowhere_are_skipped(document):
    path, node = document.locate(("stop", "constrained-int", "trials", "float"))
    assert path == ("stop", "trials")
    assert node.content == 3


@pytest.mark.parametrize("part", [2, -1, "x"])
def test_a_list_has_no_entry_beyond_its_ends_and_none_by_name(document, part):
    assert document.root.child("axis").child(part) is None


def test_a_complaint_about_a_section_points_to_its_key_and_about_a_value_to_the_value(document):
    assert document.root.child("stop").shown_at == Place("c.yaml", 1, 1)
    assert document.root.child("stop").child("trials").shown_at == Place("c.yaml", 1, 16)


def test_a_value_put_in_leaves_the_original_as_it_was(document):
    changed = document.with_value(("stop", "trials"), Node(5, Place("--set")))
    assert changed.root.plain() == {"stop": {"trials": 5}, "axis": [0, 1]}
    assert document.root.plain() == {"stop": {"trials": 3}, "axis": [0, 1]}


def test_sections_on_the_way_to_a_value_are_made(document):
    changed = document.with_value(("report", "random_search", "within"), Node(0.1, Place("--set")))
    assert changed.root.plain()["report"] == {"random_search": {"within": 0.1}}


@pytest.mark.parametrize("path", [("axis", "0"), ("stop", "trials", "x")])
def test_a_value_that_is_no_section_takes_no_key(document, path):
    with pytest.raises(NotASection, match=path[-1]):
        document.with_value(path, Node(1, Place("--set")))


def test_a_path_may_count_in_words_and_lead_through_keys_with_dots():
    document = parse("steps:\n  - set: {gun.power: 5}\n", "c.yaml")
    path, node = document.locate(("steps", "0", "set", "gun", "power"))
    assert path == ("steps", 0, "set", "gun.power")
    assert node.content == 5
