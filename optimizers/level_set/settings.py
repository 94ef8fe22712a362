"""The `optimizer:` section of a campaign file for level sets. Imports nothing heavy."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PositiveFloat, PositiveInt, model_validator

from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.kriging.settings import KrigingSettings
    from optimizers.level_set.optimizer import LevelSet


class LevelSetSettings(BaseModel):
    """Finds the region in which the objective lies below, or above, a level; the model is that of kriging."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"oneOf": [{"required": ["below"]}, {"required": ["above"]}]}
    )

    kind: Literal["level_set"] = "level_set"
    below: FiniteFloat | None = None
    """The region wanted is where the objective is at most this, in its unit."""
    above: FiniteFloat | None = None
    """The region wanted is where the objective is at least this, in its unit."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    """A candidate counts as decided when its side of the level is at least this probable."""
    score: Literal["straddle", "entropy", "lookahead"] = "straddle"
    """What the next candidate maximises: nearness to the level and doubt (Bryan et al. 2005), the doubt about its side
    of the level, or the expected drop of the number of wrong sides, which costs more time."""
    exploration: PositiveFloat = 1.96
    """How many standard deviations `straddle` sets against the distance from the level."""
    kernel: Literal["matern52", "rbf"] = "matern52"
    """How smooth the objective is taken to be: twice differentiable, or analytic."""
    transform: Literal["auto", "none", "log"] = "auto"
    """What the model sees of the objective. `auto` compresses values far worse than the median."""
    initial: PositiveInt = 10
    """Trials before the model is asked."""
    start: Literal["space_filling", "random"] = "space_filling"
    """How the initial trials are chosen."""
    refit: Literal["double"] | PositiveInt = "double"
    """When the length-scales are fitted again: when the data have grown by 41 %, or after every so many values."""
    noise: Literal["fit"] | Annotated[float, Field(gt=0.0, le=1.0)] = "fit"
    """Variance of the noise as a share of the variance of the objective, for values without a standard error."""
    infeasible: Literal["padding", "model", "both", "ignore"] = "padding"
    """`padding` lets the model see infeasible trials as the value farthest outside so far, `model` learns where they
    are; a candidate that cannot be realised lies outside the region."""
    symmetry: Literal["check", "use", "ignore"] = "check"
    """Whether the symmetry that a pool declares is used, as in kriging."""
    mesh: Annotated[int, Field(ge=16, le=100_000)] = 4096
    """In a space of parameters: how many settings are asked about. All of them where there are no more, otherwise a
    sample spread over the space, drawn from the campaign's seed."""
    memory: PositiveFloat = 4.0
    """Gigabytes that the model of the pool may fill; beyond that it is computed anew for every proposal."""

    @model_validator(mode="after")
    def _one_level(self) -> "LevelSetSettings":
        if self.below is None and self.above is None:
            raise ValueError("the level is missing. Give `below` or `above`, in the unit of the objective.")
        if self.below is not None and self.above is not None:
            raise ValueError("below: `above` is given too. A region has one level: remove one of them.")
        return self

    @property
    def level(self) -> float:
        """The level, in the unit of the objective."""
        level = self.below if self.below is not None else self.above
        assert level is not None
        return level

    def kriging(self) -> "KrigingSettings":
        """The settings of the model behind it."""
        from optimizers.kriging.settings import KrigingSettings

        shared = set(KrigingSettings.model_fields) & set(type(self).model_fields) - {"kind", "score", "exploration"}
        return KrigingSettings(**{name: getattr(self, name) for name in shared})

    def build(self, problem: Problem) -> "LevelSet":
        """The optimizer for `problem`. Raises UnusableSpace and UnusableProblem."""
        from optimizers.level_set.optimizer import LevelSet

        return LevelSet(self, problem)
