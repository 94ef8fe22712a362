"""The protocol of an optimizer, and the problem one is built for."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from optimizers.errors import UnusableSpace
from optimizers.history import History
from optimizers.objective import Objective
from optimizers.pool import CandidatePool
from optimizers.proposal import Proposal
from optimizers.rotation import RotationSpace
from optimizers.space import Space


@dataclass(frozen=True, eq=False)
class Source:
    """An earlier campaign to learn from: its candidates and its finished history."""

    name: str
    space: CandidatePool
    history: History


@dataclass(frozen=True, eq=False)
class Problem:
    """What an optimizer is built for: the space to search, the objective, the campaign's seed, earlier campaigns."""

    space: Space
    objective: Objective
    seed: int
    sources: tuple[Source, ...] = ()

    @property
    def pool(self) -> CandidatePool:
        """The space, for an optimizer that chooses from a list. Raises UnusableSpace if it is none."""
        if isinstance(self.space, CandidatePool):
            return self.space
        raise UnusableSpace(
            f"optimizer: this one chooses from a list of candidates, but the space is {self.space.describe()}. "
            "Use an optimizer for rotations: basis_search, or random."
        )

    @property
    def rotations(self) -> RotationSpace:
        """The space, for an optimizer of rotations. Raises UnusableSpace if it is something else."""
        if isinstance(self.space, RotationSpace):
            return self.space
        raise UnusableSpace(
            f"optimizer: this one searches rotations, but the space is a list of {self.space.describe()}. "
            "Use an optimizer for candidates, such as kriging."
        )


@runtime_checkable
class Optimizer(Protocol):
    """Proposes trials.

    Pure: the same problem, settings and history give the same proposals, on a fresh object or a warm one.
    State kept between calls is a cache, never a truth. `optimizers.conformance` holds the tests that every
    implementation inherits.
    """

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals; fewer, or none, when the space is exhausted; never a candidate of `history`."""
        ...


class OptimizerSettings(Protocol):
    """What an `optimizers` plug-in registers: a frozen pydantic model with a literal `kind`, and this method."""

    kind: Any

    def build(self, problem: Problem) -> Optimizer:
        """The optimizer for `problem`. Heavy imports happen here, never at module level."""
        ...


@runtime_checkable
class Judge(Protocol):
    """An optimizer that can say how likely it is that something better remains."""

    def chance_of_better(self, history: History, delta: float) -> float:
        """Probability in [0, 1] that some untried candidate beats the best completed trial by more than `delta`.

        `delta` is in the objective's unit.
        """
        ...
