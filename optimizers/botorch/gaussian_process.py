"""The Gaussian process of one outcome: its most probable hyper-parameters, and what it expects."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np
import torch
from botorch.models import SingleTaskGP
from botorch.optim.fit import fit_gpytorch_mll_scipy
from botorch.posteriors.gpytorch import GPyTorchPosterior
from gpytorch.constraints import Interval
from gpytorch.kernels import Kernel
from gpytorch.likelihoods.gaussian_likelihood import _GaussianLikelihoodBase
from gpytorch.likelihoods.noise_models import Noise
from gpytorch.means import Mean
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import LogNormalPrior
from linear_operator.operators import DiagLinearOperator
from torch import Tensor

from optimizers.botorch.kernels import covariance, scales
from optimizers.botorch.layout import Array, Layout
from optimizers.botorch.settings import BotorchSettings

NOISE_BOUNDS = (1e-6, 10.0)
NOISE_PRIOR = (-4.0, 1.0)
STARTS = ((0.0, -5.0), (log(0.3), -6.0))
"""Logarithms of a length-scale (for three features) and of the noise at which a fit begins."""
MOST_STEPS = 100
PRIOR_VALUES = 3.0
"""How many values the deviation of the largest task weighs in that of a smaller one."""


@dataclass(frozen=True, eq=False)
class Training:
    """n values of one outcome at points: shapes (n, width), (n,), and (n,) for the standard errors, NaN if unknown.

    `rises` says that larger values are better; it matters for the sign inside the model only.
    """

    points: Array
    values: Array
    errors: Array
    rises: bool = False

    @property
    def tasks(self) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
        """The task of each value."""
        return self.points[:, -1].astype(np.intp)

    def among(self, tasks: Sequence[int]) -> "Training":
        """The values of some tasks only."""
        kept = np.isin(self.tasks, tasks)
        return Training(self.points[kept], self.values[kept], self.errors[kept], self.rises)


@dataclass(frozen=True, eq=False)
class Scale:
    """Values in units of their deviation about their mean, task by task: shapes (tasks,). What is larger is better."""

    centre: Array
    unit: Array
    sign: float

    @classmethod
    def of(cls, training: Training, tasks: int) -> "Scale":
        """The scale of each task; a task with few values leans on the largest one, without any it copies it."""
        counts = np.bincount(training.tasks, minlength=tasks)
        groups = [training.values[training.tasks == task] for task in range(tasks)]
        largest = groups[int(counts.argmax())]
        common = float(np.std(largest, ddof=1)) if len(largest) > 1 else 0.0
        common = common if common > 0.0 else 1.0
        centre = np.array([group.mean() if len(group) else largest.mean() for group in groups])
        alone = int((counts > 0).sum()) == 1
        unit = [common if alone else _shrunk(group, common) for group in groups]
        return cls(centre, np.array(unit), 1.0 if training.rises else -1.0)

    def standardised(self, values: Array, tasks: "np.ndarray[tuple[int], np.dtype[np.intp]] | int") -> Array:
        """What the model sees of values."""
        result: Array = self.sign * (values - self.centre[tasks]) / self.unit[tasks]
        return result

    def value(self, seen: Array, task: int = 0) -> Array:
        """The values on a task that the model sees as `seen`."""
        result: Array = self.sign * seen * self.unit[task] + self.centre[task]
        return result


def _shrunk(group: Array, common: float) -> float:
    if not len(group):
        return common
    squares = float(np.square(group - group.mean()).sum()) + PRIOR_VALUES * common**2
    return sqrt(squares / (PRIOR_VALUES + len(group) - 1))


class TaskMeans(Mean):  # type: ignore[misc]
    """One constant per task."""

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.register_parameter("constants", torch.nn.Parameter(torch.zeros(tasks, dtype=torch.float64)))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (..., n)."""
        means: Tensor = self.constants[x[..., -1].long()]
        return means


