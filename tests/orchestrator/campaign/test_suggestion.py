import pytest

from orchestrator.campaign.suggestion import did_you_mean, nearest, not_known

KNOWN = ("no_progress", "chance_of_better", "trials", "Cu")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("trails", "trials"),
        ("no-progress", "no_progress"),
        ("TRIALS", "trials"),
        ("cu", "Cu"),
        ("banana", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_found_whatever_its_case_and_hyphens(word, meant):
    assert nearest(word, KNOWN) == meant


def test_nothing_is_suggested_where_nothing_is_alike():
    assert did_you_mean("banana", KNOWN) == ""


def test_an_unknown_word_is_answered_with_all_that_are_known():
    assert (
        not_known("trails", ["hours", "trials"])
        == "'trails' is not known. Did you mean 'trials'? Known: hours, trials."
    )
    assert not_known("trails", []) == "'trails' is not known. Known: none."
