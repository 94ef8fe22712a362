"""Random search without replacement: the control that belongs beside every figure."""

import numpy as np

from benchmarks.peers.searcher import Search


class RandomSearcher:
    """Candidates in a random order that the seed fixes."""

    def __init__(self, search: Search) -> None:
        order: list[int] = np.random.default_rng(search.seed).permutation(len(search.pool)).tolist()
        self._order = iter(order)
        self._tried: set[int] = set()

    def tell(self, candidate: int, value: float) -> None:  # noqa: ARG002
        """Take in one finished trial."""
        self._tried.add(candidate)

    def ask(self) -> int:
        """The next untried candidate of the order. Raises StopIteration when none is left."""
        return next(candidate for candidate in self._order if candidate not in self._tried)
