"""A pool that is a full grid, addressed by one whole number per column.

Optimizers that cannot express a list of candidates can search such a pool, and no other.
"""

import numpy as np

from benchmarks.peers.searcher import feature_matrix
from optimizers import CandidatePool


class NotAGrid(ValueError):
    """The pool is not the full product of its columns' values."""


class Grid:
    """Two-way map between candidates and tuples of level numbers, one per column."""

    def __init__(self, pool: CandidatePool) -> None:
        """Raises NotAGrid if some combination of the columns' values is missing or occurs twice."""
        features = feature_matrix(pool)
        columns = [np.unique(column, return_inverse=True) for column in features.T]
        self.sizes = tuple(len(values) for values, _ in columns)
        self._levels = tuple(numbers for _, numbers in columns)
        places = np.ravel_multi_index(self._levels, self.sizes)
        self._candidates = np.argsort(places)
        if not np.array_equal(places[self._candidates], np.arange(np.prod(self.sizes))):
            raise NotAGrid(
                f"{len(features)} candidates do not fill a {' x '.join(map(str, self.sizes))} grid; "
                "give a peer without pools a full grid"
            )

    def levels(self, candidate: int) -> tuple[int, ...]:
        """The level numbers of a candidate, one per column."""
        return tuple(int(numbers[candidate]) for numbers in self._levels)

    def candidate(self, levels: tuple[int, ...]) -> int:
        """The candidate at these level numbers."""
        return int(self._candidates[np.ravel_multi_index(levels, self.sizes)])
