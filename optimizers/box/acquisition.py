"""How much a trial at a point promises: the logarithm of the expected improvement, times the chance of success."""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from optimizers.box.evidence import Array
from optimizers.box.surrogate import Surrogate
from optimizers.failures import Feasibility
from optimizers.kriging.acquisition import HALF_LOG_TURN, log_improvement


@dataclass(frozen=True)
class Acquisition:
    """log EI below the incumbent (Ament et al. 2023, arXiv:2310.20708, eq. 9), plus log P(feasible) if it is learnt."""

    model: Surrogate
    feasibility: Feasibility | None = None

    def __call__(self, points: Array) -> Array:
        """Scores of m encoded points, shape (m,)."""
        mean, variance = self.model.posterior(points)
        deviation = np.sqrt(variance)
        score = log_improvement((self.model.incumbent - mean) / deviation) + np.log(deviation)
        if self.feasibility is not None:
            score = score + self.feasibility.log_probability(points * self.model.view.factors)
        result: Array = score
        return result

    def with_gradient(self, point: Array) -> tuple[float, Array]:
        """The score of one encoded point, shape (D,), and its gradient."""
        factors = self.model.view.factors
        mean, variance, mean_slope, variance_slope = self.model.process.with_gradient(point * factors)
        deviation = np.sqrt(variance)
        z = (self.model.incumbent - mean) / deviation
        log_h = float(log_improvement(np.array([z]))[0])
        # h'(z) = Phi(z), and (log s h(z))' = (phi(z) s' - Phi(z) m') / (s h(z)) with h = z Phi + phi
        density = np.exp(-0.5 * z * z - HALF_LOG_TURN - log_h)
        ratio = np.exp(float(log_ndtr(z)) - log_h)
        slope = (density * 0.5 * variance_slope / deviation - ratio * mean_slope) / deviation
        value = log_h + float(np.log(deviation))
        if self.feasibility is not None:
            chance, chance_slope = self.feasibility.with_gradient(point * factors)
            value, slope = value + chance, slope + chance_slope
        return value, slope * factors
