"""The protocol of an optimizer, and the problem one is built for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from optimizers.errors import UnusableProblem, UnusableSpace
from optimizers.history import History
from optimizers.objective import Objective, OutcomeConstraint
from optimizers.parameters import ParameterSpace
from optimizers.pool import CandidatePool
from optimizers.proposal import Proposal
from optimizers.rotation import RotationSpace
from optimizers.space import Space
from optimizers.survey import Survey

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Source:
    """An earlier campaign to learn from: its candidates and its finished history."""

    name: str
    space: CandidatePool
    history: History


@dataclass(frozen=True, eq=False)
class Problem:
    """What an optimizer is built for: the space to search, what is improved, the campaign's seed, earlier campaigns,
    and limits that measured quantities must keep."""

    space: Space
    objectives: tuple[Objective, ...]
    seed: int
    sources: tuple[Source, ...] = ()
    constraints: tuple[OutcomeConstraint, ...] = ()

    @property
    def objective(self) -> Objective:
        """The only objective, for an optimizer that knows no constraints. Raises UnusableProblem otherwise."""
        if not self.constraints:
            return self.limited_objective
        raise UnusableProblem(
            "optimizer: this one knows no constraints, but the campaign has constraints on outcomes. "
            "Use an optimizer that does: box, ax or botorch."
        )

    @property
    def limited_objective(self) -> Objective:
        """The only objective, for an optimizer that knows constraints. Raises UnusableProblem if there are more."""
        if len(self.objectives) == 1:
            return self.objectives[0]
        raise UnusableProblem(
            f"optimizer: this one improves one objective, but the campaign has {len(self.objectives)} objectives. "
            "Use an optimizer that improves several: ax or botorch."
        )

    @property
    def pool(self) -> CandidatePool:
        """The space, for an optimizer that chooses from a list. Raises UnusableSpace if it is none."""
        if isinstance(self.space, CandidatePool):
            return self.space
        raise UnusableSpace(
            f"optimizer: this one chooses from a list of candidates, but the space is {_found(self.space)}. "
            f"Use an optimizer for {_served_by(self.space)}."
        )

    @property
    def parameters(self) -> ParameterSpace:
        """The space, for an optimizer of parameters. Raises UnusableSpace if it is something else."""
        if isinstance(self.space, ParameterSpace):
            return self.space
        raise UnusableSpace(
            f"optimizer: this one searches a space of parameters, but the space is {_found(self.space)}. "
            f"Use an optimizer for {_served_by(self.space)}."
        )

    @property
    def rotations(self) -> RotationSpace:
        """The space, for an optimizer of rotations. Raises UnusableSpace if it is something else."""
        if isinstance(self.space, RotationSpace):
            return self.space
        raise UnusableSpace(
            f"optimizer: this one searches rotations, but the space is {_found(self.space)}. "
            f"Use an optimizer for {_served_by(self.space)}."
        )


def _found(space: Space) -> str:
    return f"a list of {space.describe()}" if isinstance(space, CandidatePool) else space.describe()


def _served_by(space: Space) -> str:
    """What the space holds, and which optimizers search it."""
    if isinstance(space, CandidatePool):
        return "candidates, such as kriging"
    if isinstance(space, ParameterSpace):
        return "parameters, such as box or ax"
    return "rotations: basis_search, or random"


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


@runtime_checkable
class Surveyor(Protocol):
    """An optimizer that divides the candidates into those inside and those outside of a region."""

    def survey(self, history: History) -> Survey:
        """How probable it is for each candidate to lie inside, and with that how many are decided."""
        ...

    def surveyed(self) -> "pd.DataFrame":
        """The candidates that a survey speaks of, one row each, in its order."""
        ...
