import pytest

from optimizers import Objective, Proposal
from orchestrator.ledger import campaigns, lease, transitions
from orchestrator.ledger.database import Database
from orchestrator.ledger.home import Home
from orchestrator.ledger.tables import Decision
from orchestrator.ledger.transaction import transaction
from orchestrator.ledger.upgrade import upgrade


@pytest.fixture
def ledger(home):
    """The ledger of this home, with the campaign `parabola`, whose only trial nobody can tell about."""
    database = Home(home).database()
    upgrade(database)
    campaigns.enter(
        database,
        campaigns.CampaignEntry(
            "parabola", "p.yaml", "", "0" * 64, "/", (), {}, {}, (Objective("height", "m^2"),), 3, budget={"trials": 6}
        ),
    )
    owner = lease.claim(database, "parabola")
    with transaction(database, "parabola", owner) as tx:
        decision = Decision(
            campaign_id=tx.campaign_id, position=1, asked=1, returned=1, optimizer="random", seconds=0.0
        )
        (number,) = transitions.propose(tx, [Proposal(parameters={"x": 0.2, "y": 0.4}, candidate=1)], decision)
        transitions.approve(tx, number)
        transitions.dispatch(tx, number, owner=owner, folder="f")
        transitions.doubt(tx, number, "the laboratory keeps no book")
    lease.release(database, owner)
    yield database
    database.close()


def status(database: Database, junkan) -> dict:
    return junkan("status", "parabola", "--json").document


def test_a_value_told_by_a_person_completes_an_uncertain_trial(junkan, ledger):
    answer = junkan("tell", "parabola", 1, "--value", 0.25, "--standard-error", 0.01)
    assert answer.code == 0
    assert answer.out == "trial 1 is now completed. Go on with `junkan resume parabola`.\n"
    (trial,) = junkan("trials", "parabola", "--json").document
    assert trial["objectives"]["height"] == {"value": 0.25, "standard_error": 0.01, "unit": "m^2"}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (("--failed", "the sample fell"), "failed"),
        (("--again",), "approved"),
        (("--abandon", "too dangerous"), "abandoned"),
    ],
)
def test_a_person_says_what_became_of_an_uncertain_trial(junkan, ledger, said, status):
    assert junkan("tell", "parabola", 1, *said).out.startswith(f"trial 1 is now {status}.")
    assert junkan("trials", "parabola", "--json").document[0]["status"] == status


@pytest.mark.parametrize("said", [(), ("--value", "1.0", "--again"), ("--failed", "a", "--abandon", "b")])
def test_saying_nothing_or_two_things_is_refused(junkan, ledger, said):
    answer = junkan("tell", "parabola", 1, *said)
    assert answer.code == 2
    assert "say exactly one of --value, --failed, --again, --abandon" in answer.err
    assert junkan("trials", "parabola", "--json").document[0]["status"] == "uncertain"


def test_a_trial_that_is_known_needs_no_word(junkan, finished):
    answer = junkan("tell", "parabola", 2, "--value", 1.0)
    assert answer.code == 2
    assert "trial 2 of 'parabola' is completed: only an uncertain trial can be told about" in answer.err


def test_a_trial_that_is_not_there_is_refused(junkan, ledger):
    answer = junkan("tell", "parabola", 7, "--value", 1.0)
    assert answer.code == 2
    assert "7" in answer.err


def test_nobody_may_tell_while_a_process_drives_the_campaign(junkan, ledger):
    owner = lease.claim(ledger, "parabola")
    answer = junkan("tell", "parabola", 1, "--value", 1.0)
    lease.release(ledger, owner)
    assert answer.code == 2
    assert "is being run by process" in answer.err


@pytest.mark.parametrize("wish", ["pause", "stop"])
def test_a_wish_is_left_for_the_process_that_drives_the_campaign(junkan, ledger, wish):
    owner = lease.claim(ledger, "parabola")
    answer = junkan(wish, "parabola")
    with ledger.reading() as session:
        row = campaigns.find(session, "parabola")
    lease.release(ledger, owner)
    assert answer.code == 0
    assert answer.out.startswith("asked process ")
    assert row.requested == wish


def test_pausing_where_nobody_works_says_so_in_the_status(junkan, ledger):
    assert junkan("pause", "parabola").out == "campaign parabola is paused\n"
    assert status(ledger, junkan)["status"] == "paused"


def test_stopping_where_nobody_works_is_left_to_the_next_who_takes_it_up(junkan, ledger):
    answer = junkan("stop", "parabola")
    assert answer.code == 0
    assert "`junkan resume parabola` settles what was under way and ends it" in answer.out


@pytest.mark.parametrize("wish", ["pause", "stop"])
def test_what_has_ended_cannot_be_stopped(junkan, finished, wish):
    answer = junkan(wish, "parabola")
    assert answer.code == 0
    assert answer.out == "campaign parabola has ended already: the budget of 6 trials is used\n"
    assert junkan("status", "parabola", "--json").document["status"] == "done"


@pytest.mark.parametrize("words", [("pause", "parabola"), ("stop", "parabola"), ("tell", "parabola", 1, "--again")])
def test_where_there_is_no_ledger_none_is_created(junkan, home, words):
    answer = junkan(*words)
    assert answer.code == 2
    assert "there is no ledger" in answer.err
    assert not home.exists()


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (("--value", "much"), "'much' is not a number"),
        (("--value", "nan"), "'nan' is not a number"),
        (("--value", "1.0", "--standard-error", "-0.1"), "'-0.1' is not a number"),
        (("--value", "1.0", "--standard-error", "width=0.1"), "needs the --value of the same quantity"),
        (("--value", "width=1.0"), "this campaign measures height"),
        (("--value", "height=1.0", "--value", "width=1.0"), "this campaign measures height"),
    ],
)
def test_values_that_are_not_those_of_the_campaign_are_refused(junkan, ledger, said, complaint):
    answer = junkan("tell", "parabola", 1, *said)
    assert answer.code == 2
    assert complaint in answer.err
    assert junkan("trials", "parabola", "--json").document[0]["status"] == "uncertain"


def test_a_value_may_be_told_by_its_name(junkan, ledger):
    assert junkan("tell", "parabola", 1, "--value", "height=0.25").code == 0
    assert junkan("trials", "parabola", "--json").document[0]["objectives"]["height"]["value"] == 0.25
