"""CPU time of our tell and ask as a multiple of what memory bandwidth allows."""

import time
from dataclasses import dataclass

from benchmarks.floor import BandwidthProbe, floor_seconds
from benchmarks.peers.junkan import JunkanSearcher
from benchmarks.peers.searcher import Search
from benchmarks.search_run import initial_candidates
from benchmarks.spread import Spread, spread
from benchmarks.synthetic import GRIDS, morse_slabs

FIRST, LAST = 98, 130
"""Observations in the model at the measured steps: between two refits of the default schedule (96 and 136)."""

REPEATS = 3


@dataclass(frozen=True)
class StepCost:
    """One pool size: the ratios, the milliseconds behind them, and the bandwidth in bytes per second."""

    candidates: int
    ratio: Spread
    milliseconds: Spread
    floor_milliseconds: Spread
    bandwidth: Spread


def measure_step_cost(candidates: int, probe: BandwidthProbe) -> StepCost:
    """Every step is paired with a floor measured just before it, so that both meet the same load.

    The probe moves 160 MB in between: the step finds nothing of its own in the processor's caches.
    """
    landscape = morse_slabs(GRIDS[candidates], seed=0)
    ratios, steps, floors, bandwidths = [], [], [], []
    for repeat in range(REPEATS):
        searcher = JunkanSearcher(Search(landscape.pool, repeat))
        start = initial_candidates(landscape, repeat, FIRST - 1)
        for candidate in start:
            searcher.tell(candidate, float(landscape.values[candidate]))
        candidate = searcher.ask()
        for observations in range(FIRST, LAST + 1):
            searcher.tell(candidate, float(landscape.values[candidate]))
            bandwidths.append(probe.measure())
            started = time.process_time()
            candidate = searcher.ask()
            steps.append(time.process_time() - started)
            floors.append(floor_seconds(observations, candidates, bandwidths[-1]))
            ratios.append(steps[-1] / floors[-1])
    return StepCost(
        candidates,
        spread(ratios),
        spread([1e3 * step for step in steps]),
        spread([1e3 * floor for floor in floors]),
        spread(bandwidths),
    )
