"""The protocol of an executor: whatever performs an experiment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from orchestrator.executors.outcome import Outcome

if TYPE_CHECKING:
    from optimizers import Parameters

Handle: TypeAlias = Mapping[str, Any]
"""A JSON object with which an executor finds its experiment again, in another process, after anything."""


@dataclass(frozen=True)
class NeverStarted:
    """The outside world never heard of this attempt: starting it is safe."""


@dataclass(frozen=True)
class Unknown:
    """Nobody can tell whether this attempt was started. A person must decide."""

    reason: str


@runtime_checkable
class Executor(Protocol):
    """Performs experiments. All four methods may be called from any thread.

    `key` is `campaign/trial/attempt`: the same attempt always has the same key, so an executor that hands it
    to the outside (a job name, a folder marker, a run id) can find the attempt after a crash.
    `orchestrator.executors.conformance` holds the tests that every implementation inherits.
    """

    def start(self, key: str, parameters: "Parameters", folder: Path) -> Handle:
        """Begin the experiment and return at once. `folder` exists and belongs to this attempt alone."""
        ...

    def poll(self, handle: Handle) -> Outcome | None:
        """The outcome, or None while the experiment runs. Time limits are enforced here."""
        ...

    def cancel(self, handle: Handle) -> None:
        """Stop the experiment and everything it started; the next `poll` says what came of it."""
        ...

    def reconcile(self, key: str, folder: Path) -> Handle | Outcome | NeverStarted | Unknown:
        """What became of an attempt whose start was committed but whose handle was not stored.

        `folder` need not exist. After NeverStarted nothing that was set off earlier begins the experiment.
        """
        ...

    def close(self) -> None:
        """Let go of processes and connections. Experiments that are under way go on."""
        ...


@dataclass(frozen=True)
class ExecutorContext:
    """What an executor is built for. `space` is the validated `space:` section of the campaign file."""

    campaign: str
    space: Any
    objectives: tuple[str, ...]
    parallel: int


class ExecutorSettings(Protocol):
    """What an `executors` plug-in registers: a frozen pydantic model with a literal `kind`, and this method."""

    kind: Any

    def build(self, context: ExecutorContext) -> Executor:
        """The executor. Heavy imports happen here, never at module level."""
        ...


@runtime_checkable
class Costed(Protocol):
    """Executor settings that can say what a trial costs, for `junkan plan`."""

    def cost(self, context: ExecutorContext) -> str:
        """A sentence for people, such as "about 30 ms of one core"."""
        ...


@runtime_checkable
class Checked(Protocol):
    """Executor settings that can find mistakes of a campaign before anything runs, for `junkan validate`."""

    def check(self, context: ExecutorContext) -> None:
        """Raises ExecutorError with a message that begins with the place, such as `executor.inputs`."""
        ...


@runtime_checkable
class Planned(Protocol):
    """Executor settings that can say what a trial would do, step by step, without doing anything."""

    def plan(self, context: ExecutorContext, parameters: "Parameters") -> list[str]:
        """Lines for people. Raises ExecutorError or ValueError when the trial would be refused, with the reason."""
        ...


@runtime_checkable
class Stationed(Protocol):
    """Executor settings of a station that asks people questions while it works."""

    def station_name(self) -> str:
        """The name under which the ledger keeps the log of the station."""
        ...

    def rig_file(self) -> Path:
        """The file that describes the station."""
        ...
