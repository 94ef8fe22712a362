"""Which trial one would go home with when measurements are noisy: one rule for every method.

The trial of the smallest posterior mean of a Gaussian process with the known noise, the same for everybody and made
of nothing but NumPy and SciPy: neither the smallest measured value, which luck chooses, nor a recommendation of the
method, which not every one makes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

Array = NDArray[np.float64]
STARTS = ((0.3, 1.0), (1.0, 1.0), (0.1, 1.0))
"""Length in the unit cube and amplitude in standard deviations at which the fits begin."""


def incumbent(points: Array, measured: Sequence[float], standard_error: float) -> int:
    """The trial of the smallest posterior mean at its own place.

    `points` (n, d) in the unit cube; Matérn 5/2 with a length per axis, by maximum of the likelihood under a weak
    log-normal prior on the lengths. Rasmussen and Williams 2006, eq. 2.23, 2.30, 4.17.
    """
    values = np.asarray(measured, dtype=np.float64)
    spread = float(values.std()) or 1.0
    scaled = (values - values.mean()) / spread
    noise = (standard_error / spread) ** 2 + 1e-8
    gaps = np.abs(points[:, None, :] - points[None, :, :])
    fits = [
        minimize(
            _loss,
            np.log([length] * points.shape[1] + [amplitude]),
            args=(gaps, scaled, noise),
            method="L-BFGS-B",
            bounds=[(np.log(0.03), np.log(30.0))] * points.shape[1] + [(np.log(0.1), np.log(10.0))],
        )
        for length, amplitude in STARTS
    ]
    best = min(fits, key=lambda fit: float(fit.fun)).x
    signal = _covariance(best, gaps)
    factor = cho_factor(signal + noise * np.eye(len(values)), lower=True)
    return int(np.argmin(signal @ cho_solve(factor, scaled)))


def _covariance(logarithms: Array, gaps: Array) -> Array:
    lengths, amplitude = np.exp(logarithms[:-1]), np.exp(logarithms[-1])
    distance = np.sqrt(5.0) * np.sqrt(((gaps / lengths) ** 2).sum(axis=2))
    covariance: Array = amplitude**2 * (1 + distance + distance**2 / 3) * np.exp(-distance)
    return covariance


def _loss(logarithms: Array, gaps: Array, scaled: Array, noise: float) -> float:
    """The negative log posterior of the hyper-parameters, up to a constant."""
    covariance = _covariance(logarithms, gaps) + noise * np.eye(len(scaled))
    lower = np.linalg.cholesky(covariance)
    half = np.linalg.solve(lower, scaled)
    prior = 0.5 * float((((logarithms[:-1] - np.log(0.5)) / 1.5) ** 2).sum())
    return float(0.5 * half @ half + np.log(np.diag(lower)).sum()) + prior
