"""The `optimizer:` section of a campaign file for BoTorch. Imports nothing heavy."""

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from optimizers.errors import UnusableSettings
from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.botorch.optimizer import Botorch

INSTALL = "pip install 'junkan[ax]'"
INSTALL_BAYESIAN = "pip install 'junkan[ax,fully_bayesian]'"

Value = float | int | str | bool


class FidelityLevel(BaseModel):
    """One way to measure the objectives: a value of the fidelity parameter, and what a trial with it costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Value
    cost: PositiveFloat


class Fidelity(BaseModel):
    """Trials can be had at several fidelities, told apart by one parameter; the best is judged at `target`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameter: str
    target: Value
    levels: Annotated[tuple[FidelityLevel, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _levels_are_told_apart(self) -> "Fidelity":
        values = [level.value for level in self.levels]
        if len(set(values)) < len(values):
            raise ValueError("two levels have the same value; give each its own")
        if self.target not in values:
            raise ValueError(f"the target {self.target!r} is not among the levels: {', '.join(map(str, values))}")
        return self

    @property
    def ordered(self) -> tuple[FidelityLevel, ...]:
        """The target first, then the others from cheap to expensive."""
        others = [level for level in self.levels if level.value != self.target]
        target = next(level for level in self.levels if level.value == self.target)
        return (target, *sorted(others, key=lambda level: level.cost))


class BotorchSettings(BaseModel):
    """Gaussian processes of GPyTorch and acquisition functions of BoTorch, over candidates or parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["botorch"] = "botorch"
    kernel: Literal["matern52", "rbf", "additive", "tanimoto"] = "matern52"
    """`additive` is a sum of one-dimensional Matérn kernels; `tanimoto` compares the columns of `fingerprint`."""
    fingerprint: tuple[str, ...] = ()
    """Columns of counts or bits that `tanimoto` compares; all features when left out. Others get a Matérn kernel."""
    exchangeable: tuple[tuple[str, ...], ...] = ()
    """Groups of parameters whose values may be exchanged without changing the objectives."""
    symmetry: Literal["use", "ignore"] = "use"
    """Whether the kernel is averaged over the symmetry that the pool declares."""
    initial: PositiveInt | None = None
    """Points tried before the model is asked; with fidelities the first three at every level, the others at the cheap
    ones. 5 for a list of candidates, else twice the number of parameters, at least 5."""
    noise: Literal["fit"] | Annotated[float, Field(gt=0.0, le=1.0)] = "fit"
    """Variance of the noise as a share of the variance of the objective, for values without a standard error."""
    infeasible: Literal["padding", "model", "both", "ignore"] = "padding"
    """`padding` lets the model see infeasible trials as the worst value so far, `model` learns where they are and
    multiplies the improvement by the probability of a feasible trial."""
    fidelity: Fidelity | None = None
    """Cheaper ways to measure the same."""
    transfer: tuple[str, ...] = ()
    """Earlier campaigns of the same objective to learn from, by name. One that does not help is dropped."""
    inference: Literal["most_probable", "fully_bayesian"] = "most_probable"
    """`fully_bayesian` averages over length-scales drawn from their posterior (SAAS); slow, for many parameters."""
    samples: PositiveInt = 128
    """Monte Carlo samples of the acquisition function where there are several objectives."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where tensors live."""

    @model_validator(mode="after")
    def _settings_fit_each_other(self) -> "BotorchSettings":
        if self.fingerprint and self.kernel != "tanimoto":
            raise ValueError(f"`fingerprint` belongs to `kernel: tanimoto`, not to {self.kernel}")
        if self.inference == "fully_bayesian":
            clashes: dict[str, Any] = {
                "kernel": self.kernel != "matern52",
                "exchangeable": self.exchangeable,
                "fidelity": self.fidelity,
                "transfer": self.transfer,
            }
            if wrong := [name for name, clash in clashes.items() if clash]:
                raise ValueError(f"`inference: fully_bayesian` has its own kernel; leave out {', '.join(wrong)}")
        return self

    def build(self, problem: Problem) -> "Botorch":
        """The optimizer for `problem`.

        Raises UnusableSettings if a package or the device is missing, UnusableSpace for a space of another kind.
        """
        self._require_packages()
        with warnings.catch_warnings():
            # torch tells the authors of linear_operator to move on; nobody here can act on it.
            warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
            from optimizers.botorch.optimizer import Botorch

        return Botorch(self, problem)

    def _require_packages(self) -> None:
        missing = [name for name in ("torch", "gpytorch", "botorch") if find_spec(name) is None]
        if missing:
            raise UnusableSettings(f"optimizer: botorch needs {', '.join(missing)}. Install it: {INSTALL}")
        if self.inference == "fully_bayesian" and (lack := [n for n in ("jax", "numpyro") if find_spec(n) is None]):
            raise UnusableSettings(
                f"optimizer.inference: fully_bayesian needs {' and '.join(lack)}. Install them: {INSTALL_BAYESIAN}"
            )
        if self.device == "cuda":
            import torch

            if not torch.cuda.is_available():
                raise UnusableSettings(
                    "optimizer.device: cuda was asked for, but torch finds no such device here. "
                    "Use `device: cpu`, or install a build of torch for your graphics card."
                )
