"""Wall-clock with 1, 4 and 8 workers whose run times differ: how much sooner the search is done.

    python -m benchmarks.async_workers [--landscapes ...] [--seeds 30]

Simulated clock, log-normal run times (mean 1, sigma 0.5), one proposal per freed worker, until a trial within 1 % of
the range has ended. Writes `results/async_workers.json`.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.landscape import names
from benchmarks.machine import caption, describe_machine
from benchmarks.peers.registry import OURS, PEERS
from benchmarks.record import RESULTS, write_json
from benchmarks.sheet import Sheet, write_markdown
from benchmarks.simulated_workers import Finish, simulate
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.synthetic import GRIDS, morse_slabs
from benchmarks.tabulated import Tabulated, relaxed_boundary
from optimizers import Objective, Problem
from optimizers.kriging.settings import KrigingSettings

WORKERS = (1, 4, 8)
CAP = 150
SYNTHETIC = 20_000
OBJECTIVE = Objective("value")


def finishes(landscape: Tabulated, workers: int, seeds: int) -> list[Finish]:
    """One simulated campaign per seed, with the default settings."""
    good = landscape.good_within_range()
    found = []
    for seed in range(seeds):
        optimizer = KrigingSettings().build(Problem(landscape.pool, (OBJECTIVE,), seed))
        found.append(simulate(optimizer, OBJECTIVE.name, landscape, good, workers=workers, seed=seed, cap=CAP))
    return found


def measure(landscape: Tabulated, seeds: int) -> dict[str, Any]:
    """Median and 90th percentile of the wall-clock, trials, and the ratio of mean wall-clocks to one worker."""
    runs = {workers: finishes(landscape, workers, seeds) for workers in WORKERS}
    mean = {workers: float(np.mean([run.time for run in found])) for workers, found in runs.items()}
    median = {workers: float(np.median([run.time for run in found])) for workers, found in runs.items()}
    return {
        "landscape": landscape.name,
        "workers": {
            str(workers): {
                "wall_clock_median": median[workers],
                "wall_clock_p90": float(np.percentile([run.time for run in found], 90)),
                "wall_clock_mean": mean[workers],
                "trials_median": float(np.median([run.trials for run in found])),
                "solved": float(np.mean([run.solved for run in found])),
                "shorter_by_mean": mean[1] / mean[workers],
                "shorter_by_median": median[1] / median[workers],
                "runs": [asdict(run) for run in found],
            }
            for workers, found in runs.items()
        },
    }


def sheet_of(rows: list[dict[str, Any]]) -> Sheet:
    """One line per landscape; the last line is the ratio of the summed wall-clocks."""
    headings = ("landscape", *(f"{workers} workers: median / p90 (trials)" for workers in WORKERS))
    lines = []
    for row in rows:
        found = [row["workers"][str(workers)] for workers in WORKERS]
        cells = (
            f"{it['wall_clock_median']:.1f} / {it['wall_clock_p90']:.1f} ({it['trials_median']:g})" for it in found
        )
        lines.append((row["landscape"], *cells, *(f"{it['shorter_by_mean']:.1f}" for it in found[1:])))
    total = {workers: sum(row["workers"][str(workers)]["wall_clock_mean"] for row in rows) for workers in WORKERS}
    ratios = (f"{total[1] / total[workers]:.1f}" for workers in WORKERS[1:])
    lines.append(("all, mean", *(f"{total[workers] / len(rows):.1f}" for workers in WORKERS), *ratios))
    return Sheet((*headings, *(f"{workers} workers: times shorter" for workers in WORKERS[1:])), tuple(lines))


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.async_workers")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--landscapes", nargs="+", default=names())
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table")
    options = parser.parse_args()
    landscapes = [relaxed_boundary(name) for name in options.landscapes]
    landscapes.append(morse_slabs(GRIDS[SYNTHETIC], seed=0))
    rows = [measure(landscape, options.seeds) for landscape in landscapes]
    sheet = sheet_of(rows)
    sheet.show(Console(width=180))
    machine = describe_machine()
    write_markdown(options.results / "async_workers.md", [sheet], caption(machine))
    record = {"machine": machine, "ours": PEERS[OURS].version(), "rows": rows}
    write_json(options.results / "async_workers.json", record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
