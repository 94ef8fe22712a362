"""One search of a tabulated landscape, trial by trial, until it is solved."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.searcher import Searcher
from benchmarks.tabulated import Tabulated

INITIAL_TRIALS = 10


@dataclass(frozen=True)
class SearchRun:
    """The candidates in the order in which they were tried, and the process CPU time of each ask, in seconds."""

    candidates: tuple[int, ...]
    ask_seconds: tuple[float, ...]


def initial_candidates(landscape: Tabulated, seed: int, count: int = INITIAL_TRIALS) -> tuple[int, ...]:
    """The random first trials that every optimizer is given for this seed."""
    chance = np.random.default_rng([seed, count])
    return tuple(chance.choice(len(landscape.pool), count, replace=False).tolist())


def search(
    searcher: Searcher, landscape: Tabulated, initial: Sequence[int], solved: NDArray[np.bool_], cap: int
) -> SearchRun:
    """Try `initial`, then what the searcher asks for, until a candidate of `solved` was tried, or `cap` trials.

    A trial without a value is told as the worst value so far, since the other optimizers know no failed trials.
    """
    tried: list[int] = []
    seconds: list[float] = []
    worst = -np.inf
    while len(tried) < cap and not (tried and solved[tried[-1]]):
        if len(tried) < len(initial):
            candidate = initial[len(tried)]
        else:
            started = time.process_time()
            candidate = searcher.ask()
            seconds.append(time.process_time() - started)
        tried.append(candidate)
        value = float(landscape.values[candidate])
        if np.isnan(value):
            value = worst
        worst = max(worst, value)
        started = time.process_time()
        searcher.tell(candidate, value)
        if seconds:
            seconds[-1] += time.process_time() - started
    return SearchRun(tuple(tried), tuple(seconds))
