"""The `optimizer:` section of a campaign file for box. Imports nothing heavy."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.box.optimizer import Box


class BoxSettings(BaseModel):
    """An exact Gaussian process over a few parameters, and the improvement it expects, climbed to its top."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["box"] = "box"
    kernel: Literal["matern52", "rbf"] = "matern52"
    """How smooth the objective is taken to be: twice differentiable, or analytic."""
    transform: Literal["auto", "none", "log", "clip", "rank"] = "auto"
    """What the model sees of the objective. `auto` compresses values far worse than the median."""
    initial: PositiveInt | None = None
    """Trials before the model is asked, spread over the space; by default a few more than there are parameters."""
    noise: Literal["fit"] | Annotated[float, Field(ge=0.0, le=1.0)] = "fit"
    """Variance of the noise as a share of the variance of the objective, for values without a standard error.
    `fit` infers it; 0 says that the same setting always gives the same value."""
    repeat: Literal["auto", "always", "never"] = "auto"
    """Whether a setting may be measured again where that promises most. `auto`: if the noise is
    known, from standard errors or from `noise`."""
    infeasible: Literal["padding", "model", "both", "ignore"] = "both"
    """`padding` lets the model see infeasible trials as the worst value so far, `model` learns where they are and
    multiplies the improvement by the probability of a feasible trial."""

    def build(self, problem: Problem) -> "Box":
        """The optimizer for `problem`."""
        from optimizers.box.optimizer import Box

        return Box(self, problem)
