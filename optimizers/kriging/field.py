"""The posterior over the whole pool, as sums that one new row changes by one matrix-vector product.

With L the factor of the conditioned points and V = L^-1 K(points, pool), the posterior needs three sums over
the rows of V: of their squares, of their products with L^-1 H (H holds the basis of the mean: a column of
ones, and more with transfer), and of their products with L^-1 y.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.blas import dtrsm

from optimizers.kriging.covariance import Sites
from optimizers.kriging.factor import Factor
from optimizers.kriging.kernels import Array

CHUNK = 20480
"""Columns of V that lie together in memory: megabytes, so that the system backs them with large pages."""
SLAB = 65536
"""Numbers of a block that is computed at once: it stays in the cache until V and all sums are made of it."""


class Chunk:
    """Some columns of V: consecutive candidates, rows contiguous."""

    def __init__(self, sites: Sites, capacity: int) -> None:
        self.sites = sites
        self._rows: Array = np.empty((capacity, len(sites)))

    def rows(self, count: int) -> Array:
        """The first `count` rows of V."""
        return self._rows[:count]


class Field:
    """Sums over the rows of V for every candidate of the pool; V has room for `capacity` rows."""

    def __init__(self, factor: Factor, pool: Sites, basis: int, capacity: int) -> None:
        self.factor = factor
        self.sites = pool
        self.squares = np.zeros(len(pool))
        self.basis = np.zeros((basis, len(pool)))
        self.targets = np.zeros(len(pool))
        pieces = -(-len(pool) // CHUNK)
        edges = [len(pool) * piece // pieces for piece in range(pieces + 1)]
        self._chunks = [Chunk(pool.at(slice(low, high)), capacity) for low, high in pairwise(edges)]

    def append(self, basis: Array, target: float) -> None:
        """Take in the newest row of the factor; `basis` and `target` are its entries of L^-1 H and L^-1 y."""
        last = len(self.factor) - 1
        sites, lower = self.factor.newest(last), self.factor.lower[last]
        for chunk, span in self._spans():
            row = chunk.rows(last + 1)[last]
            np.matmul(lower[:-1], chunk.rows(last), out=row)
            np.subtract(self.factor.covariance.between(sites, chunk.sites)[0], row, out=row)
            row *= 1.0 / lower[-1]
            scratch = row * row
            self.squares[span] += scratch
            for total, weight in zip(self.basis, basis, strict=True):
                total[span] += np.multiply(row, weight, out=scratch)
            self.targets[span] += np.multiply(row, target, out=scratch)

    def extend(self, old: int, basis: Array, targets: Array) -> None:
        """Take in rows `old` and later in one block; `basis`, shape (n, p), and `targets`, (n,), cover all rows."""
        count = len(self.factor)
        sites, lower = self.factor.newest(old), self.factor.lower[old:]
        pivot, weights = np.asfortranarray(lower[:, old:]), np.vstack([basis.T, targets])
        for chunk, span in self._spans():
            for slab in _slabs(len(chunk.sites), count - old):
                block = self.factor.covariance.between(sites, chunk.sites.at(slab))
                rows = chunk.rows(count)[:, slab]
                if old:
                    block -= lower[:, :old] @ rows[:old]
                # Row-major (rows, columns) is column-major (columns, rows): X^T L^T = B^T, solved in place.
                dtrsm(1.0, pivot, block.T, side=1, lower=1, trans_a=1, overwrite_b=1)
                rows[old:] = block
                place = slice(span.start + slab.start, span.start + slab.stop)
                np.einsum("ij,ij->j", rows, rows, out=self.squares[place])
                sums = weights @ rows
                self.basis[:, place], self.targets[place] = sums[:-1], sums[-1]

    def retarget(self, targets: Array) -> None:
        """Replace L^-1 y."""
        self.targets = self.projected(targets)

    def projected(self, vector: Array) -> Array:
        """V^T applied to a vector, shape (n,)."""
        result = np.empty(len(self.squares))
        for chunk, span in self._spans():
            np.matmul(vector, chunk.rows(len(self.factor)), out=result[span])
        return result

    def fantasy(self, branch: Factor) -> Array:
        """How much the squares would grow if the rows that `branch` has beyond the factor were taken in."""
        count = len(self.factor)
        sites, rows = branch.newest(count), branch.lower[count:]
        result = np.empty(len(self.squares))
        for chunk, span in self._spans():
            block = branch.covariance.between(sites, chunk.sites)
            block -= rows[:, :count] @ chunk.rows(count)
            block = solve_triangular(rows[:, count:], block, lower=True, check_finite=False)
            np.einsum("ij,ij->j", block, block, out=result[span])
        return result

    def _spans(self) -> Iterator[tuple[Chunk, slice]]:
        """Each chunk with its place in the pool."""
        start = 0
        for chunk in self._chunks:
            yield chunk, slice(start, start + len(chunk.sites))
            start += len(chunk.sites)


def _slabs(columns: int, rows: int) -> Iterator[slice]:
    width = max(256, SLAB // rows)
    return (slice(start, min(start + width, columns)) for start in range(0, columns, width))
