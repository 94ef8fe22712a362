import pytest

from orchestrator.executors.outcome import Outcome, Value
from orchestrator.ledger.errors import IllegalTransition, LeaseHeld
from orchestrator.loop.session import owned
from orchestrator.loop.verdict import Verdict, pronounce


def say(bench, verdict: Verdict, trial: int = 1):
    database = bench.home.database()
    try:
        return pronounce(database, bench.name, trial, verdict)
    finally:
        database.close()


@pytest.fixture
def uncertain(bench):
    """Trial 1 was started, its owner died, and the laboratory keeps no book."""
    with owned(bench.home, bench.name, bench.equipment()) as run:
        [number] = run.ask(1)
        from orchestrator.ledger import transitions
        from orchestrator.ledger.transaction import transaction

        with transaction(run.database, run.name, run.owner) as tx:
            transitions.dispatch(tx, number, owner=run.owner, folder=str(bench.home.folder / "{attempt}"))
    bench.lab.forgetful = True
    assert bench.drive().status == "review"
    return bench


def test_a_value_told_by_a_person_completes_the_trial(uncertain):
    assert say(uncertain, Verdict({None: Value(value=0.25, standard_error=0.01)})) == "completed"
    assert uncertain.trials()[0]["objectives"]["height"] == {"value": 0.25, "standard_error": 0.01, "unit": "m"}
    assert uncertain.drive().status == "done" and uncertain.lab.starts_of(1) == 0


def test_a_failure_told_by_a_person_teaches_nothing_about_the_parameters(uncertain):
    assert say(uncertain, Verdict(failed="the film peeled off")) == "failed"
    assert uncertain.trials()[0]["failure"] == {
        "kind": "cancelled",
        "reason": "a person said: the film peeled off",
    }
    assert uncertain.drive().status == "done"


def test_a_trial_that_was_not_done_is_done_with_a_new_attempt(uncertain):
    assert say(uncertain, Verdict(again=True)) == "approved"
    uncertain.lab.forgetful = False
    assert uncertain.drive().status == "done"
    assert uncertain.lab.starts() and uncertain.lab.starts()[0] == "parabola/1/2"


def test_a_trial_that_was_given_up_is_never_proposed_again(uncertain):
    assert say(uncertain, Verdict(abandon="too dangerous")) == "abandoned"
    uncertain.drive()
    given_up, *others = uncertain.trials()
    assert given_up["parameters"] not in [trial["parameters"] for trial in others]


def test_a_failed_trial_can_be_tried_again_or_given_up(bench):
    bench.lab.answer = lambda seen: Outcome.failed("fault", "the cable is out")
    bench.drive()
    with pytest.raises(IllegalTransition, match="--again"):
        say(bench, Verdict({None: Value(value=1.0)}))
    assert say(bench, Verdict(again=True)) == "approved"


def test_while_a_process_drives_the_campaign_nobody_interferes(bench):
    with owned(bench.home, bench.name, bench.equipment()) as run:
        run.ask(1)
        with pytest.raises(LeaseHeld, match="pause"):
            say(bench, Verdict(again=True))
