"""Where work in a folder is done: on this machine, or at a place that holds it in a queue.

An executor that does its work in the folder of an attempt says *what* is evaluated (`FolderWork`); the setting
`runs_on` says *where*. A place need not be told what came of the work, since that is in the folder
(`orchestrator.executors.attempt`): it starts one process, and says whether that process is still to be expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.outcome import FailureKind

GROUP = "junkan.places"

Ticket: TypeAlias = Mapping[str, Any]
"""A JSON object by which a place finds its work again, in another process: a process, the number of a job."""


@dataclass(frozen=True)
class FolderWork:
    """What is evaluated for each trial: the function registered as `function`, prepared with `settings`.

    An evaluation may take `timeout` seconds from its beginning. `objectives` are the names that its answer is
    checked against, any names if there are none. `workers` idle processes are kept between trials where a place
    keeps processes (as many as the campaign has trials in flight, by default).
    """

    function: str
    settings: Mapping[str, Any]
    timeout: float
    objectives: tuple[str, ...] = ()
    workers: int | None = None


@dataclass(frozen=True)
class Errand:
    """One process to be run once: `command`, in `folder`, within `walltime` seconds.

    `name` is the key of the attempt, `campaign/trial/attempt`; with `~2` and so on behind it when an earlier
    request of the same attempt was withdrawn. The same request always has the same name. The process decides by
    itself, through the claims of its attempt, whether it still may begin: to run it late, or twice, does no harm.
    """

    name: str
    folder: Path
    command: tuple[str, ...]
    walltime: float


@dataclass(frozen=True)
class Gone:
    """The place expects nothing more of an errand: it ended, was killed, or was removed from the queue.

    `kind` and `reason` are the failure of an attempt that left no outcome in its folder.
    """

    kind: FailureKind
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)


Standing: TypeAlias = Literal["waiting", "running"] | Gone


class Place(Protocol):
    """Runs errands. All methods may be called from any thread, and raise PlaceUnreachable if it does not answer.

    A place that does not answer is never one that has nothing: what it holds, it holds.
    """

    visibility: float
    """Seconds that a file written at the place may take to be seen here."""

    def begin(self, errand: Errand) -> Ticket:
        """Accept `errand` and return at once. Raises OSError or ExecutorError if it was not accepted."""
        ...

    def find(self, name: str, folder: Path) -> Ticket | None:
        """The ticket of an errand of that name which waits or runs; None if there certainly is none."""
        ...

    def standing(self, ticket: Ticket) -> Standing:
        """Whether the errand is still to be expected."""
        ...

    def end(self, ticket: Ticket) -> None:
        """Stop the errand and everything it started, or take it out of the queue. One that is gone is left alone."""
        ...

    def close(self) -> None:
        """Let go of connections. Errands go on."""
        ...


class PlaceSettings(Protocol):
    """What a plug-in of the group `junkan.places` registers: a frozen pydantic model with a literal `kind`."""

    kind: Any

    def build(self, work: FolderWork, context: ExecutorContext) -> Executor:
        """The executor that has `work` done there. Heavy imports happen here. Raises ExecutorError."""
        ...
