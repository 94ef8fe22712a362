"""A pool as a periodic grid, and the lowest way from a point to its own image in another cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import product
from operator import add

import numpy as np
import numpy.typing as npt

from optimizers.errors import UnusablePool
from optimizers.pool import CandidatePool

Array = npt.NDArray[np.float64]
Cell = tuple[int, ...]
State = tuple[int, Cell]
"""A point, and the cell in which it was reached."""
CURE = "Use a space that offers every point of a periodic grid, such as site_grid."
SAME = 1e-6
FARTHEST = 1
"""A way may pass through cells that are so far from the first one in each direction."""


@dataclass(frozen=True)
class Way:
    """Candidates from a point to its image in the cell `across`, both ends included; `top` is the highest value."""

    points: tuple[int, ...]
    across: Cell
    top: float


class PeriodicGrid:
    """Every candidate with its neighbours, those across an edge, a face or a corner included.

    Raises UnusablePool unless the numeric features of the pool are periodic, evenly spaced, and combined in full.
    """

    def __init__(self, pool: CandidatePool) -> None:
        names = pool.features or pool.names
        if missing := [name for name in names if name not in pool.periods]:
            raise UnusablePool(
                f"optimizer: a path leads through a periodic cell, but '{missing[0]}' has no period. {CURE}"
            )
        levels = [_levels(pool, name) for name in names]
        self.shape = tuple(int(level.max()) + 1 for level in levels)
        places = np.ravel_multi_index(tuple(levels), self.shape)
        if len(pool) != int(np.prod(self.shape)) or len(np.unique(places)) != len(pool):
            sizes = " x ".join(map(str, self.shape))
            raise UnusablePool(f"optimizer: {len(pool)} candidates do not fill a grid of {sizes} points. {CURE}")
        self._candidate = np.argsort(places)
        self._place = places
        self._steps = [step for step in product((-1, 0, 1), repeat=len(self.shape)) if any(step)]
        self._neighbours: dict[int, list[tuple[int, Cell]]] = {}

    def way(self, values: Array, start: int) -> Way | None:
        """The way from candidate `start` to its image whose highest value is smallest; None if there is none.

        `values`, shape (N,), may hold inf for points that are closed. Bottleneck form of Dijkstra 1959, Numer. Math. 1,
        269, over the points of all cells near the first.
        """
        return self._described(self._search(values, start, max), values)

    def cheapest_way(self, values: Array, costs: Array, start: int, top: float) -> Way | None:
        """Of the ways that nowhere exceed `top`, the one with the smallest sum of `costs`."""
        allowed = np.where(values <= top, costs, np.inf)
        return self._described(self._search(allowed, start, add), values)

    def _described(self, found: tuple[tuple[int, ...], Cell] | None, values: Array) -> Way | None:
        if found is None:
            return None
        points, across = found
        return Way(points, across, float(values[list(points)].max()))

    def _search(
        self, costs: Array, start: int, joined: Callable[[float, float], float]
    ) -> tuple[tuple[int, ...], Cell] | None:
        """The points from `start` to its first image that is reached, and the cell of the image."""
        origin: Cell = (0,) * len(self.shape)
        length: dict[State, float] = {(start, origin): float(costs[start])}
        came: dict[State, State] = {}
        done: set[State] = set()
        queue: list[tuple[float, int, State]] = [(float(costs[start]), 0, (start, origin))]
        while queue:
            far, _, state = heappop(queue)
            point, cell = state
            if point == start and cell != origin:
                return _traced(came, state), cell
            if state in done:
                continue
            done.add(state)
            for neighbour, across in self._around(point):
                there = tuple(a + b for a, b in zip(cell, across, strict=True))
                if costs[neighbour] == np.inf or max(map(abs, there)) > FARTHEST:
                    continue
                farther, key = joined(far, float(costs[neighbour])), (neighbour, there)
                if farther < length.get(key, np.inf):
                    length[key], came[key] = farther, state
                    heappush(queue, (farther, len(length), key))
        return None

    def _around(self, point: int) -> list[tuple[int, Cell]]:
        if point not in self._neighbours:
            here = np.unravel_index(int(self._place[point]), self.shape)
            around = []
            for step in self._steps:
                moved = [divmod(int(i) + s, n) for i, s, n in zip(here, step, self.shape, strict=True)]
                place = int(np.ravel_multi_index([one[1] for one in moved], self.shape))
                around.append((int(self._candidate[place]), tuple(one[0] for one in moved)))
            self._neighbours[point] = around
        return self._neighbours[point]


def _levels(pool: CandidatePool, name: str) -> npt.NDArray[np.intp]:
    """The number of each candidate's value along one column. Raises UnusablePool if they are not evenly spaced."""
    phases = pool.table[name].to_numpy(dtype=np.float64) / pool.periods[name] % 1.0
    distinct = np.unique(np.round(phases, 9))
    count = len(distinct)
    numbers: npt.NDArray[np.intp] = np.round((phases - distinct[0]) * count).astype(np.intp)
    if np.abs(phases - distinct[0] - numbers / count).max() > SAME:
        raise UnusablePool(f"optimizer: the values of '{name}' are not evenly spaced over its period. {CURE}")
    return numbers % count


def _traced(came: dict[State, State], state: State) -> tuple[int, ...]:
    points = [state[0]]
    while state in came:
        state = came[state]
        points.append(state[0])
    return tuple(reversed(points))


def highest(points: Sequence[int], values: Array) -> int:
    """The point with the largest value, the first of equals."""
    return max(points, key=lambda point: (values[point], -point))
