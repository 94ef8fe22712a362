"""How many trials the border of a region takes, and whether what is called decided is so.

    python -m benchmarks.level_set                  # 10 precipitate problems, 24 fields, all methods
    python -m benchmarks.level_set --runs 2         # a taste
    python -m benchmarks.level_set --methods random straddle

Two families: the precipitate problem (961 candidates; each seed disturbs the observed shapes anew) and fields drawn
from a Gaussian process (1,500 candidates in two or three dimensions; the region is the lowest tenth, fifth or third).
Every method but `random` begins with the same ten candidates.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.machine import caption, describe_machine
from benchmarks.precipitates import LEVEL, precipitates
from benchmarks.random_fields import random_field
from benchmarks.record import RESULTS, write_json
from benchmarks.region_plot import plot_regions
from benchmarks.region_run import SCORES, RegionRun, Statement, run
from benchmarks.region_sheet import sheet_of_certificates, sheet_of_f1, sheet_of_sides, sheet_of_stops
from benchmarks.sheet import Sheet, write_markdown
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.tabulated import Tabulated

METHODS = ("random", "botorch", *SCORES)
RUNS = {"precipitates": 10, "fields": 24}
SHARES = (0.1, 0.2, 0.35)
FIRST_FIELD = 500


def problem(family: str, seed: int) -> tuple[Tabulated, float]:
    """The landscape and the level of one run."""
    if family == "precipitates":
        return precipitates(seed), LEVEL
    field = random_field(FIRST_FIELD + seed)
    return field, float(np.quantile(field.values, SHARES[seed % len(SHARES)]))


def measured(methods: list[str], runs: int | None) -> dict[str, list[RegionRun]]:
    """Every run, by family."""
    return {
        family: [
            run(method, *problem(family, seed), seed) for method in methods for seed in range(min(runs or count, count))
        ]
        for family, count in RUNS.items()
    }


def sheets_of(found: dict[str, list[RegionRun]]) -> list[Sheet]:
    """The F1 of both families, and the certificates of the straddle."""
    sheets = [sheet_of_f1(family, runs) for family, runs in found.items()]
    for family, runs in found.items():
        ours = _of("straddle", runs)
        if ours:
            sizes = [len(problem(family, seed)[0].pool) for seed in range(len(ours))]
            sheets.append(sheet_of_certificates(f"{family}, decided at confidence", ours, sizes))
    straddle = {family: _of("straddle", runs) for family, runs in found.items()}
    return [*sheets, sheet_of_sides(straddle), sheet_of_stops(straddle)] if all(straddle.values()) else sheets


def _of(method: str, runs: list[RegionRun]) -> list[RegionRun]:
    return [it for it in runs if it.method == method]


def _stored(path: Path) -> dict[str, list[RegionRun]]:
    found: dict[str, list[RegionRun]] = {}
    for line in path.read_text().splitlines():
        record = json.loads(line)
        family, told = record.pop("family"), tuple(Statement(**it) for it in record.pop("statements"))
        candidates, f1, decided = (tuple(record.pop(name, ())) for name in ("candidates", "f1", "decided"))
        run_ = RegionRun(candidates=candidates, f1=f1, decided=decided, statements=told, **record)
        found.setdefault(family, []).append(run_)
    return found


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.level_set")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help="runs of each family and method")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), help="others stay as recorded")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the tables")
    parser.add_argument("--known", action="store_true", help="run nothing, print what is known")
    options = parser.parse_args()
    record = options.results / "level_set.jsonl"
    if not options.known:
        found = measured(options.methods, options.runs)
        for family, runs in (_stored(record) if record.exists() else {}).items():
            found[family] = [it for it in runs if it.method not in options.methods] + found[family]
        rows = [{"family": family, **asdict(it)} for family, runs in found.items() for it in runs]
        record.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = _stored(record)
    sheets = sheets_of(found)
    for sheet in sheets:
        sheet.show(Console(width=180))
    machine = describe_machine()
    write_json(options.results / "level_set.json", {"machine": machine, "level": LEVEL, "shares": SHARES})
    write_markdown(options.results / "level_set.md", sheets, caption(machine))
    runs = found["precipitates"]
    shown = next((it for it in runs if it.method == "straddle"), None)
    if shown is not None:
        plot_regions(precipitates(0), shown, runs, options.results / "level_set.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
