"""Scores that weigh what a candidate promises against what is not known of it, and their exact arg-max.

Everything is written for minimisation: with the posterior mean m, the deviation s and the incumbent value b,
z = (b - m) / s is how many deviations the mean lies below the incumbent.
"""

from math import erfc, exp, log, pi, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import erfcx, ndtr

from optimizers.kriging.kernels import Array

HALF_LOG_TURN = 0.5 * log(2.0 * pi)
TIE = 1e-9
"""Scores closer than this, relative to max(size, 1), tie: equivalent candidates differ by rounding."""
PROBES = 64


def log_improvement(z: Array) -> Array:
    """log h(z) with h(z) = z Φ(z) + φ(z), accurate for every z.

    Ament, Daulton, Eriksson, Balandat and Bakshy 2023, arXiv:2310.20708, eq. 9.
    """
    above = np.maximum(z, -1.0)
    result: Array = np.log(above * ndtr(above) + np.exp(-0.5 * above * above - HALF_LOG_TURN))
    below = np.flatnonzero(z < -1.0)
    if below.size:
        x = np.maximum(z[below], -1e6)
        tail = np.log1p(x * sqrt(pi / 2.0) * erfcx(x * -sqrt(0.5)))
        far = z[below] < -1e6
        tail[far] = -2.0 * np.log(-z[below][far])
        result[below] = -0.5 * np.square(z[below]) - HALF_LOG_TURN + tail
    return result


def winners(scores: Array) -> npt.NDArray[np.intp]:
    """The indices whose score ties with the largest one."""
    top = float(scores.max())
    return np.flatnonzero(scores >= top - TIE * max(1.0, abs(top)))


def best_by_expected_improvement(
    z: Array, deviation: Array, log_chance: Array | None = None
) -> tuple[npt.NDArray[np.intp], float]:
    """The indices with the largest log expected improvement, and that value: exact, though few are evaluated.

    `log_chance`, at most zero, is added to it: the probability that the trial succeeds. `z` may be -inf where a
    candidate is not to be chosen. EI = s h(z) with h increasing: the candidates with the largest z of each
    stretch of the pool bound the maximum from below, and whoever has h(z) below that bound over the largest
    deviation cannot win.
    """
    stretch = max(1, len(z) // PROBES)
    whole = len(z) - len(z) % stretch
    probes = z[:whole].reshape(-1, stretch).argmax(axis=1)
    probes += np.arange(len(probes)) * stretch
    probes = probes[z[probes] > -np.inf]
    if len(probes) == 0:
        return _among(np.flatnonzero(z > -np.inf), z, deviation, log_chance)
    bound = _among(probes, z, deviation, log_chance)[1]
    needed = bound - TIE * max(1.0, abs(bound)) - log(float(deviation.max()))
    return _among(np.flatnonzero(z >= _smallest_z(needed, float(z.max()))), z, deviation, log_chance)


def _among(
    index: npt.NDArray[np.intp], z: Array, deviation: Array, log_chance: Array | None
) -> tuple[npt.NDArray[np.intp], float]:
    scores = log_improvement(z[index]) + np.log(deviation[index])
    if log_chance is not None:
        scores += log_chance[index]
    return index[winners(scores)], float(scores.max())


def _smallest_z(needed: float, largest: float) -> float:
    """A lower bound, close to the largest one, of the z with log h(z) >= needed."""
    low, high = min(largest, 0.0) - 1.0, largest
    while _log_improvement_bound(low) >= needed:
        low -= 2.0 * (largest - low)
    for _ in range(12):
        middle = 0.5 * (low + high)
        if _log_improvement_bound(middle) >= needed:
            high = middle
        else:
            low = middle
    return low - 1e-6


def _log_improvement_bound(z: float) -> float:
    """log h(z), or for z < -5 its upper bound log(φ(z) / z²)."""
    density = -0.5 * z * z - HALF_LOG_TURN
    if z < -5.0:
        return density - 2.0 * log(-z)
    return log(z * 0.5 * erfc(-z / sqrt(2.0)) + exp(density))
