import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from typing import ClassVar

import psutil
import pytest

from orchestrator.executors.attempt import AttemptFolder
from orchestrator.executors.base import NeverStarted, Unknown
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.errors import UnknownFunction, UnusableFolder
from orchestrator.executors.outcome import Outcome
from orchestrator.executors.process import ProcessExecutor

OWNER = """
import json, sys, time
from pathlib import Path
from orchestrator.executors.process import ProcessExecutor
settings, key, folder = json.loads(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
executor = ProcessExecutor("logged_quadratic", settings, 1, 60.0, ("energy",))
print("ready", flush=True)
handle = executor.start(key, {"x": 0.5}, folder)
print(json.dumps(handle), flush=True)
time.sleep(60)
"""


class TestProcessExecutor(ExecutorConformance):
    good: ClassVar = {"x": 0.5}
    other: ClassVar = {"x": 0.75}
    bad: ClassVar = {"x": -1.0}

    def build(self, folder):
        return ProcessExecutor("picky", {}, workers=2, timeout=60.0, objectives=("energy",))

    def build_slow(self, folder):
        return ProcessExecutor("picky", {"delay": 60.0}, workers=2, timeout=600.0, objectives=("energy",))


@pytest.fixture
def owner(lab, wait_for):
    """Starts another process that owns an executor and starts an attempt; all of it is gone after the test."""
    processes = []

    def start(key, folder, **settings):
        arguments = [json.dumps({"log": str(lab.log), **settings}), key, str(folder)]
        process = subprocess.Popen([sys.executable, "-c", OWNER, *arguments], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_factory_is_called_once_and_its_worker_serves_the_next_trial(executor, attempt, follow):
    here = executor("counting")
    outcomes = [follow(here, here.start(*_with_x(attempt(number)))) for number in (1, 2, 3)]
    assert [outcome.values["energy"].value for outcome in outcomes] == [1.0, 2.0, 3.0]
    assert len({outcome.details["pid"] for outcome in outcomes}) == 1


def test_without_workers_to_keep_every_trial_has_a_fresh_process(executor, attempt, follow):
    here = executor("counting", workers=0)
    outcomes = [follow(here, here.start(*_with_x(attempt(number)))) for number in (1, 2)]
    assert [outcome.values["energy"].value for outcome in outcomes] == [1.0, 1.0]


def test_more_trials_than_workers_run_at_once_and_surplus_workers_are_dismissed(executor, attempt, follow, wait_for):
    here = executor("counting", workers=1)
    handles = [here.start(*_with_x(attempt(number))) for number in (1, 2, 3)]
    for handle in handles:
        follow(here, handle)
    follow(here, here.start(*_with_x(attempt(4))))
    wait_for(lambda: sum(psutil.pid_exists(handle["worker"]["pid"]) for handle in handles) == 1)


def test_starting_an_attempt_twice_evaluates_it_once(executor, attempt, follow, lab, wait_for):
    key, folder = attempt()
    here, there = executor("logged_quadratic", log=str(lab.log)), executor("logged_quadratic", log=str(lab.log))
    handles = [one.start(key, {"x": 0.5}, folder) for one in (here, there)]
    assert follow(here, handles[1]) == follow(there, handles[0])
    assert follow(here, here.start(key, {"x": 0.5}, folder)).values
    assert lab.count("start", folder) == 1


def test_starting_an_attempt_that_runs_gives_its_handle(executor, attempt, follow, lab, wait_for):
    key, folder = attempt()
    here = executor("logged_quadratic", log=str(lab.log), delay=0.5)
    handle = here.start(key, {"x": 0.5}, folder)
    wait_for(lambda: lab.count("start", folder))
    assert here.start(key, {"x": 0.5}, folder) == handle
    assert follow(here, handle).values
    assert lab.count("start", folder) == 1


class TestTimeLimit:
    def test_everything_an_evaluation_started_is_dead_two_seconds_after_its_limit(
        self, executor, attempt, follow, wait_for
    ):
        here = executor("shell_sleeper", timeout=2.0)
        key, folder = attempt(1)
        follow(executor("shell_sleeper"), here.start(key, {"sleep": False}, folder))  # from here on a worker is ready
        key, folder = attempt(2)
        began = time.monotonic()
        handle = here.start(key, {"sleep": True}, folder)
        wait_for((folder / "child").exists)
        wait_for((folder / "pids").exists)
        pids = [int(word) for word in ((folder / "pids").read_text() + " " + (folder / "child").read_text()).split()]
        assert len(pids) == 4
        assert follow(here, handle).failure.kind == "timeout"
        wait_for(lambda: not any(_runs(pid) for pid in pids))
        assert 2.0 < time.monotonic() - began < 4.0

    def test_it_holds_in_another_executor_after_the_owner_was_closed(self, executor, attempt, follow):
        key, folder = attempt()
        with closing(ProcessExecutor("endless", {}, 1, 60.0, ("energy",))) as first:
            handle = first.start(key, {"x": 0.5}, folder)
        outcome = follow(executor("endless", timeout=0.5), handle)
        assert outcome.failure.kind == "timeout"
        assert "0.5 s" in outcome.failure.reason
        assert not _runs(handle["worker"]["pid"])

    def test_it_holds_without_any_owner(self, owner, attempt, lab, wait_for, monkeypatch, tmp_path):
        key, folder = attempt()
        code = OWNER.replace("logged_quadratic", "endless").replace("60.0", "1.5")
        process = subprocess.Popen([sys.executable, "-c", code, "{}", key, str(folder)])
        wait_for((folder / "began").exists)
        process.kill()
        process.wait()
        worker = json.loads((folder / "claim-1.json").read_text())["evaluation"]["worker"]["pid"]
        wait_for(lambda: not _runs(worker))
        assert json.loads((folder / "outcome.json").read_text())["outcome"]["failure"]["kind"] == "timeout"

    def test_the_next_trial_has_a_fresh_worker(self, executor, attempt, follow):
        here = executor("picky", timeout=1.0, delay=60.0)
        for number in (1, 2):
            key, folder = attempt(number)
            assert follow(here, here.start(key, {"x": 0.5}, folder)).failure.kind == "timeout"

    def test_an_outcome_that_came_before_somebody_looked_at_the_clock_wins(self, executor, attempt, wait_for):
        key, folder = attempt()
        handle = executor("quadratic").start(key, {"x": 0.5}, folder)
        wait_for((folder / "outcome.json").exists)
        assert executor("quadratic", timeout=1e-6).poll(handle).values


class TestDeath:
    def test_a_worker_that_dies_is_a_fault_with_its_last_words(self, evaluate):
        outcome, _ = evaluate("dying")
        assert outcome.failure.kind == "fault"
        assert outcome.failure.reason == "interrupted: the worker process ended before an outcome was written"
        assert outcome.details["output"] == "just before the end"

    def test_a_worker_that_cannot_even_start_is_a_fault_with_the_reason(self, evaluate, monkeypatch, tmp_path):
        package = tmp_path / "broken" / "orchestrator"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise RuntimeError('this installation is broken')")
        monkeypatch.setenv("PYTHONPATH", str(package.parent))
        outcome, _ = evaluate("quadratic")
        assert outcome.failure.kind == "fault"
        assert "this installation is broken" in outcome.details["output"]

    def test_an_idle_worker_that_died_is_replaced(self, executor, attempt, follow, wait_for):
        here = executor("counting")
        pid = follow(here, here.start(*_with_x(attempt(1)))).details["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not _runs(pid))
        assert follow(here, here.start(*_with_x(attempt(2)))).values

    def test_a_process_that_was_given_the_number_of_a_dead_worker_is_not_taken_for_it(self, executor, attempt, follow):
        key, folder = attempt()
        here = executor("endless")
        handle = json.loads(json.dumps(here.start(key, {"x": 0.5}, folder)))
        here.cancel(handle)
        (folder / "outcome.json").unlink()
        for claim in folder.glob("claim-*.json"):
            claim.unlink()
        handle["worker"]["pid"] = os.getpid()
        assert "interrupted" in here.poll(handle).failure.reason

    def test_of_one_worker_does_not_count_if_another_began_in_the_meantime(
        self, executor, attempt, follow, monkeypatch, wait_for
    ):
        key, folder = attempt()
        here = executor("picky", delay=1.0)
        handle = here.start(key, {"x": 0.5}, folder)
        wait_for((folder / "claim-1.json").exists)
        dead = {**handle, "worker": {**handle["worker"], "created": "earlier"}}
        looks = iter([None])  # the claim appears just after the first look
        look = AttemptFolder.evaluation
        monkeypatch.setattr(AttemptFolder, "evaluation", lambda folder: next(looks, look(folder)))
        assert here.poll(dead) is None
        assert follow(here, dead).values

    def test_an_evaluation_on_another_machine_is_waited_for_and_then_lost(self, executor, attempt):
        key, folder = attempt()
        here = executor("quadratic", timeout=10.0)
        worker = {"pid": os.getpid(), "created": "?", "host": "node-17"}
        handle = {"version": 1, "key": key, "folder": str(folder), "claim": 1, "worker": worker, "clock": 0.0}
        assert here.poll({**handle, "started_at": time.time() - 30}) is None
        outcome = here.poll({**handle, "started_at": time.time() - 71})
        assert outcome.failure.kind == "fault"
        assert "node-17" in outcome.failure.reason

    def test_no_zombie_is_left(self, executor, attempt, follow, wait_for):
        here = executor("dying")
        follow(here, handle := here.start(*_with_x(attempt())))
        wait_for(lambda: not psutil.pid_exists(handle["worker"]["pid"]))


class TestOwnerKilled:
    def test_what_its_worker_computes_is_not_lost(self, owner, executor, attempt, follow, lab, wait_for):
        key, folder = attempt()
        process = owner(key, folder, delay=1.5)
        handle = json.loads(process.stdout.readline())
        wait_for(lambda: lab.count("start", folder))
        process.kill()
        process.wait()
        here = executor("logged_quadratic", log=str(lab.log))
        assert here.poll(handle) is None
        assert follow(here, handle).values["energy"].value == pytest.approx(0.04)
        assert lab.count("start", folder) == lab.count("end", folder) == 1
        wait_for(lambda: not _runs(handle["worker"]["pid"]))

    def test_the_running_evaluation_is_found_without_its_handle(self, owner, executor, attempt, follow, lab, wait_for):
        key, folder = attempt()
        process = owner(key, folder, delay=1.5)
        wait_for(lambda: lab.count("start", folder))
        process.kill()
        here = executor("logged_quadratic", log=str(lab.log))
        assert follow(here, here.reconcile(key, folder)).values
        assert lab.count("start", folder) == 1

    def test_at_any_moment_every_attempt_is_evaluated_exactly_once(self, owner, executor, attempt, follow, lab):
        here = executor("logged_quadratic", log=str(lab.log))
        for number in range(6):
            key, folder = attempt(number)
            process = owner(key, folder)
            time.sleep(0.05 * number)  # the start of a worker takes about 0.25 s
            process.kill()
            process.wait()
            found = here.reconcile(key, folder)
            assert not isinstance(found, Unknown)
            if found == NeverStarted():
                found = here.start(key, {"x": 0.5}, folder)
            outcome = found if isinstance(found, Outcome) else follow(here, found)
            assert outcome.values["energy"].value == pytest.approx(0.04)
            assert lab.count("start", folder) == 1


class TestLateWorker:
    """The request is in the line of a worker that has not read it when its owner is gone."""

    @pytest.fixture
    def sleeping(self, executor, attempt, follow, lab):
        """A worker that was told of trial 2 while it was stopped."""
        here = executor("logged_quadratic", log=str(lab.log))
        key, folder = attempt(1)
        handle = here.start(key, {"x": 0.5}, folder)
        follow(here, handle)
        pid = handle["worker"]["pid"]
        os.kill(pid, signal.SIGSTOP)
        key, folder = attempt(2)
        handle = here.start(key, {"x": 0.5}, folder)
        assert handle["worker"]["pid"] == pid
        yield handle, folder
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def test_it_refuses_what_was_reconciled_as_never_started(self, sleeping, executor, lab):
        handle, folder = sleeping
        there = executor("logged_quadratic", log=str(lab.log))
        assert there.reconcile(handle["key"], folder) == NeverStarted()
        _wake(handle)
        time.sleep(0.3)
        assert lab.count("start", folder) == 0

    def test_it_refuses_also_when_the_attempt_was_started_again(self, sleeping, executor, follow, lab):
        handle, folder = sleeping
        there = executor("logged_quadratic", log=str(lab.log), delay=0.3)
        assert there.reconcile(handle["key"], folder) == NeverStarted()
        again = there.start(handle["key"], {"x": 0.5}, folder)
        _wake(handle)
        assert follow(there, again).values
        assert lab.count("start", folder) == 1

    def test_it_may_begin_before_somebody_asks(self, sleeping, executor, lab, wait_for):
        handle, folder = sleeping
        _wake(handle)
        wait_for((folder / "claim-1.json").exists)
        found = executor("logged_quadratic", log=str(lab.log)).reconcile(handle["key"], folder)
        assert found != NeverStarted()
        wait_for(lambda: lab.count("end", folder) == 1)

    def test_a_cancellation_kills_it(self, sleeping, executor, follow, lab):
        handle, folder = sleeping
        there = executor("logged_quadratic", log=str(lab.log))
        there.cancel(handle)
        assert follow(there, handle).failure.kind == "cancelled"
        assert not _runs(handle["worker"]["pid"])
        assert lab.count("start", folder) == 0


class TestFolder:
    def test_of_another_attempt_is_refused(self, executor, attempt, follow):
        here = executor("quadratic")
        _, folder = attempt()
        handle = here.start("campaign/1/1", {"x": 0.5}, folder)
        follow(here, handle)
        with pytest.raises(UnusableFolder, match="belongs to attempt 'campaign/1/1', not to 'campaign/2/1'"):
            here.start("campaign/2/1", {"x": 0.5}, folder)
        assert isinstance(here.reconcile("campaign/2/1", folder), Unknown)
        assert here.poll({**handle, "key": "campaign/2/1"}).failure.kind == "fault"

    def test_that_cannot_be_written_is_refused_before_anything_begins(self, executor, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(UnusableFolder, match="cannot"):
            executor("quadratic").start("campaign/1/1", {"x": 0.5}, tmp_path / "file")

    def test_that_vanishes_under_an_evaluation_is_a_fault(self, evaluate):
        outcome, _ = evaluate("folder_remover")
        assert outcome.failure.kind == "fault"

    def test_on_a_disk_that_is_full_for_a_moment_costs_no_outcome(self, evaluate):
        outcome, _ = evaluate("full_disk", seconds=0.5)
        assert outcome.values["energy"].value == 1.0

    def test_on_a_disk_that_stays_full_is_a_fault(self, evaluate):
        outcome, _ = evaluate("full_disk", seconds=60.0)
        assert outcome.failure.kind == "fault"


def test_an_unknown_function_is_refused_before_anything_begins(executor, attempt):
    key, folder = attempt()
    with pytest.raises(UnknownFunction, match="Did you mean 'quadratic'"):
        executor("quadratc").start(key, {"x": 0.5}, folder)
    assert list(folder.iterdir()) == []


def test_parameters_arrive_exactly_as_they_were_given(executor, attempt, follow):
    here = executor("echo")
    key, folder = attempt()
    parameters = {"a": 0.1 + 0.2, "b": 3, "c": True, "d": None, "e": "Σ5 (210)", "f": 3.0}
    outcome = follow(here, here.start(key, parameters, folder))
    assert outcome.details["parameters"] == parameters
    assert [type(value) for value in outcome.details["parameters"].values()] == list(map(type, parameters.values()))


def test_closing_ends_idle_workers(attempt, follow, lab):
    here = ProcessExecutor("quadratic", {}, 1, 60.0, ("energy",))
    key, folder = attempt()
    handle = here.start(key, {"x": 0.5}, folder)
    follow(here, handle)
    here.close()
    assert not psutil.pid_exists(handle["worker"]["pid"])


def test_closing_ends_a_worker_in_which_the_function_left_a_thread(attempt, follow):
    here = ProcessExecutor("lingering", {}, 1, 60.0, ("energy",))
    handle = here.start(*_with_x(attempt()))
    assert follow(here, handle).values
    here.close()
    assert not psutil.pid_exists(handle["worker"]["pid"])


def test_an_evaluation_that_costs_nothing_costs_a_few_milliseconds(executor, attempt, follow):
    here = executor("quadratic")
    seconds = []
    for number in range(30):
        key, folder = attempt(number)
        began = time.process_time()
        handle = here.start(key, {"x": 0.5}, folder)
        seconds.append(time.process_time() - began)
        follow(here, handle)
    assert sorted(seconds)[15] < 0.005


def _with_x(attempt):
    key, folder = attempt
    return key, {"x": 0.5}, folder


def _wake(handle):
    os.kill(handle["worker"]["pid"], signal.SIGCONT)


def _runs(pid):
    """Whether the process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
