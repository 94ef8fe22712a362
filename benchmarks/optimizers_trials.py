"""Trials until the minimum of relaxed grain boundaries is found, ours and the peers on the same pools.

    python -m benchmarks.optimizers_trials [--methods ...] [--landscapes ...] [--seeds 30] [--fresh]

Finished searches are kept in `results/optimizers_trials.jsonl`; only missing ones are run, and those of a peer
that is not installed here are shown as they were measured. `--fresh` runs the chosen ones again.
"""

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.first_success import first_success, random_search, summarise
from benchmarks.landscape import names
from benchmarks.machine import caption, describe_machine
from benchmarks.peers.registry import OURS, PEERS
from benchmarks.peers.searcher import Search
from benchmarks.record import RESULTS, write_json
from benchmarks.search_run import INITIAL_TRIALS, initial_candidates, search
from benchmarks.sheet import write_markdown
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.tabulated import Tabulated, relaxed_boundary
from benchmarks.trial_cache import Cell, FinishedSearch, TrialCache
from benchmarks.trials_plot import plot_trials
from benchmarks.trials_sheet import sheet_of_means, sheet_per_boundary

CAP = 150
SEEDS = 30
GOALS = ("1 %", "1 mJ/m^2")


@dataclass(frozen=True)
class Method:
    """A column of the table: an optimizer with its own schedule, and the random trials it is given first."""

    name: str
    peer: str
    initial: int


METHODS = {
    method.name: method
    for method in (
        Method("junkan", OURS, 0),
        Method("junkan, 10 random", OURS, INITIAL_TRIALS),
        Method("junkan without symmetry, 10 random", "junkan without symmetry", INITIAL_TRIALS),
        Method("physbo, 10 random", "physbo", INITIAL_TRIALS),
    )
}


def strict_goal(landscape: Tabulated) -> Any:
    """Candidates that end a search: those good by both measures, shape (N,)."""
    return landscape.good_within_range() & landscape.good_within()


def run_missing(
    cache: TrialCache, methods: list[Method], landscapes: list[Tabulated], seeds: int, *, fresh: bool
) -> None:
    """Run every search that the cache does not hold, or all of them when `fresh`."""
    done = {} if fresh else cache.load()
    console = Console(stderr=True)
    for landscape in landscapes:
        fingerprint = landscape.fingerprint()
        for method in methods:
            peer = PEERS[method.peer]
            version = peer.version()
            if version is None or not peer.installed():
                console.print(f"{method.name}: {peer.distribution} is not installed (pip install -e .[peers]); not run")
                continue
            for seed in range(seeds):
                cell = Cell(method.name, version, landscape.name, fingerprint, seed)
                if cell not in done:
                    cache.append(_search(cell, method, landscape))
            console.print(f"{landscape.name}: {method.name} complete")


def _search(cell: Cell, method: Method, landscape: Tabulated) -> FinishedSearch:
    searcher = PEERS[method.peer].build(Search(landscape.pool, cell.seed))
    initial = initial_candidates(landscape, cell.seed, method.initial) if method.initial else ()
    run = search(searcher, landscape, initial, strict_goal(landscape), CAP)
    return FinishedSearch(cell, run.candidates, sum(run.ask_seconds))


def tabulate(
    searches: list[FinishedSearch], methods: list[Method], landscapes: list[Tabulated], seeds: int
) -> list[dict[str, Any]]:
    """One row per landscape and method, random search last, with both goals. Incomplete cells say so by `searches`."""
    rows: list[dict[str, Any]] = []
    for landscape in sorted(landscapes, key=lambda it: random_search(strict_goal(it), CAP).mean):
        goods = dict(zip(GOALS, (landscape.good_within_range(), landscape.good_within()), strict=True))
        fingerprint = landscape.fingerprint()
        head = {"landscape": landscape.name, "candidates": len(landscape.pool)}
        for method in methods:
            of_cell = [
                it
                for it in searches
                if (it.cell.method, it.cell.landscape, it.cell.fingerprint)
                == (method.name, landscape.name, fingerprint)
                and it.cell.seed < seeds
            ]
            if of_cell:
                goals = {
                    name: asdict(summarise([first_success(it.candidates, good) for it in of_cell], CAP))
                    for name, good in goods.items()
                }
                seconds = sum(it.cpu_seconds for it in of_cell) / sum(len(it.candidates) for it in of_cell)
                rows.append({**head, "method": method.name, "goals": goals, "cpu_seconds_per_trial": seconds})
        exact = {name: asdict(random_search(good, CAP)) for name, good in goods.items()}
        rows.append({**head, "method": "random, exact", "goals": exact, "cpu_seconds_per_trial": None})
    return rows


def latest(searches: list[FinishedSearch]) -> list[FinishedSearch]:
    """The searches of each method's version that was measured last."""
    version = {search.cell.method: search.cell.version for search in searches}
    return [search for search in searches if search.cell.version == version[search.cell.method]]


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.optimizers_trials")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--landscapes", nargs="+", default=names())
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--fresh", action="store_true", help="run the chosen searches again")
    parser.add_argument("--known", action="store_true", help="run nothing, print what is known")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the cache and the table")
    options = parser.parse_args()
    console = Console(width=180)
    cache = TrialCache(options.results / "optimizers_trials.jsonl")
    methods = [METHODS[name] for name in options.methods]
    landscapes = [relaxed_boundary(name) for name in options.landscapes]
    if not options.known:
        run_missing(cache, methods, landscapes, options.seeds, fresh=options.fresh)
    rows = tabulate(latest(list(cache.load().values())), methods, landscapes, options.seeds)
    sheets = [sheet_per_boundary(rows, goal, CAP) for goal in GOALS] + [sheet_of_means(rows, GOALS, CAP)]
    for sheet in sheets:
        sheet.show(console)
    machine = describe_machine()
    write_markdown(options.results / "optimizers_trials.md", sheets, caption(machine))
    write_json(options.results / "optimizers_trials.json", {"machine": machine, "cap": CAP, "rows": rows})
    plot_trials(rows, CAP, options.results / "optimizers_trials.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
