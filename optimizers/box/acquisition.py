"""How much a trial at a point promises: the logarithm of the expected improvement, times the chances of success."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from scipy.special import log_ndtr

from optimizers.box.evidence import Array
from optimizers.box.limits import Chance
from optimizers.box.surrogate import Surrogate
from optimizers.kriging.acquisition import HALF_LOG_TURN, log_improvement


def _log_gain(variance: Array, noise: float) -> Array:
    """log(1 - sqrt(noise / (variance + noise))), written so that no digits cancel."""
    total = np.sqrt(variance + noise)
    result: Array = np.log(variance / (total * (total + np.sqrt(noise))))
    return result


def _log_gain_slope(variance: float, noise: float) -> float:
    total = np.sqrt(variance + noise)
    return float(1.0 / variance - (1.0 + 0.5 * np.sqrt(noise) / total) / (total * (total + np.sqrt(noise))))


@dataclass(frozen=True)
class Acquisition:
    """log EI below the incumbent (Ament et al. 2023, arXiv:2310.20708, eq. 9), plus the log of each of `chances`: that
    the trial succeeds, and that what it measures keeps each limit. Without an incumbent the chances alone count.

    Where trials are known to be noisy it is the augmented EI (Huang, Allen, Notz and Zeng 2006, J. Global Optim. 34,
    441, eq. 12): times 1 - sqrt(noise / (variance + noise)), for a trial teaches little where noise hides the rest.
    """

    model: Surrogate
    chances: tuple[Chance, ...] = ()
    noise: float = 0.0
    """Noise variance of a trial where it is known, in units of the signal. Noise that is only inferred is often a
    ripple of the objective; a trial shows that exactly."""

    def __call__(self, points: Array) -> Array:
        """Scores of m encoded points, shape (m,)."""
        score = self._log_improvement(points) if isfinite(self.model.incumbent) else np.zeros(len(points))
        for chance in self.chances:
            score = score + chance.log_probability(points * self.model.view.factors)
        return score

    def _log_improvement(self, points: Array) -> Array:
        mean, variance = self.model.posterior(points)
        deviation = np.sqrt(variance)
        score: Array = log_improvement((self.model.incumbent - mean) / deviation) + np.log(deviation)
        return score + _log_gain(variance, self.noise) if self.noise > 0.0 else score

    def with_gradient(self, point: Array) -> tuple[float, Array]:
        """The score of one encoded point, shape (D,), and its gradient."""
        stretched = point * self.model.view.factors
        value, slope = 0.0, np.zeros(len(point))
        if isfinite(self.model.incumbent):
            value, slope = self._improvement_with_gradient(stretched)
        for chance in self.chances:
            more, steeper = chance.with_gradient(stretched)
            value, slope = value + more, slope + steeper
        return value, slope * self.model.view.factors

    def _improvement_with_gradient(self, stretched: Array) -> tuple[float, Array]:
        mean, variance, mean_slope, variance_slope = self.model.process.with_gradient(stretched)
        deviation = np.sqrt(variance)
        z = (self.model.incumbent - mean) / deviation
        log_h = float(log_improvement(np.array([z]))[0])
        # h'(z) = Phi(z), and (log s h(z))' = (phi(z) s' - Phi(z) m') / (s h(z)) with h = z Phi + phi
        density = np.exp(-0.5 * z * z - HALF_LOG_TURN - log_h)
        ratio = np.exp(float(log_ndtr(z)) - log_h)
        slope = (density * 0.5 * variance_slope / deviation - ratio * mean_slope) / deviation
        value = log_h + float(np.log(deviation))
        if self.noise > 0.0:
            value += float(_log_gain(np.array([variance]), self.noise)[0])
            slope = slope + _log_gain_slope(variance, self.noise) * variance_slope
        return value, slope
