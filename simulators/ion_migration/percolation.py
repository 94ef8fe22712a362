"""Percolation of a periodic energy landscape: how high must one climb to get from a cell into the next?

Points are added in the order of their energies; a union-find structure keeps, for every point, the lattice vector
between it and the root of its component. A bond that closes a loop with a lattice vector other than 0 makes its
component infinite in that direction. The energy at which the first component is infinite in one, two or three
independent directions is exact for the grid: no threshold is searched for.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Vector = tuple[int, int, int]
ZERO: Vector = (0, 0, 0)


@dataclass(frozen=True)
class Barriers:
    """Energies above the minimum at which percolation begins in one, two and three dimensions, eV.

    None where there is no percolation up to `limit`: the barrier is larger, by an unknown amount.
    """

    limit: float
    one: float | None
    two: float | None
    three: float | None


def barriers(energies: Array, limit: float) -> Barriers:
    """The barriers of a landscape on a periodic grid, shape (n1, n2, n3), with all 26 neighbours of a point joined.

    `limit` is the energy above the minimum, in eV, up to which percolation is looked for.
    """
    found: list[float] = []
    lowest = float(energies.min())
    flat = energies.ravel()
    order = np.argsort(flat, kind="stable")
    order = order[: int(np.searchsorted(flat[order], lowest + limit, side="right"))]
    components = _Components(energies.shape)
    for point in order.tolist():
        dimensions = components.add(point)
        found += [float(flat[point]) - lowest] * (dimensions - len(found))
        if len(found) == 3:
            break
    one, two, three = (*found, None, None, None)[:3]
    return Barriers(limit, one, two, three)


class _Components:
    """Components of the points so far, each with the lattice vectors by which it repeats itself."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        count = int(np.prod(shape))
        self._parent = [-1] * count
        self._shift: list[Vector] = [ZERO] * count
        self._size = [1] * count
        self._loops: dict[int, list[Vector]] = {}
        self._steps = [step for step in product((-1, 0, 1), repeat=3) if step != ZERO]

    def add(self, point: int) -> int:
        """Add a point; returns in how many directions its component is infinite now."""
        self._parent[point] = point
        n1, n2, n3 = self._shape
        i, rest = divmod(point, n2 * n3)
        j, k = divmod(rest, n3)
        for di, dj, dk in self._steps:
            wi, ni = divmod(i + di, n1)
            wj, nj = divmod(j + dj, n2)
            wk, nk = divmod(k + dk, n3)
            neighbour = (ni * n2 + nj) * n3 + nk
            if self._parent[neighbour] >= 0:
                self._join(point, neighbour, (wi, wj, wk))
        return len(self._loops.get(self._find(point)[0], ()))

    def _find(self, point: int) -> tuple[int, Vector]:
        """The root of a point, and the cell of the point when the root is in cell 0."""
        path = []
        while self._parent[point] != point:
            path.append(point)
            point = self._parent[point]
        shift = ZERO
        for one in reversed(path):
            x, y, z = self._shift[one]
            shift = (shift[0] + x, shift[1] + y, shift[2] + z)
            self._parent[one], self._shift[one] = point, shift
        return point, shift

    def _join(self, point: int, neighbour: int, across: Vector) -> None:
        """Join a point in cell 0 to a neighbour in the cell `across`."""
        (mine, here), (theirs, there) = self._find(point), self._find(neighbour)
        # `theirs` lies in this cell when `mine` lies in cell 0.
        offset = (here[0] + across[0] - there[0], here[1] + across[1] - there[1], here[2] + across[2] - there[2])
        if mine == theirs:
            if offset != ZERO:
                self._loops[mine] = _independent([*self._loops.get(mine, ()), offset])
            return
        if self._size[mine] < self._size[theirs]:
            mine, theirs = theirs, mine
            offset = (-offset[0], -offset[1], -offset[2])
        self._parent[theirs], self._shift[theirs] = mine, offset
        self._size[mine] += self._size[theirs]
        if theirs in self._loops:
            self._loops[mine] = _independent([*self._loops.get(mine, ()), *self._loops.pop(theirs)])


def _independent(vectors: list[Vector]) -> list[Vector]:
    """The first of the vectors that are linearly independent of those before them."""
    kept: list[Vector] = []
    for vector in vectors:
        if len(kept) < 3 and np.linalg.matrix_rank(np.array([*kept, vector])) > len(kept):
            kept.append(vector)
    return kept
