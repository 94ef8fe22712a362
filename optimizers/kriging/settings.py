"""The `optimizer:` section of a campaign file for kriging. Imports nothing heavy."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.kriging.optimizer import Kriging


class KrigingSettings(BaseModel):
    """An exact Gaussian process over the candidate pool, and the score that picks the next candidate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["kriging"] = "kriging"
    kernel: Literal["matern52", "rbf"] = "matern52"
    """How smooth the objective is taken to be: twice differentiable, or analytic."""
    columns: Literal["coordinates", "descriptors"] = "coordinates"
    """What the columns of the pool are. Along `coordinates` the objective may change at any scale. `descriptors` of a
    list of things matter about equally: each length-scale is expected near three deviations of its column."""
    transform: Literal["auto", "none", "log", "clip", "rank"] = "auto"
    """What the model sees of the objective. `auto` compresses values far worse than the median."""
    initial: PositiveInt = 5
    """Trials before the model is asked."""
    start: Literal["space_filling", "random"] = "space_filling"
    """How the initial trials are chosen."""
    score: Literal["log_ei", "pi", "ucb", "thompson", "zscore"] = "log_ei"
    """What the next candidate maximises. `zscore` is the rule of Kiyohara et al. 2016."""
    exploration: PositiveFloat = 2.0
    """How many standard deviations `ucb` adds to the mean."""
    refit: Literal["double"] | PositiveInt = "double"
    """When the length-scales are fitted again: when the data have grown by 41 %, or after every so many values."""
    noise: Literal["fit"] | Annotated[float, Field(gt=0.0, le=1.0)] = "fit"
    """Variance of the noise as a share of the variance of the objective, for values without a standard error."""
    infeasible: Literal["padding", "model", "both", "ignore"] = "padding"
    """`padding` lets the model see infeasible trials as the worst value so far, `model` learns where they are and
    multiplies the improvement by the probability of a feasible trial."""
    symmetry: Literal["check", "use", "ignore"] = "check"
    """Whether the symmetry that the pool declares is used. `check` spends one trial on a mirror image and drops a
    symmetry that proves false."""
    transfer: tuple[str, ...] = ()
    """Earlier campaigns of the same objective to learn from, by name. One that does not help is dropped."""
    memory: PositiveFloat = 4.0
    """Gigabytes that the model of the pool may fill; beyond that it is computed anew for every proposal."""

    def build(self, problem: Problem) -> "Kriging":
        """The optimizer for `problem`."""
        from optimizers.kriging.optimizer import Kriging

        return Kriging(self, problem)
