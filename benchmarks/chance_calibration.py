"""Is `chance_of_better` honest? Campaigns on landscapes that are known everywhere, asked on every second trial.

    python -m benchmarks.chance_calibration             # 240 campaigns of 50 trials
    python -m benchmarks.chance_calibration --runs 4    # a taste

Three families: relaxed copper boundaries (delta 1 mJ/m²), Morse slabs (delta 2 % of median - minimum), fields drawn
from a Gaussian process (delta 2 % of their deviation). Half of the campaigns start at random candidates, half with
the space-filling start. Symmetric copies of a tried candidate count as tried.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.landscape import names
from benchmarks.machine import caption, describe_machine
from benchmarks.orbits import representatives
from benchmarks.random_fields import random_field
from benchmarks.record import RESULTS, write_json
from benchmarks.reliability import Bin, Statement, Stops, Told, reliability, sheet_of_bins, sheet_of_stops, stops
from benchmarks.reliability_plot import plot_reliability
from benchmarks.sheet import write_markdown
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.synthetic import GRIDS, morse_slabs
from benchmarks.tabulated import ONE_MILLIJOULE, Tabulated, relaxed_boundary
from optimizers import History, Objective, Observation, Problem, Trial
from optimizers.history import Parameters
from optimizers.kriging.settings import KrigingSettings

TRIALS = 50
FIRST, EVERY = 6, 2
SHARE = 0.02
RUNS = {"relaxed copper": 120, "Morse slabs": 60, "Gaussian fields": 60}
BOUNDS = (0.2, 0.1, 0.05)


def problems(family: str, runs: int, first: int = 0) -> Iterator[tuple[Tabulated, float, int]]:
    """Landscape, delta and seed of every campaign of a family, from campaign number `first` on."""
    boundaries = names()
    for run in range(first, first + runs):
        if family == "relaxed copper":
            yield relaxed_boundary(boundaries[run % len(boundaries)]), ONE_MILLIJOULE, run // len(boundaries)
        elif family == "Morse slabs":
            slabs = morse_slabs(GRIDS[2_000], 100 + run)
            yield slabs, SHARE * float(np.median(slabs.values) - slabs.values.min()), run
        else:
            field = random_field(run)
            yield field, SHARE * float(field.values.std()), run


def campaign(family: str, landscape: Tabulated, delta: float, seed: int) -> Told:
    """What is stated in one campaign."""
    trials, chance, better, copies = zip(*_statements(landscape, delta, seed), strict=True)
    return Told(family, landscape.name, seed, trials, chance, better, copies)


def _statements(landscape: Tabulated, delta: float, seed: int) -> Iterator[tuple[int, float, bool, bool]]:
    """After how many trials, the chance stated, whether better is left, and whether it is with copies untried."""
    settings = KrigingSettings(start="random" if seed % 2 else "space_filling")
    optimizer = settings.build(Problem(landscape.pool, (Objective("e"),), seed))
    orbit = representatives(landscape.pool)
    values = np.where(np.isnan(landscape.values), np.inf, landscape.values)
    trials: list[Trial] = []
    tried: list[int] = []
    while len(trials) < TRIALS:
        history = History(tuple(trials))
        if len(trials) >= FIRST and len(trials) % EVERY == 0:
            better = values < values[tried].min() - delta
            copies = bool(np.delete(better, tried).any())
            left = bool((better & ~np.isin(orbit, orbit[tried])).any())
            chance = optimizer.chance_of_better(history, delta)
            yield len(trials), round(chance, 5), left, copies
        proposals = optimizer.propose(history, 1)
        if not proposals:
            return
        candidate = proposals[0].candidate
        assert candidate is not None
        tried.append(candidate)
        trials.append(_ended(len(tried), proposals[0].parameters, candidate, float(landscape.values[candidate])))


def _ended(number: int, parameters: Parameters, candidate: int, value: float) -> Trial:
    if np.isnan(value):
        return Trial(number, parameters, "unconverged", candidate)
    return Trial(number, parameters, "completed", candidate, {"e": Observation(value)})


def summary(statements: list[Statement], *, copies: bool) -> tuple[dict[str, list[Bin]], dict[str, list[Stops]]]:
    """Bins and stops by family."""
    families = {family: [it for it in statements if it.family == family] for family in RUNS}
    bins = {family: reliability(told, copies=copies) for family, told in families.items()}
    stopped = {family: [stops(told, bound, copies=copies) for bound in BOUNDS] for family, told in families.items()}
    return bins, stopped


def _plain(families: Mapping[str, Sequence[Bin | Stops]]) -> dict[str, list[dict[str, Any]]]:
    return {family: [asdict(it) for it in found] for family, found in families.items()}


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.chance_calibration")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help="campaigns of each family")
    parser.add_argument("--first", type=int, default=0, help="number of the first campaign: others are other ones")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the tables")
    parser.add_argument("--known", action="store_true", help="run nothing, print what is known")
    options = parser.parse_args()
    record = options.results / "chance_calibration.jsonl"
    console = Console(width=180)
    if not options.known:
        told = [
            campaign(family, *problem)
            for family, runs in RUNS.items()
            for problem in problems(family, options.runs or runs, options.first)
        ]
        record.write_text("".join(json.dumps(asdict(it)) + "\n" for it in told))
    told = [Told(**json.loads(line)) for line in record.read_text().splitlines()]
    statements = [statement for it in told for statement in it.statements()]
    bins, stopped = summary(statements, copies=False)
    _, with_copies = summary(statements, copies=True)
    unequal = {"relaxed copper, unequal copies untried": with_copies["relaxed copper"]}
    sheets = [sheet_of_bins(bins), sheet_of_stops({**stopped, **unequal})]
    for sheet in sheets:
        sheet.show(console)
    machine = describe_machine()
    summaries = {"bins": _plain(bins), "stops": _plain(stopped | unequal)}
    write_json(options.results / "chance_calibration.json", {"machine": machine, "trials": TRIALS, **summaries})
    write_markdown(options.results / "chance_calibration.md", sheets, caption(machine))
    plot_reliability(bins, options.results / "chance_calibration.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
