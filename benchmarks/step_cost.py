"""CPU time of our tell and ask as a multiple of what memory bandwidth allows."""

import time
from dataclasses import dataclass
from typing import Literal

from benchmarks.floor import BandwidthProbe, floor_seconds
from benchmarks.peers.junkan import JunkanSearcher
from benchmarks.peers.searcher import Search
from benchmarks.search_run import initial_candidates
from benchmarks.spread import Spread, spread
from benchmarks.synthetic import GRIDS, morse_slabs

FIRST, LAST = 98, 130
"""Observations in the model at the measured steps: between two refits of the default schedule (96 and 136)."""

REPEATS = 3
Caches = Literal["cold", "warm"]
STEPS_PER_PROBE: dict[Caches, int] = {"cold": 1, "warm": 11}
"""The probe moves 160 MB, after which nothing of the model is in the processor's caches: as after a real trial."""


@dataclass(frozen=True)
class StepCost:
    """One pool size: the ratios, the milliseconds behind them, and the bandwidth in bytes per second."""

    candidates: int
    caches: Caches
    ratio: Spread
    milliseconds: Spread
    floor_milliseconds: Spread
    bandwidth: Spread


def measure_step_cost(candidates: int, caches: Caches, probe: BandwidthProbe) -> StepCost:
    """The bandwidth is measured before every step, or before every eleventh, so that both meet the same load."""
    landscape = morse_slabs(GRIDS[candidates], seed=0)
    ratios, steps, floors, bandwidths = [], [], [], []
    for repeat in range(REPEATS):
        searcher = JunkanSearcher(Search(landscape.pool, repeat))
        for candidate in initial_candidates(landscape, repeat, FIRST - 1):
            searcher.tell(candidate, float(landscape.values[candidate]))
        candidate = searcher.ask()
        for step in range(LAST - FIRST + 1):
            searcher.tell(candidate, float(landscape.values[candidate]))
            if step % STEPS_PER_PROBE[caches] == 0:
                bandwidths.append(probe.measure())
            started = time.process_time()
            candidate = searcher.ask()
            steps.append(time.process_time() - started)
            floors.append(floor_seconds(FIRST + step, candidates, bandwidths[-1]))
            ratios.append(steps[-1] / floors[-1])
    return StepCost(
        candidates,
        caches,
        spread(ratios),
        spread([1e3 * step for step in steps]),
        spread([1e3 * floor for floor in floors]),
        spread(bandwidths),
    )
