"""Does a cheap barrier help to find a good one? `python -m benchmarks.tavorite_fidelities`

The barrier of the bare prototype on a coarse grid, of all compounds, is given to kriging as a finished campaign to
learn from; the barrier of the relaxed structure is searched. The controls are a search without a source, and one whose
source holds the same values in a random order, another one for every seed: with it a search must not be worse than
without. Each search begins with ten random compounds and ends after 30 % of the pool.
"""

import argparse
import sys
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.tavorite_search import DESCRIPTORS, KRIGING, Ours, Part, Truth, explored, task
from optimizers import History, Observation, Source, Trial

SOURCES = ("none", "prototypes", "shuffled")


def source(part: Part, descriptors: str, name: str, seed: int) -> tuple[Source, ...]:
    """The finished campaign that a search learns from; none for "none"."""
    searched = task(part, descriptors)
    if name == "none":
        return ()
    values = searched.cheap
    if name == "shuffled":
        values = np.random.default_rng([seed, 3]).permutation(values)
    return (Source("cheap", searched.pool, _finished(searched.pool, values)),)


def _finished(pool: Any, values: npt.NDArray[np.float64]) -> History:
    trials = [
        Trial(number, pool.parameters(number), "completed", number, {"barrier": Observation(float(value))})
        for number, value in enumerate(values)
    ]
    return History(tuple(trials))


def summary(part: Part, descriptors: str, name: str, seeds: range) -> dict[str, Any]:
    """One row of the table."""
    searched, rows = task(part, descriptors), []
    for seed in track(seeds, f"{part}, {name}"):
        sources = source(part, descriptors, name, seed)
        searcher = Ours(searched.pool, seed, KRIGING["kriging, ucb"], sources)
        rows.append(explored(searched, Truth.of(searched, "clean", seed), searcher, seed))
    count = len(searched.pool)
    ordered = sorted(row["best_after"] or np.inf for row in rows)
    certain = ordered[ceil(0.9 * len(ordered)) - 1]
    return {
        "part": part,
        "descriptors": descriptors,
        "source": name,
        "seeds": len(rows),
        "median": float(np.median(ordered)) if np.isfinite(np.median(ordered)) else None,
        "n90": int(certain) if np.isfinite(certain) else None,
        "found_at_15": float(np.mean([it <= 0.15 * count for it in ordered])),
        "recall": float(np.mean([row["recall"] for row in rows])),
    }


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.tavorite_fidelities")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=("all", "Li", "Na"), default=["all", "Li"])
    parser.add_argument("--descriptors", choices=DESCRIPTORS, default="composition")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table")
    options = parser.parse_args()
    rows = [
        summary(part, options.descriptors, name, range(options.seeds)) for part in options.parts for name in SOURCES
    ]
    table = Table("part", "source", "seeds", "median", "n90", "found at 15 %", "recall")
    for row in rows:
        cells = (str(row[name]) for name in ("part", "source", "seeds", "median", "n90"))
        table.add_row(*cells, f"{row['found_at_15']:.2f}", f"{row['recall']:.2f}")
    Console(width=120).print(table)
    write_json(options.results / "tavorite_fidelities.json", {"machine": describe_machine(), "rows": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