class PartlyKnownNoise(Noise):  # type: ignore[misc]
    """The variance of each training value where it is known, one fitted variance per task for all others."""

    def __init__(self, known: Tensor, task: Tensor, tasks: int, share: float | None) -> None:
        super().__init__()
        self.register_buffer("task", task)
        self.register_buffer("known", torch.nan_to_num(known, nan=0.0))
        self.register_buffer("unknown", torch.isnan(known).to(known))
        start = log(share) if share is not None else NOISE_PRIOR[0]
        self.register_parameter("log_noise", torch.nn.Parameter(torch.full((tasks,), start, dtype=torch.float64)))
        if share is None:
            low, high = NOISE_BOUNDS
            self.register_constraint("log_noise", Interval(log(low), log(high), transform=None))
            self.register_prior("noise_prior", LogNormalPrior(*NOISE_PRIOR), lambda noise: noise.level, _set_level)
        else:
            self.log_noise.requires_grad_(False)

    @property
    def level(self) -> Tensor:
        """The variance of each task where it is not known, shape (tasks,)."""
        level: Tensor = self.log_noise.exp()
        return level

    def typical(self) -> list[float]:
        """The variance of a further value of each task: the fitted one, or the mean where every one is known."""
        found = self.level.detach().clone()
        for task in range(len(found)):
            mine = self.task == task
            if mine.any() and not self.unknown[mine].any():
                found[task] = self.known[mine].mean()
        values: list[float] = found.clamp_min(NOISE_BOUNDS[0]).cpu().tolist()
        return values

    @property
    def variances(self) -> Tensor:
        """The variance of each training value, shape (n,)."""
        variances: Tensor = (self.known + self.unknown * self.level[self.task]).clamp_min(NOISE_BOUNDS[0])
        return variances

    def forward(self, *_: Any, shape: torch.Size | None = None, **__: Any) -> DiagLinearOperator:
        """The noise of the training values."""
        assert shape is None or shape[-1] == len(self.known)
        return DiagLinearOperator(self.variances)


def _set_level(noise: PartlyKnownNoise, level: Tensor) -> None:
    noise.initialize(log_noise=level.log())


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """A fitted process; `model` sees standardised values, larger ones better. `tasks` are those it learnt from.

    `noises` are the variances of a further value of each task, in units of the model.
    """

    model: SingleTaskGP
    scale: Scale
    noises: tuple[float, ...]
    training: Training
    tasks: tuple[int, ...]

    @property
    def noise(self) -> float:
        """The variance of a further value on the target."""
        return self.noises[0]

    @property
    def kernel(self) -> Kernel:
        """The covariance function."""
        return self.model.covar_module

    def expected(self, points: Tensor) -> tuple[Array, Array]:
        """Mean and variance in units of the model, without noise: shapes (n,)."""
        with torch.no_grad():
            posterior = self.model.posterior(points)
            return posterior.mean.squeeze(-1).cpu().numpy(), posterior.variance.squeeze(-1).cpu().numpy()

    def covariance(self, points: Tensor) -> Array:
        """The posterior covariance of n points, shape (n, n)."""
        with torch.no_grad():
            posterior = self.model.posterior(points)
            assert isinstance(posterior, GPyTorchPosterior)
            matrix: Array = posterior.distribution.covariance_matrix.cpu().numpy()
            return matrix

    def believing(self, points: Tensor) -> "GaussianProcess":
        """The same process after trials at `points` have returned their means (kriging believer)."""
        if not len(points):
            return self
        with torch.no_grad():
            means = self.model.posterior(points).mean
            inputs = torch.cat([self.model.train_inputs[0], points])
            targets = torch.cat([self.model.train_targets.unsqueeze(-1), means])
            own = self.model.likelihood.noise.reshape(-1, 1)
            typical = torch.as_tensor(self.noises, dtype=points.dtype, device=points.device)
            noise = torch.cat([own, typical[points[:, -1:].long()]])
        model = _predictive(inputs, targets, noise, self.kernel, self.model.mean_module)
        return GaussianProcess(model, self.scale, self.noises, self.training, self.tasks)

    def lengths(self) -> list[float]:
        """The length-scale of each feature, in coordinates; empty if the kernel has none."""
        found = scales(self.kernel)
        return found[0].lengths.detach().cpu().tolist() if found else []

    def left_out_density(self) -> float:
        """Σ log p(y_i | all others) over the values of the target, in its own unit.

        Rasmussen and Williams 2006, eqs. 5.10-5.12.
        """
        inputs, targets = self.model.train_inputs[0], self.model.train_targets
        with torch.no_grad():
            matrix = self.kernel(inputs).to_dense() + torch.diag(self.model.likelihood.noise)
            inverse = torch.cholesky_inverse(torch.linalg.cholesky(matrix))
            variance = 1.0 / inverse.diagonal()
            error = (inverse @ (targets - self.model.mean_module(inputs))) * variance
            density = -0.5 * (error.square() / variance + variance.log() + log(2.0 * torch.pi))
            mine = inputs[:, -1] == 0
            return float(density[mine].sum()) - int(mine.sum()) * log(float(self.scale.unit[0]))


