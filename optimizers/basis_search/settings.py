"""The `optimizer:` section of a campaign file for the search of a basis. Imports nothing heavy."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.basis_search.optimizer import BasisSearch

Edge = Annotated[float, Field(gt=0, le=1)]


class Round(BaseModel):
    """A round of the tournament: this many simplexes stay, and make this many trials each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    simplexes: PositiveInt
    trials: PositiveInt
    effort: PositiveInt = 1
    """How many times the usual sweeps an executor shall spend on each of them."""
    follow: Literal["guide", "objective"] = "guide"
    """Which value the simplexes follow: near the optimum the objective itself may be the less noisy one."""


class Confirmation(BaseModel):
    """The last stage: the best trials are measured again, longer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    best: NonNegativeInt = 4
    effort: PositiveInt = 16
    """How many times the usual sweeps each of them gets in all; what was measured before counts."""


class BasisSearchSettings(BaseModel):
    """Random rotations, a Gaussian process that knows their symmetry, simplexes in a tournament, a confirmation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["basis_search"] = "basis_search"
    guide: str | None = None
    """The value that the search follows, such as stoquastic_energy; the objective itself when absent.

    Larger must be better where the objective is maximised, smaller where it is minimised.
    """
    initial: PositiveInt = 12
    """Random rotations before the model is asked."""
    bayesian: NonNegativeInt = 78
    """Trials that the Gaussian process proposes after them."""
    margin: NonNegativeFloat = 0.1
    """By how much a trial of the model shall improve on the best one to count, in units of the spread of all values.

    The model looks for another basin; to climb the last bit in the best one is the work of the simplexes.
    """
    tournament: Annotated[tuple[Round, ...], Field(min_length=1)] = (
        Round(simplexes=1, trials=10),
        Round(simplexes=1, trials=46, effort=2, follow="objective"),
    )
    """The rounds: simplexes start at the best places that are no neighbours, and the better ones go on.

    After a long search by the model one is enough; after a short one start with three or four, and larger edges.
    """
    edge: Edge = 0.06
    """Edge of the first simplexes, radians."""
    middle_edge: Edge = 0.04
    """Edge of the simplexes that start when the tournament turns from the guide to the objective, radians."""
    fine_edge: Edge = 0.015
    """Edge of the simplexes that start at the best place when the tournament is over, radians."""
    trials: PositiveInt = 146
    """Trials before the confirmation."""
    confirm: Confirmation = Confirmation()
    """The confirmation."""

    @model_validator(mode="after")
    def _narrowing(self) -> "BasisSearchSettings":
        widths = [one.simplexes for one in self.tournament]
        if widths != sorted(widths, reverse=True):
            raise ValueError(f"tournament: the number of simplexes must not grow from round to round: {widths}.")
        if widths[0] > self.initial + self.bayesian:
            raise ValueError(f"tournament: {widths[0]} simplexes need as many trials before: raise `initial`.")
        follows = [one.follow for one in self.tournament]
        if follows != sorted(follows):
            raise ValueError("tournament: once a round has followed the objective, none can follow the guide again.")
        return self

    def build(self, problem: Problem) -> "BasisSearch":
        """The optimizer for `problem`. Raises UnusableSpace unless its space is one of rotations."""
        from optimizers.basis_search.optimizer import BasisSearch

        return BasisSearch(self, problem.rotations, problem.objective, problem.seed)
