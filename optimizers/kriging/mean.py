"""The mean of the process: a constant, and what earlier campaigns lead one to expect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizers.kriging.kernels import Array
from optimizers.kriging.transform import Transform

EXPECTED_WEIGHT = 1.0
WEIGHT_VARIANCE = 0.25


@dataclass(frozen=True)
class WeightPrior:
    """The prior of the weights of the basis functions: flat for the constant, normal around 1 for each source."""

    sources: int

    @property
    def expected(self) -> Array:
        """The prior mean, shape (p,); the constant's is of no consequence."""
        return np.array([0.0] + [EXPECTED_WEIGHT] * self.sources)

    @property
    def precision(self) -> Array:
        """The inverse prior variance, shape (p,)."""
        return np.array([0.0] + [1.0 / WEIGHT_VARIANCE] * self.sources)

    def most_probable(self, normal: Array, right: Array, unit: float) -> Array:
        """The weights, shape (p,), from H^T K^-1 H and H^T K^-1 y; `unit` is the signal's deviation."""
        if self.sources == 0:
            result: Array = right / normal[0]
            return result
        precision = self.precision * unit * unit
        return np.linalg.solve(normal + np.diag(precision), right + precision * self.expected).astype(np.float64)

    def penalty(self, weights: Array) -> float:
        """Twice the negative logarithm of the prior density, up to a constant."""
        return float(self.precision @ np.square(weights - self.expected))


@dataclass(frozen=True)
class Expectation:
    """What one source expects of every class and of points outside the pool: objective values to be minimised.

    `lengths` holds the logarithms of the length-scales that the source was fitted with, in the coordinates of
    this pool, for the axes that both have.
    """

    name: str
    values: Array
    outside: Callable[[Sequence[int]], Array]
    lengths: Mapping[str, float]

    def at(self, sites: Sequence[int]) -> Array:
        """The values expected at `sites`, shape (n,)."""
        inside = [site for site in sites if site < len(self.values)]
        if len(inside) == len(sites):
            return self.values[inside]
        return np.array([self.values[site] if site < len(self.values) else self.outside([site])[0] for site in sites])


class MeanBasis:
    """The functions that span the mean: 1, and each expectation, transformed and centred on the pool."""

    def __init__(self, expectations: Sequence[Expectation], transform: Transform, classes: int) -> None:
        self._expectations = expectations
        self._transform = transform
        columns = [transform.forward(expectation.values) for expectation in expectations]
        self._centres = [float(column.mean()) for column in columns]
        centred = [column - centre for column, centre in zip(columns, self._centres, strict=True)]
        self.pool: Array = np.stack([np.ones(classes), *centred])
        self.prior = WeightPrior(len(expectations))

    @property
    def deviation(self) -> float:
        """The mean deviation of the expectations over the pool, in transformed units; at least one is needed."""
        return float(np.std(self.pool[1:], axis=1).mean())

    def at(self, sites: Sequence[int]) -> Array:
        """The basis at `sites`, shape (n, p)."""
        columns = [
            self._transform.forward(expectation.at(sites)) - centre
            for expectation, centre in zip(self._expectations, self._centres, strict=True)
        ]
        return np.column_stack([np.ones(len(sites)), *columns])
