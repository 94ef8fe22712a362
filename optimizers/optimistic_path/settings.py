"""The `optimizer:` section of a campaign file for optimistic paths. Imports nothing heavy."""

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt

from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.kriging.settings import KrigingSettings
    from optimizers.optimistic_path.optimizer import OptimisticPath


class OptimisticPathSettings(BaseModel):
    """Finds how high one must climb from the lowest point of a periodic grid to its image in another cell.

    The landscape that is most favourable within the doubt of the model is mean - exploration * deviation. Its lowest
    path is tried where the model expects it to be highest; once every point of the path is measured, no other path
    can be lower, as far as the model is right: the barrier is certified.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["optimistic_path"] = "optimistic_path"
    exploration: PositiveFloat = 2.0
    """How many standard deviations the landscape may lie below what is expected."""
    initial: PositiveInt = 12
    """Trials, spread over the cell, before the model is asked."""
    kernel: Literal["matern52", "rbf"] = "rbf"
    """How smooth the landscape is taken to be: twice differentiable, or analytic."""
    transform: Literal["auto", "none", "log", "clip"] = "auto"
    """What the model sees of the energies. `auto` compresses those far above the median: ions that overlap."""
    symmetry: Literal["check", "use", "ignore"] = "use"
    """Whether the symmetry that the space declares is used."""

    def kriging(self) -> "KrigingSettings":
        """The settings of the model behind it. Energies are computed: the noise is next to nothing."""
        from optimizers.kriging.settings import KrigingSettings

        shared = {name: getattr(self, name) for name in ("initial", "kernel", "transform", "symmetry")}
        return KrigingSettings(**shared, noise=1e-6)

    def build(self, problem: Problem) -> "OptimisticPath":
        """The optimizer for `problem`. Raises UnusableSpace and UnusableProblem."""
        from optimizers.optimistic_path.optimizer import OptimisticPath

        return OptimisticPath(self, problem)
