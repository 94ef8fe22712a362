import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from orchestrator.executors.outcome import Outcome
from orchestrator.ledger import campaigns
from orchestrator.ledger.errors import LedgerUnavailable
from orchestrator.ledger.transaction import transaction
from orchestrator.loop.drive import Hands, drive
from orchestrator.loop.run import Halted
from orchestrator.loop.session import owned


def ask_of(bench, wish: str) -> None:
    database = bench.home.database()
    with transaction(database, bench.name, None) as tx:
        campaigns.request(tx, wish)
    database.close()


def drive_in_threads(bench, seen=lambda snapshot: None, before=lambda run: None):
    with owned(bench.home, bench.name, bench.equipment()) as run, ThreadPoolExecutor(4) as threads:
        before(run)
        hands = Hands(
            ask=run.ask,
            carry_out=lambda number: threads.submit(run.carry_out, number),
            attend=lambda number, handle: threads.submit(run.attend, number, handle),
            seen=seen,
        )
        return drive(run, hands, {})


def test_no_more_trials_fly_than_may_and_all_seats_are_used(bench_with, monkeypatch):
    bench = bench_with(parallel="3", stop="{trials: 9}")
    flying, most, lock, full = set(), [], threading.Lock(), threading.Event()
    start, poll = bench.lab.start, bench.lab.poll

    def begin(key, parameters, folder):
        with lock:
            flying.add(key)
            most.append(len(flying))
            if len(flying) == 3:
                full.set()
        return start(key, parameters, folder)

    def look(handle):
        if not full.is_set():  # nobody lands before every seat has been taken once
            return None
        with lock:
            flying.discard(handle["key"])
        return poll(handle)

    monkeypatch.setattr(bench.lab, "start", begin)
    monkeypatch.setattr(bench.lab, "poll", look)
    assert drive_in_threads(bench).status == "done"
    assert max(most) == 3 and len(bench.trials()) == 9
    assert len({tuple(trial["parameters"].items()) for trial in bench.trials()}) == 9


def test_a_pause_lets_what_flies_land(bench):
    answer = bench.lab.answer

    def pausing(seen):
        if len(bench.lab.starts()) == 3:
            ask_of(bench, "pause")
        return answer(seen)

    bench.lab.answer = pausing
    assert bench.drive().status == "paused"
    assert [trial["status"] for trial in bench.trials()] == ["completed"] * 3
    assert bench.drive().status == "done" and len(bench.trials()) == 6


def test_a_stop_cancels_what_flies_and_ends_the_campaign(bench, monkeypatch):
    cancelled = threading.Event()
    monkeypatch.setattr(bench.lab, "cancel", lambda handle: cancelled.set())
    monkeypatch.setattr(
        bench.lab, "poll", lambda handle: Outcome.failed("cancelled", "as asked") if cancelled.is_set() else None
    )
    stopper = threading.Timer(0.3, ask_of, (bench, "stop"))
    stopper.start()
    ending = drive_in_threads(bench)
    assert (ending.status, ending.reason) == ("done", "stopped by a person")
    assert [trial["failure"]["kind"] for trial in bench.trials()] == ["cancelled"]


def test_a_wish_to_stop_outlives_the_process_it_was_meant_for(bench):
    ask_of(bench, "stop")
    assert bench.drive().reason == "stopped by a person"
    assert bench.trials() == []


def test_a_process_told_to_leave_starts_nothing_new(bench):
    with pytest.raises(Halted):
        drive_in_threads(bench, before=lambda run: run.halted.set())
    assert bench.trials() == []


def test_a_ledger_that_cannot_be_written_ends_the_drive(bench, monkeypatch):
    def full(*_):
        raise LedgerUnavailable("disk full")

    with pytest.raises(LedgerUnavailable, match="disk full"):
        drive_in_threads(bench, before=lambda run: monkeypatch.setattr(run, "conclude", full))
    monkeypatch.undo()
    assert bench.drive().status == "done"
    assert bench.lab.starts_of(1) == 1
