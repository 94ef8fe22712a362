"""The Cholesky factor of the covariance of the conditioned points, grown row by row."""

from math import sqrt

import numpy as np
from scipy.linalg import cholesky
from scipy.linalg.lapack import dtrtrs

from optimizers.kriging.covariance import Covariance, Sites
from optimizers.kriging.kernels import Array

JITTER = 1e-10


class Factor:
    """L with L L^T = K + diag(noise) + jitter, for the points conditioned on so far."""

    def __init__(self, covariance: Covariance) -> None:
        self.covariance = covariance
        self.sites: Sites | None = None
        self._lower = np.zeros((16, 16))

    def __len__(self) -> int:
        return 0 if self.sites is None else len(self.sites)

    @property
    def lower(self) -> Array:
        """L, shape (n, n)."""
        return self._lower[: len(self), : len(self)]

    def newest(self, first: int) -> Sites:
        """The sites from number `first` on."""
        assert self.sites is not None
        return self.sites.at(slice(first, None))

    def solve(self, vectors: Array) -> Array:
        """L^-1 applied to a vector or to columns."""
        result: Array = dtrtrs(self.lower, vectors, lower=1)[0]
        return result

    def solve_transposed(self, vector: Array) -> Array:
        """L^-T applied to a vector."""
        result: Array = dtrtrs(self.lower, vector, lower=1, trans=1)[0]
        return result

    def branch(self) -> "Factor":
        """A copy that can be extended without changing this one."""
        copy = Factor(self.covariance)
        copy.sites, copy._lower = self.sites, self._lower.copy()
        return copy

    def truncate(self, rows: int) -> None:
        """Forget all but the first `rows` points."""
        if self.sites is not None and rows < len(self):
            self.sites = self.sites.at(slice(0, rows)) if rows else None

    def extend(self, sites: Sites, noise: Array) -> None:
        """Condition on more points; `noise` is their variance in units of the signal variance, shape (n,)."""
        old, new = len(self), len(self) + len(sites)
        self._reserve(new)
        block = self.covariance.between(sites, sites)
        block[np.diag_indices(len(sites))] += noise + JITTER
        if self.sites is not None:
            across = self.solve(self.covariance.between(self.sites, sites)).T
            self._lower[old:new, :old] = across
            block -= across @ across.T
            self.sites = Sites.joined(self.sites, sites)
        else:
            self.sites = sites
        self._lower[old:new, old:new] = _cholesky(block)

    def append(self, sites: Sites, noise: float) -> None:
        """Condition on one more point: `extend` without the cost of general blocks."""
        count = len(self)
        assert self.sites is not None
        self._reserve(count + 1)
        row, _ = dtrtrs(self.lower, self.covariance.between(sites, self.sites)[0], lower=1)
        self._lower[count, :count] = row
        self._lower[count, count] = sqrt(max(1.0 + noise + JITTER - float(row @ row), JITTER))
        self.sites = Sites.joined(self.sites, sites)

    def _reserve(self, rows: int) -> None:
        if rows > len(self._lower):
            grown = np.zeros((max(rows, len(self._lower) * 3 // 2),) * 2)
            grown[: len(self), : len(self)] = self.lower
            self._lower = grown


def _cholesky(block: Array) -> Array:
    """The factor of a block that rounding may have made indefinite: such a point repeats what is known already."""
    floor = JITTER
    while True:
        try:
            result: Array = cholesky(block, lower=True, check_finite=False)
        except np.linalg.LinAlgError:
            block = block + floor * np.eye(len(block))
            floor *= 10.0
        else:
            return result
