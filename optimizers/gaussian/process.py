"""The posterior of a Gaussian process with a constant mean, at any points, with gradients.

Rasmussen and Williams 2006, section 2.7 (eq. 2.42): the constant is estimated by generalised least squares, and its
uncertainty is part of the variance. The signal has unit variance.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dpotrf, dtrtrs

from optimizers.kriging.kernels import KERNELS, KernelName

Array = npt.NDArray[np.float64]

JITTER = 1e-10
SMALLEST_VARIANCE = 1e-14


class Singular(ArithmeticError):
    """The covariance matrix is not positive definite."""


@dataclass(frozen=True)
class Process:
    """n data seen through length-scales, one per coordinate.

    `scaled` (n, D) are the points in units of the length-scales. `lower` is the Cholesky factor of covariance plus
    noise, `white` and `ones` the values and a column of ones solved by it.
    """

    kernel: KernelName
    lengths: Array
    points: Array
    scaled: Array
    noise: Array
    lower: Array
    white: Array
    ones: Array

    @classmethod
    def of(cls, kernel: KernelName, lengths: Array, points: Array, values: Array, noise: Array) -> "Process":
        """Condition on `values` (n,) at `points` (n, D) with noise variances (n,), all in units of the signal.

        Raises Singular.
        """
        stretched = lengths / sqrt(KERNELS[kernel].stretch)
        scaled = points / stretched
        covariance = KERNELS[kernel].value(_squared_distances(scaled, scaled))
        covariance[np.diag_indices(len(points))] = 1.0 + noise + JITTER
        lower, failed = dpotrf(covariance, lower=1, clean=1)
        if failed:
            raise Singular("the covariance matrix of the measured points is not positive definite")
        solved, _ = dtrtrs(lower, np.column_stack([values, np.ones(len(values))]), lower=1)
        return cls(kernel, stretched, points, scaled, noise, lower, solved[:, 0].copy(), solved[:, 1].copy())

    @property
    def constant(self) -> float:
        """The estimated constant mean."""
        return float(self.ones @ self.white) / float(self.ones @ self.ones)

    def posterior(self, points: Array) -> tuple[Array, Array]:
        """Mean and variance of the noise-free values at m points, shape (m,) each."""
        rows = self._rows(points)
        constant = self.constant
        drift = 1.0 - self.ones @ rows
        mean = (self.white - constant * self.ones) @ rows + constant
        variance = 1.0 - np.einsum("ij,ij->j", rows, rows) + drift * drift / float(self.ones @ self.ones)
        return mean, np.maximum(variance, SMALLEST_VARIANCE)

    def with_gradient(self, point: Array) -> tuple[float, float, Array, Array]:
        """Mean and variance at one point, shape (D,), and their gradients."""
        kernel = KERNELS[self.kernel]
        away = point / self.lengths - self.scaled
        squares = np.einsum("ij,ij->i", away, away)
        column = kernel.value(squares.copy())
        jacobian = (2.0 * kernel.slope(squares))[:, None] * away / self.lengths
        solved, _ = dtrtrs(self.lower, np.column_stack([column, jacobian]), lower=1)
        row, rows = solved[:, 0], solved[:, 1:]
        constant, precision = self.constant, float(self.ones @ self.ones)
        residual = self.white - constant * self.ones
        drift = 1.0 - float(self.ones @ row)
        variance = 1.0 - float(row @ row) + drift * drift / precision
        slope = -2.0 * (row @ rows) - 2.0 * drift / precision * (self.ones @ rows)
        return constant + float(residual @ row), max(variance, SMALLEST_VARIANCE), residual @ rows, slope

    def believing(self, points: Array, noise: float) -> "Process":
        """As if exactly what is expected had been measured at `points` (m, D): only the variance changes."""
        mean, _ = self.posterior(points)
        values = self.lower @ self.white
        return Process.of(
            self.kernel,
            self.lengths * sqrt(KERNELS[self.kernel].stretch),
            np.vstack([self.points, points]),
            np.concatenate([values, mean]),
            np.concatenate([self.noise, np.full(len(points), noise)]),
        )

    def _rows(self, points: Array) -> Array:
        """L^-1 k, shape (n, m)."""
        column = KERNELS[self.kernel].value(_squared_distances(self.scaled, points / self.lengths))
        rows, _ = dtrtrs(self.lower, column, lower=1)
        result: Array = rows
        return result


def _squared_distances(left: Array, right: Array) -> Array:
    squares: Array = np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1)[None, :]
    squares -= 2.0 * (left @ right.T)
    return np.maximum(squares, 0.0, out=squares)
