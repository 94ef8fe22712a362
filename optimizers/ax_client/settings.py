"""The `optimizer:` section of a campaign file for Ax. Imports nothing heavy."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, PositiveInt

from optimizers.errors import UnusableSettings
from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.ax_client.optimizer import AxOptimizer

PACKAGES = {"torch": "torch", "botorch": "botorch", "ax": "ax-platform"}
INSTALL = "pip install 'junkan[ax]'"


class AxSettings(BaseModel):
    """Ax: a space-filling start, then the model and the acquisition function that Ax chooses for the problem."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["ax"] = "ax"
    initial: PositiveInt = 5
    """Trials before the model is asked, from a scrambled Sobol sequence."""
    infeasible: Literal["padding", "model", "both", "ignore"] = "padding"
    """`padding` lets the model see infeasible trials as the worst value so far, `model` learns where they are as a
    constraint on the outcome."""
    noise: Literal["fit", "none"] = "fit"
    """Values without a standard error: `fit` estimates from all of them how uncertain they are, `none` takes them as
    exact."""

    def build(self, problem: Problem) -> "AxOptimizer":
        """The optimizer for `problem`. Raises UnusableSettings without Ax and UnusableSpace without parameters."""
        missing = [name for module, name in PACKAGES.items() if find_spec(module) is None]
        if missing:
            raise UnusableSettings(f"optimizer: ax needs {', '.join(missing)}. Install it: {INSTALL}")
        from optimizers.ax_client.optimizer import AxOptimizer

        return AxOptimizer(self, problem)
