import getpass
from pathlib import Path

import pytest

from orchestrator.ledger.home import Home
from tests.orchestrator.cli.conftest import CAMPAIGN, drive_without_prefect, write_campaign


@pytest.fixture
def waiting(home, tmp_path) -> Path:
    """A campaign that stands for the approval of its first trial."""
    text = CAMPAIGN + "approval: {first: 1}\n"
    drive_without_prefect(Home(home), write_campaign(tmp_path / "campaign", text))
    return home


@pytest.fixture
def proposing(home, tmp_path) -> Path:
    """A campaign that proposes to stop."""
    text = CAMPAIGN.replace("{trials: 6}", "{trials: 30, target: 0.5, propose: true}")
    drive_without_prefect(Home(home), write_campaign(tmp_path / "campaign", text))
    return home


def test_the_question_is_shown_with_its_evidence_and_the_commands_that_answer_it(junkan, waiting):
    said = junkan("review", "parabola").out
    assert "may trial 1 be started?" in said
    assert "parameters: x = " in said
    assert "junkan review parabola --approve 1" in said


def test_a_program_gets_one_document(junkan, waiting):
    found = junkan("review", "parabola", "--json").document
    assert (found["status"], found["reason"]) == ("review", "trial 1 waits for approval")
    (question,) = found["waiting"]
    assert question["choices"] == ["approve", "reject"]
    assert set(question["evidence"]["parameters"]) == {"x", "y"}


def test_an_approval_says_how_to_go_on_and_keeps_who_gave_it(junkan, waiting):
    answer = junkan("review", "parabola", "--approve", 1, "--by", "anna", "--note", "fine")
    assert answer.code == 0
    assert answer.out == "trial 1 is approved. Go on with `junkan resume parabola`.\n"
    late = junkan("review", "parabola", "--reject", 1, "--note", "no")
    assert late.code == 2
    assert "was approved by anna" in late.err
    assert "(fine)" in late.err
    assert junkan("review", "parabola").out == "campaign parabola asks nothing\n"


def test_all_that_wait_may_be_meant(junkan, waiting):
    assert junkan("review", "parabola", "--approve", "all", "--json").document["done"] == [
        "trial 1 is approved. Go on with `junkan resume parabola`."
    ]


def test_a_rejection_needs_a_reason_and_shows_it(junkan, waiting):
    refused = junkan("review", "parabola", "--reject", 1)
    assert refused.code == 2
    assert "say why" in refused.err
    assert junkan("review", "parabola", "--reject", 1, "--note", "too hot").code == 0
    (trial,) = junkan("trials", "parabola", "--json").document
    assert (trial["status"], trial["failure"]["reason"]) == ("rejected", "too hot")


def test_without_a_name_it_is_the_user_of_the_computer(junkan, waiting):
    junkan("review", "parabola", "--approve", 1)
    assert f"by {getpass.getuser()}" in junkan("review", "parabola", "--approve", 1).err


def test_a_proposed_stop_is_shown_with_what_is_known_and_accepted(junkan, proposing):
    said = junkan("review", "parabola").out
    assert "is enough known? the target 0.5 is reached" in said
    assert "best: height = " in said
    assert junkan("review", "parabola", "--accept").out == "campaign parabola ends: enough is known\n"
    assert junkan("status", "parabola", "--json").document["status"] == "done"


def test_a_proposed_stop_may_be_put_off_for_some_trials(junkan, proposing):
    answer = junkan("review", "parabola", "--go-on", 3)
    assert answer.out == "campaign parabola goes on for 3 trials at least. Go on with `junkan resume parabola`.\n"
    assert junkan("review", "parabola", "--go-on", 0).code == 2


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (("--approve", 1, "--accept"), "at a time"),
        (("--approve", "first"), "give the number of a trial"),
        (("--approve", 9), "has no trial 9"),
        (("--go-on", 2), "has no 'propose: true'"),
    ],
)
def test_what_cannot_be_said_changes_nothing(junkan, waiting, said, complaint):
    answer = junkan("review", "parabola", *said)
    assert answer.code == 2
    assert complaint in answer.err
    assert junkan("trials", "parabola", "--json").document[0]["status"] == "proposed"


def test_a_campaign_that_is_done_asks_nothing(junkan, finished):
    assert junkan("review", "parabola").out == "campaign parabola asks nothing\n"
    answer = junkan("review", "parabola", "--accept")
    assert answer.code == 2
    assert "has ended, or is ending, already: the budget of 6 trials is used" in answer.err
