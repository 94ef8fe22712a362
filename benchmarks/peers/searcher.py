"""The protocol every optimizer in a comparison is put behind, and what it is given."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from optimizers import CandidatePool

Schedule = Literal["every", "own"]


@dataclass(frozen=True, eq=False)
class Search:
    """What a searcher is built for: the pool, its own seed, and when it refits its hyper-parameters.

    `every` refits on every ask, which is equal work for all; `own` is the schedule its users have.
    """

    pool: CandidatePool
    seed: int
    schedule: Schedule = "own"


class Searcher(Protocol):
    """Chooses candidates of one pool, one trial at a time, for the smallest value."""

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        ...

    def ask(self) -> int:
        """The candidate to try next."""
        ...


def feature_matrix(pool: CandidatePool) -> NDArray[np.float64]:
    """The columns a model sees, as float64 of shape (N, d), in the units of the table."""
    columns = list(pool.features) or list(pool.table.columns)
    return np.ascontiguousarray(pool.table[columns].to_numpy(dtype=np.float64))


def unit_cube(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column scaled to [0, 1]; a constant column becomes 0."""
    low, span = features.min(axis=0), np.ptp(features, axis=0)
    scaled: NDArray[np.float64] = (features - low) / np.where(span > 0.0, span, 1.0)
    return scaled
