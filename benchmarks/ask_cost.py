"""CPU time per trial of ours and the peers, each in a campaign of its own, taking turns."""

import time
from dataclasses import dataclass

from benchmarks.peers.registry import Peer
from benchmarks.peers.searcher import Schedule, Search
from benchmarks.search_run import initial_candidates
from benchmarks.spread import Spread, spread
from benchmarks.tabulated import Tabulated

WINDOWS = {"10-20": (10, 20), "95-105": (95, 105), "10-105": (10, 105)}
"""Observations in the model at an ask, first and last."""


@dataclass(frozen=True)
class AskCost:
    """One optimizer: milliseconds of process CPU time for an ask and the tell after it, by window."""

    peer: str
    schedule: Schedule
    milliseconds: dict[str, Spread]


def measure_ask_cost(peers: list[Peer], landscape: Tabulated, schedule: Schedule, seed: int = 0) -> list[AskCost]:
    """All start from the same ten random trials; in every round each asks once, so a drifting load meets all alike."""
    searchers = {peer.name: peer.build(Search(landscape.pool, seed, schedule)) for peer in peers}
    for candidate in initial_candidates(landscape, seed):
        for searcher in searchers.values():
            searcher.tell(candidate, float(landscape.values[candidate]))
    first, last = WINDOWS["10-105"]
    taken: dict[str, list[float]] = {name: [] for name in searchers}
    for _ in range(first, last + 1):
        for name, searcher in searchers.items():
            started = time.process_time()
            candidate = searcher.ask()
            searcher.tell(candidate, float(landscape.values[candidate]))
            taken[name].append(1e3 * (time.process_time() - started))
    return [
        AskCost(
            name,
            schedule,
            {window: spread(times[low - first : high - first + 1]) for window, (low, high) in WINDOWS.items()},
        )
        for name, times in taken.items()
    ]
