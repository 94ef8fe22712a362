"""Evaluates a registered function in processes of its own."""

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.executors.attempt import AttemptFolder, Evaluation, Request
from orchestrator.executors.base import Handle, NeverStarted, Unknown
from orchestrator.executors.ending import cancelled, interrupted, lost, timed_out
from orchestrator.executors.errors import UnusableFolder
from orchestrator.executors.leftovers import kill_leftovers
from orchestrator.executors.outcome import Outcome
from orchestrator.executors.registered import registered_function
from orchestrator.executors.worker_process import WorkerProcess

if TYPE_CHECKING:
    from optimizers import Parameters

GRACE_ELSEWHERE = 60.0
"""Seconds beyond its time limit after which an evaluation on another machine counts as lost: clocks differ."""


class ProcessExecutor:
    """Evaluates the function registered as `function`, in processes that outlive this one.

    The factory of the function is called with `settings` once in each worker process, so what is expensive to
    prepare serves many trials. `workers` idle processes are kept; a trial that finds none gets a new one. An
    evaluation may take `timeout` seconds from its start, the preparation included; then it and everything it
    started are killed. `objectives` are the names that an answer is checked against
    (`orchestrator.executors.answer`).

    The truth is in the attempts' folders (`orchestrator.executors.attempt`), never in this object: an evaluation
    goes on when its owner is killed, and any executor can poll, cancel or reconcile what another one started.
    """

    def __init__(
        self, function: str, settings: Mapping[str, Any], workers: int, timeout: float, objectives: Sequence[str] = ()
    ) -> None:
        self._function = function
        self._settings = dict(settings)
        self._workers_kept = workers
        self._timeout = timeout
        self._objectives = tuple(objectives)
        self._workers: list[WorkerProcess] = []
        # Held while a worker is told of an attempt, and while one is killed: a worker that has just finished the
        # attempt to be killed must not be given another in between.
        self._lock = threading.Lock()

    def start(self, key: str, parameters: "Parameters", folder: Path) -> Handle:
        """Tell a worker. An attempt that has begun or ended is not begun again: its handle is returned.

        Raises UnusableFolder, UnknownFunction, or OSError when the machine cannot have another process; the
        attempt has not begun then.
        """
        attempt = AttemptFolder(key, folder.absolute())
        with self._lock:
            begun = attempt.evaluation()
            if begun is not None:
                return _handle(begun)
            request = self._request(attempt, parameters)
            if attempt.is_concluded:
                return _handle(Evaluation.of(request, attempt.path, worker=None))
            attempt.ask(request)
            worker = self._tell_a_worker(attempt, request.claim)
        return _handle(Evaluation.of(request, attempt.path, worker.identity))

    def poll(self, handle: Handle) -> Outcome | None:
        """The outcome, or None. Works in any process of any machine that sees the attempt's folder."""
        evaluation = Evaluation.model_validate(handle)
        attempt = AttemptFolder(evaluation.key, evaluation.folder)
        try:
            return attempt.outcome() or self._outcome_unless_running(attempt, evaluation)
        except UnusableFolder as error:
            return Outcome.failed("fault", str(error))

    def cancel(self, handle: Handle) -> None:
        """Kill the evaluation and everything it started, unless it has ended. Raises UnusableFolder."""
        evaluation = Evaluation.model_validate(handle)
        attempt = AttemptFolder(evaluation.key, evaluation.folder)
        self._end(attempt, evaluation, cancelled())

    def reconcile(self, key: str, folder: Path) -> Handle | Outcome | NeverStarted | Unknown:
        """What became of the attempt. After NeverStarted, no worker that was told of it earlier will begin it."""
        attempt = AttemptFolder(key, folder.absolute())
        try:
            outcome = attempt.outcome()
            if outcome is not None:
                return outcome
            attempt.make()
            begun = attempt.withdraw()
            if begun is None:
                return NeverStarted()
            return self._outcome_unless_running(attempt, begun) or _handle(begun)
        except UnusableFolder as error:
            return Unknown(str(error))

    def close(self) -> None:
        """End the idle workers. The others finish what they evaluate, store its outcome, and end."""
        with self._lock:
            workers, self._workers = self._workers, []
            for worker in workers:
                worker.dismiss()
        for worker in workers:
            if worker.is_idle:
                worker.wait(limit=5.0)

    @cached_property
    def _factory(self) -> str:
        return registered_function(self._function)

    def _request(self, attempt: AttemptFolder, parameters: "Parameters") -> Request:
        return Request(
            key=attempt.key,
            claim=attempt.next_claim(),
            function=self._factory,
            settings=self._settings,
            objectives=self._objectives,
            parameters=dict(parameters),
            timeout=self._timeout,
            started_at=time.time(),
            clock=time.monotonic(),
            path=tuple(str(Path(entry).absolute()) for entry in sys.path),
        )

    def _tell_a_worker(self, attempt: AttemptFolder, claim: int) -> WorkerProcess:
        for worker in self._idle_workers():
            if worker.tell(attempt, claim):
                return worker
        worker = WorkerProcess.spawn(attempt)
        self._workers.append(worker)
        worker.tell(attempt, claim)  # one that has ended already is found dead by `poll`, its reason in its log
        return worker

    def _idle_workers(self) -> list[WorkerProcess]:
        """Those that wait for an attempt, as many as are kept; the surplus and the dead are let go."""
        alive = [worker for worker in self._workers if worker.is_alive]
        idle = [worker for worker in alive if worker.is_idle]
        surplus = idle[self._workers_kept :]
        for worker in self._workers:
            if worker not in alive or worker in surplus:
                worker.dismiss()
        self._workers = [worker for worker in alive if worker not in surplus]
        return idle[: self._workers_kept]

    def _outcome_unless_running(self, attempt: AttemptFolder, handle: Evaluation) -> Outcome | None:
        evaluation = attempt.evaluation() or handle
        worker = evaluation.worker
        if worker is None or worker.standing == "dead":
            late = attempt.withdraw()
            kill_leftovers(attempt.path)
            return attempt.conclude(interrupted(attempt)) if late is None or late.worker == worker else None
        if worker.standing == "elsewhere":
            overdue = evaluation.age > self._timeout + GRACE_ELSEWHERE
            return attempt.conclude(lost(worker.host, self._timeout)) if overdue else None
        return self._end(attempt, evaluation, timed_out(self._timeout)) if evaluation.age > self._timeout else None

    def _end(self, attempt: AttemptFolder, handle: Evaluation, outcome: Outcome) -> Outcome:
        """Kill whichever worker has the attempt, and store `outcome` unless another one was first."""
        with self._lock:
            ended = attempt.outcome()
            if ended is not None:
                return ended
            worker = handle.worker
            try:
                begun = attempt.withdraw()
                worker = begun.worker if begun is not None else worker
            finally:
                if worker is not None:
                    worker.kill_with_descendants()
                    kill_leftovers(attempt.path)
            return attempt.conclude(outcome)


def _handle(evaluation: Evaluation) -> Handle:
    return evaluation.model_dump(mode="json")
