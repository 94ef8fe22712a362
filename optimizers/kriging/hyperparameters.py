"""Length-scales and noise: the most probable ones given the data, within bounds.

The objective is the negative log posterior density of the positive values, minimised over their logarithms;
the mean is profiled out by generalised least squares. The length-scale prior is the dimension-scaled
LogNormal of Hvarfner, Hellsten and Nardi 2024 (arXiv:2402.02229), eq. 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cholesky
from scipy.linalg.lapack import dpotri, dpotrs
from scipy.optimize import minimize

from optimizers.kriging.factor import JITTER
from optimizers.kriging.features import Cloud, FeatureMap
from optimizers.kriging.kernels import KERNELS, Array, Kernel, KernelName
from optimizers.kriging.mean import WeightPrior

LENGTH_BOUNDS = (0.02, 200.0)
NOISE_BOUNDS = (1e-6, 10.0)
NOISE_PRIOR = (-4.0, 1.0)
MOST_STEPS = 60
NARROW = 0.4
"""Standard deviation of the logarithm of a length-scale that belongs to a descriptor."""
REACH = 3.0
"""Its most probable value, in deviations of the descriptor: the model is nearly linear then, and not quite."""


@dataclass(frozen=True)
class Hyperparameters:
    """One length-scale per feature, in scaled coordinates, and the noise variance in units of the signal variance."""

    lengths: tuple[float, ...]
    noise: float


@dataclass(frozen=True)
class LengthPrior:
    """Mean and standard deviation of the logarithm of each length-scale, shape (lengths,)."""

    centre: Array
    spread: Array

    @classmethod
    def scaled_by(cls, dimensions: int) -> "LengthPrior":
        """The dimension-scaled prior."""
        return cls(np.full(dimensions, sqrt(2.0) + log(dimensions) / 2.0), np.full(dimensions, sqrt(3.0)))

    @classmethod
    def near(cls, typical: Array) -> "LengthPrior":
        """A narrow prior whose mode is at three times the `typical` deviation along each feature, shape (lengths,)."""
        spread = np.full(len(typical), NARROW)
        return cls(np.log(REACH * typical) + spread**2, spread)

    @property
    def mode(self) -> Array:
        """The most probable length-scales, shape (lengths,)."""
        result: Array = np.exp(self.centre - self.spread**2)
        return result


def starting_points(prior: LengthPrior) -> list[Hyperparameters]:
    """Where a fit without a predecessor begins: the capped prior mode, and something shorter."""
    mode = np.minimum(prior.mode, 1.0)
    short = 0.3 * sqrt(len(mode) / 3.0)
    return [Hyperparameters(tuple(mode.tolist()), exp(-5.0)), Hyperparameters((short,) * len(mode), exp(-6.0))]


@dataclass(frozen=True)
class Training:
    """What a fit sees of n values.

    `targets`, shape (n,), are in units of the signal's deviation; `basis`, (n, p), spans the mean, and
    `weights` is the prior of its weights. `known`, (n,), is the noise variance of each value, NaN where it is
    not known; there it is `noise`, or fitted if that is None.
    """

    cloud: Cloud
    targets: Array
    basis: Array
    weights: WeightPrior
    known: Array
    noise: float | None
    prior: LengthPrior


def most_probable(
    features: FeatureMap, kernel: KernelName, training: Training, starts: Sequence[Hyperparameters]
) -> Hyperparameters:
    """The best local optimum reached from `starts`."""
    landscape = LogPosterior(features, KERNELS[kernel], training)
    best: tuple[float, Array] | None = None
    for start in starts:
        found = minimize(
            landscape,
            np.log([*start.lengths, start.noise][: landscape.parameters]),
            jac=True,
            method="L-BFGS-B",
            bounds=landscape.bounds,
            options={"maxiter": MOST_STEPS},
        )
        if best is None or found.fun < best[0]:
            best = (float(found.fun), found.x)
    assert best is not None
    values = np.exp(best[1])
    lengths = tuple(float(value) for value in values[: len(features.names)])
    return Hyperparameters(lengths, float(values[-1]) if training.noise is None else training.noise)


@dataclass(frozen=True)
class _Coordinates:
    """Training points: coordinates of each image, shape (n, coordinates), and the length-scale of each coordinate."""

    images: tuple[Array, ...]
    tied: npt.NDArray[np.intp]
    lengths: int

    @classmethod
    def of(cls, features: FeatureMap, cloud: Cloud) -> "_Coordinates":
        """Categories become one coordinate per label, at distance 1 from each other."""
        labels = [(row[None, :] == np.unique(row)[:, None]) / sqrt(2.0) for row in cloud.codes]
        tied = [features.tied, *(np.full(len(rows), len(features.axes) + k) for k, rows in enumerate(labels))]
        images = tuple(np.concatenate([image, *labels]).T for image in cloud.images)
        return cls(images, np.concatenate(tied).astype(np.intp), len(features.names))


class LogPosterior:
    """The negative log posterior and its gradient, as functions of the logarithms of lengths and noise."""

    def __init__(self, features: FeatureMap, kernel: Kernel, training: Training) -> None:
        at = _Coordinates.of(features, training.cloud)
        self._at, self._kernel = at, kernel
        self._columns = np.column_stack([training.targets, training.basis])
        self._weights, self._prior = training.weights, training.prior
        self._known = np.where(np.isnan(training.known), 0.0, training.known)
        self._unknown = np.isnan(training.known).astype(np.float64)
        self._fixed = training.noise
        self.parameters = at.lengths + (self._fixed is None)
        self.bounds = [_logs(LENGTH_BOUNDS)] * at.lengths + [_logs(NOISE_BOUNDS)] * (self._fixed is None)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Value and gradient at `theta`, shape (parameters,)."""
        averaged = _Averaged(self._at, self._kernel, np.exp(theta[: self._at.lengths]))
        noise = self._fixed if self._fixed is not None else exp(theta[-1])
        noisy = averaged.matrix.copy()
        noisy[np.diag_indices(len(noisy))] += self._known + noise * self._unknown + JITTER
        try:
            lower = cholesky(noisy, lower=True, check_finite=False, overwrite_a=True)
        except LinAlgError:
            return 1e10, np.zeros(self.parameters)
        residual, alpha, penalty = self._generalised_least_squares(lower)
        inverse, _ = dpotri(lower, lower=1)
        inverse += np.tril(inverse, -1).T
        adjoint = 0.5 * (inverse - np.outer(alpha, alpha))
        value = 0.5 * (float(residual @ alpha) + penalty) + float(np.log(np.diag(lower)).sum())
        gradient = averaged.gradient(adjoint)
        if self._fixed is None:
            gradient = np.append(gradient, noise * float(np.diag(adjoint) @ self._unknown))
        return self._with_prior(value, gradient, theta)

    def _generalised_least_squares(self, lower: Array) -> tuple[Array, Array, float]:
        """The residual r = y - H beta, K^-1 r, and what the prior of beta charges."""
        solved, _ = dpotrs(lower, self._columns, lower=1)
        targets, basis = self._columns[:, 0], self._columns[:, 1:]
        beta = self._weights.most_probable(basis.T @ solved[:, 1:], basis.T @ solved[:, 0], unit=1.0)
        return targets - basis @ beta, solved[:, 0] - solved[:, 1:] @ beta, self._weights.penalty(beta)

    def _with_prior(self, value: float, gradient: Array, theta: Array) -> tuple[float, Array]:
        """Add theta + z²/2 per parameter: the mode is that of the density of the value, not of its logarithm."""
        centres, spreads = self._prior.centre, self._prior.spread
        if self._fixed is None:
            centres, spreads = np.append(centres, NOISE_PRIOR[0]), np.append(spreads, NOISE_PRIOR[1])
        z = (theta - centres) / spreads
        return value + float((0.5 * z * z + theta).sum()), gradient + z / spreads + 1.0


