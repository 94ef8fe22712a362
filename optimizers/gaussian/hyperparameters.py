"""Length-scales and noise of a Gaussian process: the most probable ones given the data, within bounds.

The objective is the negative log posterior density of the positive values, minimised over their logarithms from
fixed starting points: equal data give equal hyper-parameters, whatever was fitted before. The constant mean is
profiled out by generalised least squares, the signal has unit variance. The length-scale prior is the
dimension-scaled LogNormal of Hvarfner, Hellsten and Nardi 2024 (arXiv:2402.02229), eq. 6. That of the noise has its
mode at a fiftieth of the variance of the signal and a long tail: twenty exact values pull it down to nothing, a
ripple that they do not resolve stays noise.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs
from scipy.optimize import minimize

from optimizers.kriging.kernels import KERNELS, KernelName

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

LENGTH_BOUNDS = (0.02, 200.0)
NOISE_BOUNDS = (1e-6, 10.0)
NOISE_PRIOR = (0.0, 2.0)
JITTER = 1e-10
MOST_STEPS = 60
FAILED = 1e10


@dataclass(frozen=True)
class Hyperparameters:
    """One length-scale per group of coordinates, and the noise variance in units of the signal variance.

    `loss` is the negative log posterior density at them, up to a constant.
    """

    lengths: tuple[float, ...]
    noise: float
    loss: float = 0.0


@dataclass(frozen=True)
class Training:
    """n values: `points` (n, D), `targets` (n,) of unit deviation, `known` (n,) noise variances, NaN where unknown.

    `groups` (D,) says which length-scale each coordinate has. `noise` fixes the unknown noise variance; None fits it,
    from `least_noise` upwards.
    """

    points: Array
    targets: Array
    known: Array
    groups: Places
    noise: float | None = None
    least_noise: float = NOISE_BOUNDS[0]


def most_probable(training: Training, kernel: KernelName = "matern52") -> Hyperparameters:
    """The best local optimum reached from the starting points."""
    landscape = LogPosterior(training, kernel)
    best: tuple[float, Array] | None = None
    for start in landscape.starts():
        found = minimize(
            landscape,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=landscape.bounds,
            options={"maxiter": MOST_STEPS},
        )
        if best is None or found.fun < best[0]:
            best = (float(found.fun), found.x)
    assert best is not None
    values = np.exp(best[1])
    noise = float(values[-1]) if landscape.fits_noise else (training.noise or 0.0)
    return Hyperparameters(tuple(values[: landscape.lengths].tolist()), noise, best[0])


class LogPosterior:
    """The negative log posterior and its gradient, as functions of the logarithms of lengths and noise."""

    def __init__(self, training: Training, kernel: KernelName) -> None:
        self._kernel = KERNELS[kernel]
        self.lengths = int(training.groups.max()) + 1
        self._count = len(training.targets)
        self._pairs = np.triu_indices(self._count, 1)
        self._squares = _squares_of_pairs(training, self._pairs, self.lengths)
        self._columns = np.column_stack([training.targets, np.ones(self._count)])
        unknown = np.isnan(training.known)
        self._known = np.where(unknown, training.noise or 0.0, training.known) + JITTER
        self._unknown = unknown.astype(np.float64)
        self.fits_noise = training.noise is None and bool(unknown.any())
        centre, spread = sqrt(2.0) + log(self.lengths) / 2.0, sqrt(3.0)
        self._centre = np.array([centre] * self.lengths + [NOISE_PRIOR[0]] * self.fits_noise)
        self._spread = np.array([spread] * self.lengths + [NOISE_PRIOR[1]] * self.fits_noise)
        self.bounds = [_logs(LENGTH_BOUNDS)] * self.lengths + [
            _logs((training.least_noise, NOISE_BOUNDS[1]))
        ] * self.fits_noise

    def starts(self) -> list[Array]:
        """The prior mode, capped at the size of the box, and something shorter."""
        mode = min(sqrt(2.0) + log(self.lengths) / 2.0 - 3.0, 0.0)
        short = log(0.3) + 0.5 * log(self.lengths / 3.0)
        return [
            np.array([length] * self.lengths + [noise] * self.fits_noise)
            for length, noise in ((mode, -5.0), (short, -6.0))
        ]

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Value and gradient at `theta`, shape (parameters,)."""
        weights = self._kernel.stretch * np.exp(-2.0 * theta[: self.lengths])
        scaled = weights @ self._squares
        covariance = self._matrix(self._kernel.value(scaled.copy()))
        noise = exp(theta[-1]) if self.fits_noise else 0.0
        covariance[np.diag_indices(self._count)] = 1.0 + self._known + noise * self._unknown
        lower, failed = dpotrf(covariance, lower=1, overwrite_a=1)
        if failed:
            return FAILED, np.zeros(len(theta))
        solved, _ = dpotrs(lower, self._columns, lower=1)
        beta = float(solved[:, 0].sum() / solved[:, 1].sum())
        alpha = solved[:, 0] - beta * solved[:, 1]
        value = 0.5 * float(self._columns[:, 0] @ alpha) + float(np.log(np.diag(lower)).sum())
        inverse, _ = dpotri(lower, lower=1, overwrite_c=1)
        first, second = self._pairs
        # Each pair stands twice in the matrix; dpotri fills the lower triangle.
        adjoint = inverse[second, first] - alpha[first] * alpha[second]
        gradient = np.empty(len(theta))
        gradient[: self.lengths] = -2.0 * weights * (self._squares @ (adjoint * self._kernel.slope(scaled)))
        if self.fits_noise:
            gradient[-1] = 0.5 * noise * float((np.diag(inverse) - alpha * alpha) @ self._unknown)
        return self._with_prior(value, gradient, theta)

    def _matrix(self, pairs: Array) -> Array:
        """The symmetric matrix with these elements, in the order that LAPACK wants; its diagonal is not set."""
        matrix = np.empty((self._count, self._count), order="F")
        matrix[self._pairs[1], self._pairs[0]] = pairs
        return matrix

    def _with_prior(self, value: float, gradient: Array, theta: Array) -> tuple[float, Array]:
        """Add theta + z²/2 per parameter: the mode is that of the density of the value, not of its logarithm."""
        z = (theta - self._centre) / self._spread
        return value + float((0.5 * z * z + theta).sum()), gradient + z / self._spread + 1.0


def _squares_of_pairs(training: Training, pairs: tuple[Places, Places], lengths: int) -> Array:
    """(x - x')² of every pair, summed within each group: shape (lengths, n (n - 1) / 2)."""
    squares = np.zeros((lengths, len(pairs[0])))
    for coordinate, group in enumerate(training.groups.tolist()):
        column = training.points[:, coordinate]
        squares[group] += np.square(column[pairs[0]] - column[pairs[1]])
    return squares


def _logs(bounds: tuple[float, float]) -> tuple[float, float]:
    return log(bounds[0]), log(bounds[1])
