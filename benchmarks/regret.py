"""Regret on parameter spaces, ours and the peers on the same problems with known optima.

    python -m benchmarks.regret [--methods ...] [--problems ...] [--seeds 20] [--known]

Seeds are taken in turn over methods and problems, so that a run that is stopped leaves balanced figures. Finished
searches are kept in `results/regret.jsonl`; only missing ones are run.
"""

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.contests import CONTESTS, fingerprint
from benchmarks.machine import caption, describe_machine
from benchmarks.parameter_run import FinishedRun, RunCell, RunFile, run
from benchmarks.peers_parameters.registry import METHODS, Method, our_choice
from benchmarks.peers_parameters.searcher import Contest
from benchmarks.record import RESULTS, write_json
from benchmarks.regret_plot import plot_regret
from benchmarks.regret_sheet import Score, score, sheet_of_costs, sheet_of_losses
from benchmarks.sheet import write_markdown
from benchmarks.single_thread import relaunch_with_one_thread

SEEDS = 20
RULE = "junkan"
"""The column of ours: whichever optimizer the rule of `our_choice` names for the kind of problem."""


def run_missing(file: RunFile, methods: list[Method], contests: list[Contest], seeds: range) -> None:
    """Run every search that the file does not hold."""
    done = file.load()
    console = Console(stderr=True)
    digests = {contest.name: fingerprint(contest) for contest in contests}
    for seed in seeds:
        for method in methods:
            version = method.version()
            if version is None:
                console.print(
                    f"{method.name}: {method.distribution} is not installed (pip install -e .[peers]); not run"
                )
                continue
            for contest in contests:
                cell = RunCell(contest.name, digests[contest.name], method.name, version, seed)
                if method.plays(contest) and cell not in done:
                    _attempt(file, method, contest, cell, console)


def _attempt(file: RunFile, method: Method, contest: Contest, cell: RunCell, console: Console) -> None:
    """One search; what a peer raises is told and costs that search alone."""
    try:
        finished = run(contest, method.build(contest, cell.seed), cell)
    except Exception as error:
        console.print(f"{contest.name}, {method.name}, seed {cell.seed}: {type(error).__name__}: {error}")
        return
    file.append(finished)
    console.print(f"{contest.name}, {method.name}, seed {cell.seed}: {sum(finished.cpu_seconds):.1f} s of CPU")


def latest(runs: list[FinishedRun]) -> list[FinishedRun]:
    """The searches of problems as they are now, by the version of each method that was measured last."""
    version = {run.cell.method: run.cell.version for run in runs}
    digests = {name: fingerprint(contest) for name, contest in CONTESTS.items()}
    return [
        run
        for run in runs
        if run.cell.version == version[run.cell.method] and run.cell.fingerprint == digests.get(run.cell.problem)
    ]


def with_our_choice(runs: list[FinishedRun]) -> list[FinishedRun]:
    """The searches of our choice for each problem once more, under the name of the rule and before all others."""
    chosen = [
        replace(run, cell=replace(run.cell, method=RULE))
        for run in runs
        if run.cell.method == our_choice(CONTESTS[run.cell.problem])
    ]
    return [*chosen, *runs]


def scores_of(runs: list[FinishedRun]) -> list[Score]:
    """One score per problem and method, in the order of the tables."""
    found = []
    for problem in CONTESTS:
        for method in (RULE, *METHODS):
            cell = [run for run in runs if (run.cell.problem, run.cell.method) == (problem, method)]
            if cell:
                found.append(score(cell))
    return found


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.regret")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--problems", nargs="+", default=list(CONTESTS), choices=list(CONTESTS))
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--known", action="store_true", help="run nothing, print what is known")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the searches and the table")
    options = parser.parse_args()
    file = RunFile(options.results / "regret.jsonl")
    contests = [CONTESTS[name] for name in options.problems]
    if not options.known:
        seeds = range(options.first, options.first + options.seeds)
        run_missing(file, [METHODS[name] for name in options.methods], contests, seeds)
    runs = [it for it in latest(list(file.load().values())) if it.cell.seed < SEEDS]
    publish(runs, options.results)
    return 0


def publish(runs: list[FinishedRun], folder: Path) -> None:
    """Print the tables, and write them, their figures and the picture into `folder`."""
    scores = scores_of(with_our_choice(runs))
    sheets = [sheet_of_losses(scores, RULE), sheet_of_costs(scores, RULE)]
    for sheet in sheets:
        sheet.show(Console(width=240))
    machine = describe_machine()
    loads = [run.load for run in runs]
    about: dict[str, Any] = {
        "machine": machine,
        "load_average_during_the_searches": [min(loads), max(loads)],
        "versions": {run.cell.method: run.cell.version for run in runs},
        "our_choice": {name: our_choice(contest) for name, contest in CONTESTS.items()},
        "standard_errors": {name: contest.standard_error for name, contest in CONTESTS.items()},
    }
    write_json(folder / "regret.json", {**about, "scores": [asdict(score) for score in scores]})
    measured = ", ".join(f"{method} {version}" for method, version in about["versions"].items())
    loads_told = f"load average during the searches {min(loads):g} to {max(loads):g}"
    write_markdown(folder / "regret.md", sheets, f"Measured: {measured}; {loads_told}; printed on {caption(machine)}")
    plot_regret(runs, folder / "regret.png")


if __name__ == "__main__":
    sys.exit(main())