def most_probable(
    settings: BotorchSettings, layout: Layout, tasks: int, training: Training, device: str
) -> GaussianProcess:
    """The process with the most probable length-scales, noise and likeness of tasks, found from two fixed starts."""
    scale = Scale.of(training, tasks)
    inputs = torch.as_tensor(training.points, dtype=torch.float64, device=device)
    seen = scale.standardised(training.values, training.tasks)
    targets = torch.as_tensor(seen, dtype=torch.float64, device=device).unsqueeze(-1)
    known = torch.as_tensor((training.errors / scale.unit[training.tasks]) ** 2, dtype=torch.float64, device=device)
    share = None if settings.noise == "fit" else settings.noise
    # What a task shares with the target and what is its own look alike while the target has no two values.
    is_told_apart = int((training.tasks == 0).sum()) >= 2
    best: tuple[float, SingleTaskGP] | None = None
    for start in STARTS:
        likelihood = _GaussianLikelihoodBase(PartlyKnownNoise(known, inputs[:, -1].long(), tasks, share))
        kernel, mean = covariance(settings, layout, tasks), TaskMeans(tasks)
        model = SingleTaskGP(
            inputs, targets, likelihood=likelihood, covar_module=kernel, mean_module=mean, outcome_transform=None
        )
        _begin(model, start, len(layout.names), is_noise_fitted=share is None, is_told_apart=is_told_apart)
        loss = _climb(model)
        if best is None or loss < best[0]:
            best = (loss, model)
    assert best is not None
    fitted = best[1].eval()
    noise = fitted.likelihood.noise_covar
    with torch.no_grad():
        variances = noise.variances.detach().unsqueeze(-1)
    model = _predictive(inputs, targets, variances, fitted.covar_module, fitted.mean_module)
    learnt = tuple(sorted({0, *training.tasks.tolist()}))
    return GaussianProcess(model, scale, tuple(noise.typical()), training, learnt)


def _begin(
    model: SingleTaskGP, start: tuple[float, float], features: int, *, is_noise_fitted: bool, is_told_apart: bool
) -> None:
    length, noise = start
    shift = 0.0 if length == 0.0 else 0.5 * log(max(features, 1) / 3.0)
    with torch.no_grad():
        for part in scales(model.covar_module):
            part.log_lengths.fill_(length + shift if part.origin is None else 0.0)
            if part.origin is not None and not is_told_apart:
                part.log_lengths.requires_grad_(False)
        if is_noise_fitted:
            model.likelihood.noise_covar.log_noise.fill_(noise)


def _climb(model: SingleTaskGP) -> float:
    """Fit the model, and return what is left of the loss; infinity if no step could be evaluated."""
    mll = ExactMarginalLogLikelihood(model.likelihood, model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    mll.train()
    found = fit_gpytorch_mll_scipy(mll, options={"maxiter": MOST_STEPS})
    loss = float(found.fval)
    if not np.isfinite(loss):
        model.load_state_dict(before)
        return float("inf")
    return loss


def _predictive(inputs: Tensor, targets: Tensor, noise: Tensor, kernel: Kernel, mean: Mean) -> SingleTaskGP:
    model = SingleTaskGP(
        inputs, targets, train_Yvar=noise, covar_module=kernel, mean_module=mean, outcome_transform=None
    )
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model.eval()
