import pytest

from orchestrator.executors.base import NeverStarted, Unknown
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.loop.run import Halted
from orchestrator.loop.session import owned

GOOD = Outcome(values={"height": Value(value=0.5)})


def first_trial(bench) -> dict:
    return bench.trials()[0]


def test_the_ledger_knows_of_a_trial_before_the_outside_world_does(bench, monkeypatch):
    known = []
    start = bench.lab.start

    def spying(key, parameters, folder):
        known.append((bench.trials()[-1]["status"], key, folder.is_dir()))
        return start(key, parameters, folder)

    monkeypatch.setattr(bench.lab, "start", spying)
    bench.drive()
    assert known[0] == ("dispatched", "parabola/1/1", True)
    assert {status for status, _, _ in known} == {"dispatched"}


def test_the_handle_is_stored_before_anyone_waits(bench, monkeypatch):
    standing = []
    poll = bench.lab.poll

    def spying(handle):
        standing.append(bench.trials()[-1]["status"])
        return poll(handle)

    monkeypatch.setattr(bench.lab, "poll", spying)
    bench.drive()
    assert set(standing) == {"running"}


def test_a_fault_is_retried_with_its_reason_on_record(bench):
    failures = iter([Outcome.failed("fault", "the cable was out"), Outcome.failed("timeout", "too slow")])
    bench.lab.answer = lambda seen: next(failures, GOOD)
    assert bench.drive().status == "done"
    attempts = first_trial(bench)["attempts"]
    assert [attempt["status"] for attempt in attempts] == ["failed", "failed", "completed"]
    assert [attempt["failure"] and attempt["failure"]["reason"] for attempt in attempts] == [
        "the cable was out",
        "too slow",
        None,
    ]


def test_when_retries_are_used_up_a_person_is_asked_and_nothing_else_is_started(bench):
    bench.lab.answer = lambda seen: Outcome.failed("fault", "the cable is out")
    ending = bench.drive()
    assert ending.status == "review" and "trial 1" in ending.reason
    assert len(first_trial(bench)["attempts"]) == 3 and len(bench.trials()) == 1
    assert bench.status()["status"] == "review"


@pytest.mark.parametrize("kind", ["infeasible", "unconverged"])
def test_a_failure_that_is_data_is_not_retried(bench, kind):
    bench.lab.answer = lambda seen: Outcome.failed(kind, "so it is")
    assert bench.drive().status == "done"
    assert all(len(trial["attempts"]) == 1 and trial["failure"]["kind"] == kind for trial in bench.trials())


def test_an_outcome_without_the_objective_is_a_fault_that_says_what_it_had(bench):
    bench.lab.answer = lambda seen: Outcome(values={"width": Value(value=1.0)})
    bench.drive()
    reason = first_trial(bench)["failure"]["reason"]
    assert "'height'" in reason and "width" in reason


def test_an_executor_that_raises_while_polling_is_a_fault_not_a_lost_trial(bench, monkeypatch):
    def broken(handle):
        raise OSError("no route to the instrument")

    monkeypatch.setattr(bench.lab, "poll", broken)
    assert bench.drive().status == "review"
    assert "no route to the instrument" in first_trial(bench)["failure"]["reason"]


class TestAnExecutorThatRaisesInStart:
    @pytest.fixture
    def refusing(self, bench, monkeypatch):
        def refuse(key, parameters, folder):
            raise OSError("no space left on device")

        monkeypatch.setattr(bench.lab, "start", refuse)
        return bench

    def test_is_retried_when_it_surely_started_nothing(self, refusing):
        assert refusing.drive().status == "review"
        attempts = first_trial(refusing)["attempts"]
        assert len(attempts) == 3 and "no space left" in attempts[0]["failure"]["reason"]

    def test_leaves_an_uncertain_trial_when_nobody_can_tell(self, refusing, monkeypatch):
        monkeypatch.setattr(refusing.lab, "reconcile", lambda key, folder: Unknown("the queue does not answer"))
        assert refusing.drive().status == "review"
        assert first_trial(refusing)["status"] == "uncertain" and len(first_trial(refusing)["attempts"]) == 1

    def test_is_believed_when_it_has_the_outcome_all_the_same(self, refusing, monkeypatch):
        monkeypatch.setattr(refusing.lab, "reconcile", lambda key, folder: GOOD)
        assert refusing.drive().status == "done"
        assert {trial["status"] for trial in refusing.trials()} == {"completed"}

    def test_is_attended_to_when_it_had_started_all_the_same(self, bench, monkeypatch):
        start = bench.lab.start

        def answered_too_late(key, parameters, folder):
            start(key, parameters, folder)
            raise TimeoutError("no answer in time")

        monkeypatch.setattr(bench.lab, "start", answered_too_late)
        assert bench.drive().status == "done"
        assert [bench.lab.starts_of(number) for number in range(1, 7)] == [1] * 6


def test_a_process_told_to_leave_leaves_running_trials_running(bench, monkeypatch):
    monkeypatch.setattr(bench.lab, "poll", lambda handle: None)
    with owned(bench.home, bench.name, bench.equipment()) as run:
        run.halted.set()
        [number] = run.ask(1)
        with pytest.raises(Halted, match="junkan resume parabola"):
            run.carry_out(number)
    assert first_trial(bench)["status"] == "running"
    assert bench.status()["status"] == "interrupted" and bench.status()["owner"] is None


def test_cancelling_reaches_the_executor_once(bench, monkeypatch):
    cancelled = []
    monkeypatch.setattr(bench.lab, "cancel", cancelled.append)
    monkeypatch.setattr(
        bench.lab, "poll", lambda handle: Outcome.failed("cancelled", "as asked") if len(cancelled) else None
    )
    with owned(bench.home, bench.name, bench.equipment()) as run:
        [number] = run.ask(1)
        run.cancel(number)
        assert run.carry_out(number) == "failed"
    assert len(cancelled) == 1


def test_an_ask_that_brings_nothing_is_on_record(bench_with):
    bench = bench_with(stop="{trials: 100}")
    assert bench.drive().reason == "every candidate has been tried"
    assert len(bench.trials()) == 36


def test_never_started_is_not_a_truthy_accident():
    assert NeverStarted() == NeverStarted() and Unknown("a") != Unknown("b")
