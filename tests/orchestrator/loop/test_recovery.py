import pytest

from orchestrator.executors.base import NeverStarted
from orchestrator.executors.outcome import Outcome
from orchestrator.ledger import transitions
from orchestrator.ledger.transaction import transaction
from orchestrator.loop.recovery import NEVER_STARTED, recover
from orchestrator.loop.session import owned


def dispatched(bench, *, start: bool) -> None:
    """Leave trial 1 DISPATCHED, as a process does that dies around `executor.start`."""
    with owned(bench.home, bench.name, bench.equipment()) as run:
        [number] = run.ask(1)
        with transaction(run.database, run.name, run.owner) as tx:
            attempt = transitions.dispatch(tx, number, owner=run.owner, folder=str(bench.home.folder / "{attempt}"))
        if start:
            bench.lab.start(attempt.key, {"x": 0.0, "y": 0.0}, bench.home.folder)


def attempts(bench) -> list[dict]:
    return bench.trials()[0]["attempts"]


def test_a_trial_dispatched_before_the_crash_is_not_started_again(bench):
    dispatched(bench, start=True)
    assert bench.drive().status == "done"
    assert bench.lab.starts_of(1) == 1
    assert [attempt["status"] for attempt in attempts(bench)] == ["completed"]


def test_a_trial_that_was_surely_never_started_gets_a_new_attempt_that_says_why(bench):
    dispatched(bench, start=False)
    assert bench.drive().status == "done"
    first, second = attempts(bench)
    assert first["failure"] == {"kind": "fault", "reason": NEVER_STARTED} and first["interrupted"]
    assert second["status"] == "completed" and bench.lab.starts_of(1) == 1


def test_a_trial_whose_fate_nobody_knows_is_put_before_a_person(bench):
    dispatched(bench, start=True)
    bench.lab.forgetful = True
    ending = bench.drive()
    assert ending.status == "review" and "trial 1" in ending.reason
    assert bench.trials()[0]["status"] == "uncertain" and len(bench.trials()) == 1


def test_an_outcome_that_came_while_nobody_was_there_is_kept(bench, monkeypatch):
    dispatched(bench, start=False)
    infeasible = Outcome.failed("infeasible", "atoms overlap")
    monkeypatch.setattr(bench.lab, "reconcile", lambda key, folder: infeasible)
    with owned(bench.home, bench.name, bench.equipment()) as run:
        assert recover(run) == {}
    assert bench.trials()[0]["failure"] == {"kind": "infeasible", "reason": "atoms overlap"}


def test_being_killed_costs_no_retry(bench, monkeypatch):
    """Six owners die in turn on the same trial; its two retries are still there."""
    for _ in range(6):
        with owned(bench.home, bench.name, bench.equipment()) as run:
            recover(run)
            number = (run.ask(1) or [1])[0] if not bench.trials() else 1
            with transaction(run.database, run.name, run.owner) as tx:
                transitions.dispatch(tx, number, owner=run.owner, folder=str(bench.home.folder / "{attempt}"))
    failures = iter([Outcome.failed("fault", "a real one"), Outcome.failed("fault", "another")])
    good = bench.lab.answer
    bench.lab.answer = lambda seen: next(failures, None) or good(seen)
    assert bench.drive().status == "done"
    assert [attempt["interrupted"] for attempt in attempts(bench)] == [True] * 6 + [False] * 3


def test_a_running_trial_is_taken_up_by_its_handle(bench, monkeypatch):
    with owned(bench.home, bench.name, bench.equipment()) as run:
        run.halted.set()
        monkeypatch.setattr(bench.lab, "poll", lambda handle: None)
        [number] = run.ask(1)
        with pytest.raises(Exception, match="resume"):
            run.carry_out(number)
    monkeypatch.undo()
    with owned(bench.home, bench.name, bench.equipment()) as run:
        assert recover(run) == {1: {"key": "parabola/1/1"}}
    assert bench.drive().status == "done"
    assert bench.lab.starts_of(1) == 1


def test_nothing_in_flight_is_nothing_to_recover(bench):
    with owned(bench.home, bench.name, bench.equipment()) as run:
        assert recover(run) == {}
    assert isinstance(bench.lab.reconcile("parabola/1/1", bench.home.folder), NeverStarted)
