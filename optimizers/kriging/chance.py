"""How likely it is that something better remains, under a model that is told to doubt itself.

The most promising candidates are taken together, for they are correlated; the rest adds at most the sum of its
single probabilities. A fit to few values is too sure of itself, so the posterior is widened in three ways:

- The deviations grow by the size of the leave-one-out residuals, wherever these are larger than one.
- Since the variance of the signal is estimated from n values, the normal distribution becomes a Student t
  distribution with n - 1 degrees of freedom (O'Hagan 1978, J. R. Stat. Soc. B 40, 1).
- Noise that is fitted, not measured, is taken for roughness of the objective itself: every untried candidate
  has its own share of it.

The model may be wrong altogether. Therefore the chance is never less than what plain counting leaves open.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtr

from optimizers.kriging.atlas import Atlas
from optimizers.kriging.covariance import Covariance, Sites
from optimizers.kriging.evidence import Datum, Evidence
from optimizers.kriging.factor import Factor
from optimizers.kriging.hyperparameters import Hyperparameters
from optimizers.kriging.kernels import Array, KernelName
from optimizers.kriging.posterior import Posterior
from optimizers.kriging.targets import targets_of
from optimizers.kriging.transform import Transform

FEWEST = 5
"""With fewer values nothing is said: the chance is one."""
PROMISING = 2048
"""Candidates that are taken together."""
FACTORS = 64
"""Common factors that carry their correlation; what these leave over is taken to be independent."""
DRAWS = 256
HOPELESS = 1e-7
"""Candidates less likely than this to be better need no factor of their own."""
SMALLEST_NOISE = 1e-6
SMALLEST_VARIANCE = 1e-9


@dataclass(frozen=True)
class Model:
    """What the optimizer believes: length-scales and noise of its last fit, its transform, and its n data.

    The mean is a constant; what earlier campaigns teach is not counted.
    """

    atlas: Atlas
    kernel: KernelName
    hyperparameters: Hyperparameters
    transform: Transform
    data: Sequence[Datum]

    def threshold(self, delta: float) -> float:
        """The value, in transformed units, that is by `delta` better than the best one."""
        best = min(datum.value for datum in self.data if datum.value is not None)
        return float(self.transform.forward(np.array([max(best - delta, self.transform.lowest)]))[0])


@dataclass(frozen=True)
class Outlook:
    """The posterior of m candidates: mean, shape (m,), in transformed units, everything else in units of `scale`.

    The covariance of two candidates is that of the kernel, less `rows`^T `rows`, plus the product of their
    entries of `drift`: the share of the uncertain constant mean.
    """

    sites: Sites
    rows: Array
    drift: Array
    mean: Array
    variance: Array
    scale: float

    def at(self, index: npt.NDArray[np.intp]) -> "Outlook":
        """The candidates at `index`."""
        rows, drift, mean, variance = (part[..., index] for part in (self.rows, self.drift, self.mean, self.variance))
        return Outlook(self.sites.at(index.tolist()), rows, drift, mean, variance, self.scale)


class Doubter:
    """The posterior of `model` at any candidates, and how much wider it should be."""

    def __init__(self, model: Model) -> None:
        seen, atlas = targets_of(model.data, model.transform), model.atlas
        relative = seen.known / seen.scale**2 + SMALLEST_NOISE
        self._atlas, self._origin = atlas, float(seen.values[0])
        self.covariance = Covariance(atlas.features, model.kernel, model.hyperparameters.lengths)
        self._factor = Factor(self.covariance)
        points = self.covariance.sites(atlas.cloud([datum.site for datum in model.data]))
        self._factor.extend(points, np.where(np.isnan(relative), model.hyperparameters.noise, relative))
        values = self._factor.solve((seen.values - self._origin) / seen.scale)
        self._ones = self._factor.solve(np.ones(len(values)))
        self._constant = float(self._ones @ values) / float(self._ones @ self._ones)
        self._residual = values - self._constant * self._ones
        self._scale = seen.scale * self._inflation(seen.feasible)
        self._unit = seen.scale
        self.roughness = model.hyperparameters.noise if np.isnan(seen.known).any() else 0.0
        self.freedom = len(values) - 1

    def outlook(self, sites: Sequence[int]) -> Outlook:
        """The posterior at `sites`."""
        points = self.covariance.sites(self._atlas.cloud(sites))
        assert self._factor.sites is not None
        rows = self._factor.solve(self.covariance.between(self._factor.sites, points))
        drift = (1.0 - self._ones @ rows) / np.sqrt(self._ones @ self._ones)
        mean = self._origin + self._unit * (self._residual @ rows + self._constant)
        variance = np.maximum(1.0 - np.square(rows).sum(axis=0) + drift * drift, SMALLEST_VARIANCE)
        return Outlook(points, rows, drift, mean, variance, self._scale)

    def marginal(self, mean: Array, variance: Array, threshold: float) -> Array:
        """The probability of each candidate to lie below the threshold."""
        deviation = self._scale * np.sqrt(variance + self.roughness)
        result: Array = stdtr(self.freedom, (threshold - mean) / deviation)
        return result

    def _inflation(self, measured: npt.NDArray[np.bool_]) -> float:
        """Root mean square of the standardised leave-one-out residuals, at least one.

        Dubrule 1983, Math. Geol. 15, 687: with Q = K^-1 - K^-1 1 1^T K^-1 / (1^T K^-1 1) the residual of value i
        over its deviation is (Q y)_i / sqrt(Q_ii).
        """
        inverse = self._factor.solve(np.eye(len(self._factor)))
        precision = np.square(inverse).sum(axis=0) - np.square(self._ones @ inverse) / float(self._ones @ self._ones)
        size = (self._residual @ inverse)[measured] ** 2 / np.maximum(precision[measured], SMALLEST_VARIANCE)
        return max(1.0, float(np.sqrt(size.mean())))


def chance_of_better(
    posterior: Posterior,
    atlas: Atlas,
    kernel: KernelName,
    evidence: Evidence,
    data: Sequence[Datum],
    delta: float,
    seed: int,
) -> float:
    """The probability that an untried candidate is better than the best value by more than `delta`.

    `data` are those of the evidence that the optimizer models; `delta` is in the objective's unit. A candidate
    whose trial is pending is untried; one that is equivalent to a tried one is not. Depends on the arguments alone.
    """
    untried = _untried(atlas, evidence)
    if len(untried) == 0:
        return 0.0
    if evidence.measured < FEWEST:
        return 1.0
    posterior.condition(data)
    beliefs = posterior.beliefs()
    model = Model(atlas, kernel, posterior.fit.hyperparameters, posterior.transform, data)
    doubter, threshold = Doubter(model), model.threshold(delta)
    single = doubter.marginal(beliefs.mean[untried], beliefs.variance[untried], threshold)
    order = np.argsort(-single, kind="stable")
    promising, rest = order[:PROMISING], order[PROMISING:]
    outlook = doubter.outlook(untried[promising].tolist())
    together = _chance_of_any(doubter, outlook, threshold, np.random.default_rng([seed, evidence.length]))
    return min(1.0, max(succession(data, delta), together + float(single[rest].sum())))


def succession(data: Sequence[Datum], delta: float) -> float:
    """1 / (k + 2) after k values in a row that improved on nothing by more than `delta`.

    The rule of succession: the chance of a first success after k failures (Laplace 1774).
    """
    values = [datum.value for datum in data if datum.value is not None]
    reached = next(place for place, value in enumerate(values) if value <= min(values) + delta)
    return 1.0 / (len(values) - reached + 1)


def _untried(atlas: Atlas, evidence: Evidence) -> npt.NDArray[np.intp]:
    """The classes without any outcome."""
    tried = evidence.settled.difference(evidence.pending).union(datum.site for datum in evidence.data)
    return np.setdiff1d(np.arange(len(atlas)), list(tried))


def _chance_of_any(doubter: Doubter, outlook: Outlook, threshold: float, generator: np.random.Generator) -> float:
    """The probability that the smallest of m correlated candidates lies below the threshold.

    Given the common factors and the scale of the t distribution, candidates are independent and the probability
    is a product; its mean is taken over draws of the factors.
    """
    possible = doubter.marginal(outlook.mean, outlook.variance, threshold) > HOPELESS
    if not possible.any():
        return float(doubter.marginal(outlook.mean, outlook.variance, threshold).sum())
    outlook = outlook.at(np.flatnonzero(possible))
    factors, left = _common_factors(doubter.covariance, outlook)
    stretch = np.sqrt(doubter.freedom / generator.chisquare(doubter.freedom, DRAWS))
    z = (threshold - outlook.mean) / (outlook.scale * stretch[:, None])
    z -= generator.standard_normal((DRAWS, len(factors))) @ factors
    z /= np.sqrt(left + doubter.roughness + SMALLEST_VARIANCE)
    none = np.prod(ndtr(-z), axis=1)
    return 1.0 - float(none.mean())


def _common_factors(covariance: Covariance, outlook: Outlook) -> tuple[Array, Array]:
    """Rows F with F^T F close to the covariance of m candidates, and the variance that they leave: pivoted Cholesky.

    Harbrecht, Peters and Schneider 2012, Appl. Numer. Math. 62, 428, algorithm 1.
    """
    left, factors = outlook.variance.copy(), np.zeros((FACTORS, len(outlook.mean)))
    enough = 1e-4 * left.max()
    for count in range(FACTORS):
        pivot = int(np.argmax(left))
        if left[pivot] <= enough:
            return factors[:count], left
        column = covariance.between(outlook.sites.at([pivot]), outlook.sites)[0]
        column -= outlook.rows[:, pivot] @ outlook.rows - outlook.drift[pivot] * outlook.drift
        column -= factors[:count, pivot] @ factors[:count]
        factors[count] = column / np.sqrt(left[pivot])
        left = np.maximum(left - factors[count] ** 2, 0.0)
    return factors, left
