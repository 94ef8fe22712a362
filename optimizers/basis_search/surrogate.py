"""A Gaussian process over rotations with known noise, and the rotation that promises most improvement."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cholesky, expm, solve_triangular
from scipy.special import erfcx, log_ndtr, ndtr

from optimizers.basis_search.kernel import apart, correlation
from optimizers.rotation import haar_rotations

Array = npt.NDArray[np.float64]

FEWEST = 3
"""Measured rotations that the model needs."""
LENGTHS = (0.2, 0.3, 0.4, 0.55, 0.75, 1.0, 1.4)
AMPLITUDES = (0.3, 1.0, 3.0)
"""Signal variances that are tried, in units of the variance of the data."""
SMALLEST_NOISE = 1e-3
"""Standard deviation of the noise where none is known, in units of the spread of the data."""
UNIFORM, AROUND, SPREADS = 400, 60, (0.02, 0.06, 0.15, 0.4)
"""Candidates: uniform ones, and around each of the best `LEADERS` places, at these distances in radians."""
LEADERS = 4
"""Places, no two of them neighbours, around which candidates are drawn."""


@dataclass(frozen=True)
class Choice:
    """A rotation to try, what is expected of it, and why."""

    rotation: Array
    mean: float
    deviation: float
    score: float
    length: float


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Costs at measured rotations, shape (k, n, n), (k,) and (k,) for their standard errors."""

    rotations: Array
    costs: Array
    errors: Array

    def smoothed(self) -> Array:
        """What the model takes the costs at the measured rotations to be without their noise, shape (k,)."""
        shift, spread, data, noise = self._standardized()
        model = _conditioned(self.rotations, data, noise, *_fitted(self.rotations, data, noise))
        costs: Array = shift + spread * model.at(self.rotations)[0]
        return costs

    def choose(self, pending: Array, margin: float, chance: np.random.Generator) -> Choice:
        """The candidate of largest log expected improvement, by more than `margin`, over the best posterior mean.

        `margin` is in units of the spread of the costs. Trials under way, shape (p, n, n), are taken to bring what is
        expected of them (kriging believer).
        """
        shift, spread, data, noise = self._standardized()
        length, amplitude = _fitted(self.rotations, data, noise)
        places = np.concatenate([self.rotations, pending]) if len(pending) else self.rotations
        believed = _conditioned(self.rotations, data, noise, length, amplitude).at(places)[0]
        model = _conditioned(
            places,
            np.concatenate([data, believed[len(data) :]]),
            np.concatenate([noise, np.full(len(pending), SMALLEST_NOISE**2)]),
            length,
            amplitude,
        )
        smooth = model.at(self.rotations)[0]
        ranked = self.rotations[np.argsort(smooth, kind="stable")]
        candidates = _candidates(ranked[apart(ranked, LEADERS)], chance)
        mean, deviation = model.at(candidates)
        scores = log_expected_improvement(mean, deviation, float(smooth.min()) - margin)
        best = int(np.argmax(scores))
        return Choice(
            rotation=candidates[best],
            mean=shift + spread * float(mean[best]),
            deviation=spread * float(deviation[best]),
            score=float(scores[best]),
            length=length,
        )

    def _standardized(self) -> tuple[float, float, Array, Array]:
        """Mean and spread of the costs, the costs without them, and the variances of their noise."""
        shift, spread = float(self.costs.mean()), float(self.costs.std()) or 1.0
        noise = np.maximum(self.errors / spread, SMALLEST_NOISE) ** 2
        return shift, spread, (self.costs - shift) / spread, noise


@dataclass(frozen=True, eq=False)
class _Conditioned:
    places: Array
    factor: Array
    whitened: Array
    length: float
    amplitude: float

    def at(self, rotations: Array) -> tuple[Array, Array]:
        """Mean and standard deviation, shape (m,) each."""
        covariance = self.amplitude * correlation(rotations, self.places, self.length)
        part = solve_triangular(self.factor, covariance.T, lower=True)
        variance = np.maximum(self.amplitude - np.sum(part**2, axis=0), 1e-12 * self.amplitude)
        return part.T @ self.whitened, np.sqrt(variance)


def _conditioned(places: Array, data: Array, noise: Array, length: float, amplitude: float) -> _Conditioned:
    factor = cholesky(amplitude * correlation(places, places, length) + np.diag(noise), lower=True)
    return _Conditioned(places, factor, solve_triangular(factor, data, lower=True), length, amplitude)


def _fitted(places: Array, data: Array, noise: Array) -> tuple[float, float]:
    """Length and signal variance of largest marginal likelihood on a grid (Rasmussen and Williams 2006, eq. 2.30)."""
    best, found = -np.inf, (LENGTHS[len(LENGTHS) // 2], 1.0)
    for length in LENGTHS:
        correlations = correlation(places, places, length)
        for amplitude in AMPLITUDES:
            try:
                factor = cholesky(amplitude * correlations + np.diag(noise), lower=True)
            except LinAlgError:
                continue
            whitened = solve_triangular(factor, data, lower=True)
            evidence = -0.5 * float(whitened @ whitened) - float(np.log(np.diag(factor)).sum())
            if evidence > best:
                best, found = evidence, (length, amplitude)
    return found


def _candidates(leaders: Array, chance: np.random.Generator) -> Array:
    orbitals = leaders.shape[-1]
    uniform = haar_rotations(orbitals, UNIFORM, chance)
    spreads = np.resize(SPREADS, AROUND)[None, :, None]
    steps = spreads * chance.standard_normal((len(leaders), AROUND, orbitals * (orbitals - 1) // 2))
    generators = np.zeros((len(leaders), AROUND, orbitals, orbitals))
    rows, columns = np.triu_indices(orbitals, 1)
    generators[..., rows, columns], generators[..., columns, rows] = steps, -steps
    around: Array = leaders[:, None] @ expm(generators)
    return np.concatenate([uniform, around.reshape(-1, orbitals, orbitals)])


def log_expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """log of the expected improvement below `best`; `deviation` > 0. Shapes (m,).

    Ament, Daulton, Eriksson, Balandat and Bakshy 2023, arXiv:2310.20708, eq. 9; far away its leading term.
    """
    z = (best - mean) / deviation
    result = np.empty_like(z)
    near, far = z > -1.0, z < -1e4
    middle = ~near & ~far
    result[near] = np.log(z[near] * ndtr(z[near]) + np.exp(-0.5 * z[near] ** 2) / np.sqrt(2.0 * np.pi))
    x = z[middle]
    tail = np.sqrt(np.pi / 2.0) * erfcx(-x / np.sqrt(2.0))
    result[middle] = -0.5 * x**2 - 0.5 * np.log(2.0 * np.pi) + np.log1p(x * tail)
    result[far] = log_ndtr(z[far]) - np.log(-z[far])
    improvement: Array = result + np.log(deviation)
    return improvement
