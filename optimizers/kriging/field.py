"""The posterior over the whole pool, as sums that one new row changes by one matrix-vector product.

With L the factor of the conditioned points and V = L^-1 K(points, pool), the posterior needs three sums over
the rows of V: of their squares, of their products with L^-1 H (H holds the basis of the mean: a column of
ones, and more with transfer), and of their products with L^-1 y.
"""

import itertools
from collections.abc import Iterator

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.blas import dtrsm

from optimizers.kriging.covariance import Sites
from optimizers.kriging.factor import Factor
from optimizers.kriging.kernels import Array

CHUNK = 4096


class Chunk:
    """Some columns of V: consecutive candidates, rows contiguous, grown by half when full."""

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self._rows: Array = np.empty((0, len(sites)))

    def rows(self, count: int) -> Array:
        """The first `count` rows of V."""
        return self._rows[:count]

    def reserve(self, count: int, kept: int) -> None:
        """Make room for `count` rows; the first `kept` rows survive."""
        if count > len(self._rows):
            grown = np.empty((max(count, len(self._rows) * 3 // 2, 16), self._rows.shape[1]))
            grown[:kept] = self._rows[:kept]
            self._rows = grown


def chunks_of(sites: Sites) -> list[Chunk]:
    """The pool cut into pieces of nearly equal size, so that the vectors of one piece stay in the cache."""
    count = len(sites)
    pieces = -(-count // CHUNK)
    edges = [count * piece // pieces for piece in range(pieces + 1)]
    return [Chunk(sites.at(slice(low, high))) for low, high in itertools.pairwise(edges)]


def extend_chunk(chunk: Chunk, factor: Factor, old: int) -> None:
    """Rows `old` to the end of V in this chunk, in one block."""
    new = len(factor)
    assert factor.sites is not None
    chunk.reserve(new, old)
    block = chunk.rows(new)[old:]
    block[:] = factor.covariance.between(factor.sites.at(slice(old, new)), chunk.sites)
    if old:
        block -= factor.lower[old:, :old] @ chunk.rows(old)
    if new - old == 1:
        block /= factor.lower[old, old]
    else:
        # Row-major (rows, columns) is column-major (columns, rows): X^T L^T = B^T, solved in place.
        dtrsm(1.0, np.asfortranarray(factor.lower[old:, old:]), block.T, side=1, lower=1, trans_a=1, overwrite_b=1)


class Field:
    """Sums over the rows of V for every candidate of the pool."""

    def __init__(self, factor: Factor, pool: Sites, basis: int) -> None:
        self.factor = factor
        self.sites = pool
        self.chunks = chunks_of(pool)
        self.squares = np.zeros(len(pool))
        self.basis = np.zeros((basis, len(pool)))
        self.targets = np.zeros(len(pool))

    def spans(self) -> Iterator[tuple[Chunk, slice]]:
        """Each chunk with its place in the pool."""
        start = 0
        for chunk in self.chunks:
            yield chunk, slice(start, start + len(chunk.sites))
            start += len(chunk.sites)

    def append(self, basis: Array, target: float) -> None:
        """Take in the newest row of the factor; `basis` and `target` are its entries of L^-1 H and L^-1 y."""
        last = len(self.factor) - 1
        for chunk, span in self.spans():
            extend_chunk(chunk, self.factor, last)
            row = chunk.rows(last + 1)[last]
            self.squares[span] += row * row
            for total, weight in zip(self.basis, basis, strict=True):
                total[span] += weight * row
            self.targets[span] += target * row

    def extend(self, old: int, basis: Array, targets: Array) -> None:
        """Take in rows `old` and later in one block; `basis`, shape (n, p), and `targets`, (n,), cover all rows."""
        for chunk, span in self.spans():
            extend_chunk(chunk, self.factor, old)
            rows = chunk.rows(len(self.factor))
            np.einsum("ij,ij->j", rows, rows, out=self.squares[span])
            self.basis[:, span] = basis.T @ rows
            self.targets[span] = targets @ rows

    def retarget(self, targets: Array) -> None:
        """Replace L^-1 y."""
        self.targets = self.projected(targets)

    def projected(self, vector: Array) -> Array:
        """V^T applied to a vector, shape (n,)."""
        result = np.empty(len(self.squares))
        for chunk, span in self.spans():
            np.matmul(vector, chunk.rows(len(self.factor)), out=result[span])
        return result

    def fantasy(self, branch: Factor) -> Array:
        """How much the squares would grow if the rows that `branch` has beyond the factor were taken in."""
        count = len(self.factor)
        assert branch.sites is not None
        sites, rows = branch.sites.at(slice(count, None)), branch.lower[count:]
        result = np.empty(len(self.squares))
        for chunk, span in self.spans():
            block = branch.covariance.between(sites, chunk.sites)
            block -= rows[:, :count] @ chunk.rows(count)
            block = solve_triangular(rows[:, count:], block, lower=True, check_finite=False)
            np.einsum("ij,ij->j", block, block, out=result[span])
        return result
