"""Evaluates a registered function at a place that runs one process for each attempt."""

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.executors.attempt import AttemptFolder, Document, Request
from orchestrator.executors.base import Handle, NeverStarted, Unknown
from orchestrator.executors.ending import cancelled, left_nothing
from orchestrator.executors.errors import PlaceUnreachable, UnusableFolder
from orchestrator.executors.outcome import Outcome
from orchestrator.executors.place import Errand, FolderWork, Gone, Place, Ticket
from orchestrator.executors.registered import registered_function

if TYPE_CHECKING:
    from optimizers import Parameters

GONE = Gone("fault", "interrupted: the process that had the attempt is gone and left no outcome")


class Placement(Document):
    """The handle of an attempt at a place. `ticket` is None when the place had nothing of it any more."""

    folder: Path
    name: str
    ticket: dict[str, Any] | None


class PlacedExecutor:
    """Has `work` done at `place`, by `python -m orchestrator.executors.worker --once` in the folder of each attempt.

    The outcome is in the folder, so what a place says is asked for one thing only: whether an attempt without an
    outcome can still have one. The name of an errand derives from the attempt, and is looked for before anything
    is submitted; an errand that turns up late all the same finds its claim taken, and refuses.
    """

    def __init__(self, work: FolderWork, place: Place) -> None:
        self._work = work
        self._place = place
        self._lock = threading.Lock()
        self._missed: dict[str, float] = {}

    def start(self, key: str, parameters: "Parameters", folder: Path) -> Handle:
        """Submit the attempt, unless the place has it or it has ended.

        Raises UnusableFolder, UnknownFunction, PlaceUnreachable, or what the place has to say against it.
        """
        attempt = AttemptFolder(key, folder.absolute())
        with self._lock:
            asked = attempt.request()
            if asked is not None and not self._is_withdrawn(attempt, asked):
                ticket = None if attempt.is_concluded else self._ticket(attempt, asked)
                if ticket is not None or attempt.is_concluded or attempt.evaluation() is not None:
                    return _handle(attempt, asked, ticket)
            request = self._request(attempt, parameters)
            attempt.ask(request)
            return _handle(attempt, request, self._place.begin(self._errand(attempt, request)))

    def poll(self, handle: Handle) -> Outcome | None:
        """The outcome, or None: also while the place does not answer."""
        placement = Placement.model_validate(handle)
        attempt = AttemptFolder(placement.key, placement.folder)
        try:
            return attempt.outcome() or self._outcome_unless_expected(attempt, placement)
        except PlaceUnreachable:
            return None
        except UnusableFolder as error:
            return Outcome.failed("fault", str(error))

    def cancel(self, handle: Handle) -> None:
        """Stop the errand, or take it out of the queue. Raises UnusableFolder, PlaceUnreachable."""
        placement = Placement.model_validate(handle)
        attempt = AttemptFolder(placement.key, placement.folder)
        if attempt.outcome() is not None:
            return
        if placement.ticket is not None:
            self._place.end(placement.ticket)
        attempt.withdraw()
        attempt.conclude(cancelled())

    def reconcile(self, key: str, folder: Path) -> Handle | Outcome | NeverStarted | Unknown:
        """What became of the attempt. A place that does not answer leaves it unknown."""
        attempt = AttemptFolder(key, folder.absolute())
        try:
            return attempt.outcome() or self._reconciled(attempt)
        except (PlaceUnreachable, UnusableFolder) as error:
            return Unknown(str(error))

    def close(self) -> None:
        """Let go of the place. What is under way there goes on."""
        self._place.close()

    def _reconciled(self, attempt: AttemptFolder) -> Handle | NeverStarted:
        asked = attempt.request()
        if asked is not None and not self._is_withdrawn(attempt, asked):
            ticket = self._ticket(attempt, asked)
            if ticket is not None:
                return _handle(attempt, asked, ticket)
        attempt.make()
        begun = attempt.withdraw()
        # Begun, and not there any more: its outcome may be on its way through a network file system.
        return NeverStarted() if begun is None or asked is None else _handle(attempt, asked, None)

    def _is_withdrawn(self, attempt: AttemptFolder, asked: Request) -> bool:
        return asked.claim < attempt.next_claim() and attempt.evaluation() is None

    def _ticket(self, attempt: AttemptFolder, asked: Request) -> Ticket | None:
        return self._place.find(_name(asked), attempt.path)

    def _outcome_unless_expected(self, attempt: AttemptFolder, placement: Placement) -> Outcome | None:
        standing = self._place.standing(placement.ticket) if placement.ticket is not None else GONE
        if not isinstance(standing, Gone):
            self._missed.pop(attempt.key, None)
            return None
        since = self._missed.setdefault(attempt.key, time.monotonic())
        if time.monotonic() - since < self._place.visibility:
            return None
        self._missed.pop(attempt.key, None)
        attempt.withdraw()
        return attempt.outcome() or attempt.conclude(left_nothing(standing, attempt))

    def _request(self, attempt: AttemptFolder, parameters: "Parameters") -> Request:
        return Request(
            key=attempt.key,
            claim=attempt.next_claim(),
            function=registered_function(self._work.function),
            settings=dict(self._work.settings),
            objectives=self._work.objectives,
            parameters=dict(parameters),
            timeout=self._work.timeout,
            started_at=time.time(),
            clock=time.monotonic(),
            path=tuple(str(Path(entry).absolute()) for entry in sys.path),
        )

    def _errand(self, attempt: AttemptFolder, request: Request) -> Errand:
        # -P and -u: see `orchestrator.executors.worker_process`.
        words = ("-P", "-u", "-m", "orchestrator.executors.worker", "--once")
        command = (sys.executable, *words, attempt.key, str(attempt.path), str(request.claim))
        return Errand(_name(request), attempt.path, command, self._work.timeout)


def _name(request: Request) -> str:
    return request.key if request.claim == 1 else f"{request.key}~{request.claim}"


def _handle(attempt: AttemptFolder, asked: Request, ticket: Ticket | None) -> Handle:
    held = None if ticket is None else dict(ticket)
    return Placement(key=attempt.key, folder=attempt.path, name=_name(asked), ticket=held).model_dump(mode="json")
