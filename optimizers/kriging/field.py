"""The posterior over the whole pool, as sums that one new row changes by one matrix-vector product.

With L the factor of the conditioned points and V = L^-1 K(points, pool), the posterior needs three sums over
the rows of V: of their squares, of their products with L^-1 H (H holds the basis of the mean: a column of
ones, and more with transfer), and of their products with L^-1 y.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.linalg.blas import dtrsm

from optimizers.kriging.covariance import Sites
from optimizers.kriging.factor import Factor
from optimizers.kriging.kernels import Array

CHUNK = 20480
"""Columns of V that lie together in memory: megabytes, so that the system backs them with large pages."""
SLAB = 65536
"""Numbers of a block that is computed at once: it stays in the cache until V and all sums are made of it."""


Rows = Iterator[tuple[slice, Array]]


class Field(ABC):
    """Sums over the rows of V for every candidate of the pool."""

    def __init__(self, factor: Factor, pool: Sites, basis: int) -> None:
        self.factor = factor
        self.sites = pool
        self.squares = np.zeros(len(pool))
        self.basis = np.zeros((basis, len(pool)))
        self.targets = np.zeros(len(pool))

    @abstractmethod
    def rows(self) -> Rows:
        """V piece by piece: places in the pool, and all rows there."""

    @abstractmethod
    def append(self, basis: Array, target: float) -> None:
        """Take in the newest row of the factor; `basis` and `target` are its entries of L^-1 H and L^-1 y."""

    @abstractmethod
    def extend(self, old: int, basis: Array, targets: Array) -> None:
        """Take in rows `old` and later in one block; `basis`, shape (n, p), and `targets`, (n,), cover all rows."""

    def retarget(self, targets: Array) -> None:
        """Replace L^-1 y."""
        self.targets = self.projected(targets)

    def projected(self, vector: Array) -> Array:
        """V^T applied to a vector, shape (n,)."""
        result = np.empty(len(self.squares))
        for place, rows in self.rows():
            np.matmul(vector, rows, out=result[place])
        return result

    def fantasy(self, branch: Factor) -> Array:
        """How much the squares would grow if the rows that `branch` has beyond the factor were taken in."""
        count = len(self.factor)
        sites, lower = branch.newest(count), branch.lower[count:]
        result = np.empty(len(self.squares))
        for place, rows in self.rows():
            block = branch.covariance.between(sites, self.sites.at(place))
            block -= lower[:, :count] @ rows
            _solve_in_place(lower[:, count:], block)
            np.einsum("ij,ij->j", block, block, out=result[place])
        return result

    def _sum(self, place: slice, rows: Array, weights: Array) -> None:
        """Make the sums of one piece; `weights`, shape (p + 1, n), are the rows of L^-1 H and L^-1 y."""
        np.einsum("ij,ij->j", rows, rows, out=self.squares[place])
        sums = weights @ rows
        self.basis[:, place], self.targets[place] = sums[:-1], sums[-1]


class StoredField(Field):
    """Keeps V, with room for `capacity` rows: a new row costs one pass over it."""

    def __init__(self, factor: Factor, pool: Sites, basis: int, capacity: int) -> None:
        super().__init__(factor, pool, basis)
        pieces = -(-len(pool) // CHUNK)
        edges = [len(pool) * piece // pieces for piece in range(pieces + 1)]
        self._chunks = [(slice(low, high), np.empty((capacity, high - low))) for low, high in pairwise(edges)]

    def rows(self) -> Rows:
        """The stored rows."""
        return ((place, rows[: len(self.factor)]) for place, rows in self._chunks)

    def append(self, basis: Array, target: float) -> None:
        """One matrix-vector product per chunk."""
        last = len(self.factor) - 1
        sites, lower = self.factor.newest(last), self.factor.lower[last]
        for place, rows in self._chunks:
            row = np.matmul(lower[:-1], rows[:last], out=rows[last])
            np.subtract(self.factor.covariance.between(sites, self.sites.at(place))[0], row, out=row)
            row *= 1.0 / lower[-1]
            scratch = row * row
            self.squares[place] += scratch
            for total, weight in zip(self.basis, basis, strict=True):
                total[place] += np.multiply(row, weight, out=scratch)
            self.targets[place] += np.multiply(row, target, out=scratch)

    def extend(self, old: int, basis: Array, targets: Array) -> None:
        """Slab by slab, so that each stays in the cache until its rows and sums are made."""
        count = len(self.factor)
        sites, lower, weights = self.factor.newest(old), self.factor.lower[old:], np.vstack([basis.T, targets])
        for place, stored in self._chunks:
            for slab in _slabs(place, count - old):
                rows = stored[:count, slab.start - place.start : slab.stop - place.start]
                block = self.factor.covariance.between(sites, self.sites.at(slab))
                if old:
                    block -= lower[:, :old] @ rows[:old]
                _solve_in_place(lower[:, old:], block)
                rows[old:] = block
                self._sum(slab, rows, weights)


class StreamedField(Field):
    """Keeps nothing: V is computed anew, slab by slab, whenever it is needed."""

    def rows(self) -> Rows:
        """The rows of one slab after another."""
        assert self.factor.sites is not None
        for slab in _slabs(slice(0, len(self.sites)), len(self.factor)):
            block = self.factor.covariance.between(self.factor.sites, self.sites.at(slab))
            _solve_in_place(self.factor.lower, block)
            yield slab, block

    def append(self, basis: Array, target: float) -> None:
        """One more row and its part of the sums; the other rows are computed again on the way."""
        last = len(self.factor) - 1
        for place, rows in self.rows():
            row = rows[last]
            self.squares[place] += row * row
            self.basis[:, place] += basis[:, None] * row
            self.targets[place] += target * row

    def extend(self, old: int, basis: Array, targets: Array) -> None:  # noqa: ARG002 - nothing old is kept
        """All rows and sums."""
        weights = np.vstack([basis.T, targets])
        for place, rows in self.rows():
            self._sum(place, rows, weights)


def _solve_in_place(lower: Array, block: Array) -> None:
    """Replace `block`, contiguous, shape (n, columns), by L^-1 block."""
    # Row-major (rows, columns) is column-major (columns, rows): X^T L^T = B^T.
    dtrsm(1.0, np.asfortranarray(lower), block.T, side=1, lower=1, trans_a=1, overwrite_b=1)


def _slabs(place: slice, rows: int) -> Iterator[slice]:
    width = max(256, SLAB // rows)
    return (slice(start, min(start + width, place.stop)) for start in range(place.start, place.stop, width))