class _Averaged:
    """The group-averaged covariance of the training points at given length-scales, and its derivatives."""

    def __init__(self, at: _Coordinates, kernel: Kernel, lengths: Array) -> None:
        self._at, self._kernel = at, kernel
        scales = lengths[at.tied] / sqrt(kernel.stretch)
        self._scaled = [image / scales for image in at.images]
        self._squares = [_squared_distances(self._scaled[0], image) for image in self._scaled]
        total = sum((kernel.value(squares.copy()) for squares in self._squares), np.zeros_like(self._squares[0]))
        self._weight: Array = np.diag(total) ** -0.5
        self.matrix = total * self._weight[:, None] * self._weight[None, :]

    def gradient(self, adjoint: Array) -> Array:
        """sum of adjoint * dK / d log(length), for every length-scale."""
        result = np.zeros(self._at.lengths)
        outer = adjoint * self._weight[:, None] * self._weight[None, :]
        on_diagonal = (adjoint * self.matrix).sum(axis=1) * self._weight**2
        diagonal = np.diag_indices(len(adjoint))
        for image, squares in zip(self._scaled, self._squares, strict=True):
            slope = self._kernel.slope(squares)
            weights = outer * slope
            weights[diagonal] -= on_diagonal * slope[diagonal]
            result += np.bincount(self._at.tied, _weighted_squares(weights, self._scaled[0], image), len(result))
        return -2.0 * result


def _squared_distances(left: Array, right: Array) -> Array:
    squares: Array = np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1)[None, :]
    squares -= 2.0 * (left @ right.T)
    return squares


def _weighted_squares(weights: Array, left: Array, right: Array) -> Array:
    """For each coordinate, the sum over all pairs of weight * (difference)²."""
    result: Array = weights.sum(axis=1) @ np.square(left) + weights.sum(axis=0) @ np.square(right)
    result -= 2.0 * (left * (weights @ right)).sum(axis=0)
    return result


def _logs(bounds: tuple[float, float]) -> tuple[float, float]:
    return log(bounds[0]), log(bounds[1])
