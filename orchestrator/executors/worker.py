"""The worker process: evaluates a registered function, one attempt after the other.

Started as `python -m orchestrator.executors.worker OWNER`, the owner's process number, by
`orchestrator.executors.worker_process`, at the head of a process group of its own. Standard input names the
attempts, one JSON line each; everything else is in their folders (`orchestrator.executors.attempt`), so that
nothing an evaluation prints can garble the conversation, and any process can learn the outcome. The line ends when
the owner closes it or dies: a worker then finishes the evaluation in hand, stores its outcome, and exits.

Started as `python -m orchestrator.executors.worker --once KEY FOLDER CLAIM`, by a place that holds work in a queue
(`orchestrator.executors.place`), it takes that one request and exits. Its time limit then counts from here, for
nobody knows how long the queue was.
"""

import faulthandler
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestrator.executors.attempt import LOG, AttemptFolder, Evaluation, Request
from orchestrator.executors.bench import Bench
from orchestrator.executors.ending import timed_out
from orchestrator.executors.errors import UnusableFolder
from orchestrator.executors.identity import ProcessIdentity
from orchestrator.executors.leftovers import MARK
from orchestrator.executors.outcome import Outcome
from orchestrator.executors.output import output_in

OWNER_GRACE = 2.0
"""Seconds by which an owner has the precedence in ending an evaluation that exceeds its time limit."""
PAUSES = (0.2, 0.4, 0.8, 1.6)
"""Seconds between the tries to store an outcome that was paid for, when the disk refuses it."""
LOOK_AT_OWNER = 2.0
"""Seconds between two looks at the owner while nothing is asked for."""

LEAVING = 2.0
"""Seconds that a worker has to tidy up at its end."""


def main() -> None:
    """Evaluate what standard input names until it ends."""
    faulthandler.enable()
    if sys.argv[1] == "--once":
        _once(*sys.argv[2:])
        return
    try:
        with _private_standard_input() as line:
            Worker(line, ProcessIdentity.of(os.getpid()), Bench()).serve(owner=int(sys.argv[1]))
    finally:
        _leave()


def _once(key: str, folder: str, claim: str) -> None:
    """Evaluate one request of the attempt `key`, unless it was withdrawn."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)  # a time limit kills the group of this process, not the one of a batch script
    try:
        with Path(os.devnull).open("rb", buffering=0) as nothing:
            worker = Worker(nothing, ProcessIdentity.of(os.getpid()), Bench(), queued=True)
            worker.take(AttemptFolder(key, Path(folder)), int(claim))
    finally:
        _leave()


@dataclass
class Worker:
    """This process, the line on which it hears of attempts, and the bench with the prepared function."""

    line: BinaryIO
    identity: ProcessIdentity
    bench: Bench
    queued: bool = False
    """Whether a queue came before: the request's own times say when it was submitted then."""

    def serve(self, owner: int) -> None:
        """Evaluate one attempt after the other until the line ends or the process `owner` has died."""
        for text in _lines(self.line, owner):
            named = json.loads(text)
            self.take(AttemptFolder(named["key"], Path(named["folder"])), named["claim"])

    def take(self, attempt: AttemptFolder, claim: int) -> None:
        """Evaluate request number `claim` of the attempt, unless there is no such request or it was withdrawn."""
        request = attempt.request()
        if request is None or request.claim != claim:
            return
        if self.queued:
            request = request.model_copy(update={"started_at": time.time(), "clock": time.monotonic()})
        if not attempt.claim(Evaluation.of(request, attempt.path, self.identity)):
            return  # withdrawn before it began
        os.environ[MARK] = str(attempt.path)  # whatever is started from here on can be found by it
        with output_in(attempt.path / LOG), self._time_limit(request, attempt):
            _store(self.bench.evaluate(request, attempt.path), attempt)

    @contextmanager
    def _time_limit(self, request: Request, attempt: AttemptFolder) -> Iterator[None]:
        """Die in time without the help of an owner: an evaluation whose owner has died must not run for ever."""

        def give_up() -> None:
            self.line.close()  # first, so that no owner sees an outcome and names the next attempt to a dying worker
            with suppress(UnusableFolder):
                attempt.conclude(timed_out(request.timeout))
            _kill_all()

        left = request.clock + request.timeout + OWNER_GRACE - time.monotonic()
        timer = threading.Timer(min(max(left, 0.0), threading.TIMEOUT_MAX), give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _kill_all() -> None:
    """Kill this process, its group, and the descendants that have left the group."""
    import psutil

    for descendant in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            descendant.kill()
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _store(outcome: Outcome, attempt: AttemptFolder) -> None:
    for pause in PAUSES:
        try:
            attempt.conclude(outcome)
        except UnusableFolder:
            time.sleep(pause)
        else:
            return
    attempt.conclude(outcome)


def _leave() -> None:
    """See that this process ends soon, also if the function left threads that do not."""
    timer = threading.Timer(LEAVING, os._exit, [1])
    timer.daemon = True
    timer.start()


def _private_standard_input() -> BinaryIO:
    """The line, moved to where neither the function nor its child processes find it."""
    line = os.fdopen(os.dup(0), "rb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return line


def _lines(line: BinaryIO, owner: int) -> Iterator[bytes]:
    """Whole lines until the end. A process forked by a dead owner may hold the line open, so look at the owner too."""
    while True:
        while not select.select([line], [], [], LOOK_AT_OWNER)[0]:
            if os.getppid() != owner:
                return
        text = line.readline()
        if not text.endswith(b"\n"):
            return
        yield text


if __name__ == "__main__":
    main()
