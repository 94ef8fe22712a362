"""How many growths a good film takes, and how many of them fail: physics and optimizers, no station, no ledger.

    python -m benchmarks.thin_film                # five campaigns, all methods, a few minutes
    python -m benchmarks.thin_film --seeds 4      # a taste
    python -m benchmarks.thin_film --known        # run nothing, print what is known

Films of 100 nm, 6.9 % scatter from growth to growth, a probe whose geometry is wrong by 1 %, failed growths. A film
counts by its own resistivity, without the scatter that chance gave it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks.film_problems import PROBLEMS
from benchmarks.film_run import METHODS, FilmRun, plays, run
from benchmarks.film_sheet import sheet_of
from benchmarks.machine import caption, describe_machine
from benchmarks.record import RESULTS
from benchmarks.sheet import write_markdown
from benchmarks.single_thread import relaunch_with_one_thread

DIGITS = 6


def measured(problems: Sequence[str], methods: Sequence[str], seeds: int | None) -> list[FilmRun]:
    """Every campaign that is asked for."""
    found = []
    for name in problems:
        problem = PROBLEMS[name]
        for method in methods:
            if plays(method, problem):
                found += [run(problem, method, seed) for seed in range(min(seeds or problem.seeds, problem.seeds))]
                Console(stderr=True).print(f"{name}, {method}: done")
    return found


def _stored(path: Path) -> list[FilmRun]:
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    lists = ("true", "seen")
    return [FilmRun(**{**row, **{name: tuple(row[name]) for name in lists}}) for row in rows]


def _line(one: FilmRun) -> str:
    row = asdict(one)
    rounded = {name: [value and float(f"{value:.{DIGITS}g}") for value in row[name]] for name in ("true", "seen")}
    return json.dumps({**row, **rounded}, separators=(",", ":")) + "\n"


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.thin_film")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", nargs="+", choices=list(PROBLEMS), default=list(PROBLEMS))
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS), help="others stay")
    parser.add_argument("--seeds", type=int, help="how many of each campaign")
    parser.add_argument("--known", action="store_true", help="run nothing, print what is known")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the runs and the tables")
    options = parser.parse_args()
    record = options.results / "thin_film.jsonl"
    known = _stored(record)
    if not options.known:
        fresh = measured(options.problems, options.methods, options.seeds)
        replaced = {(one.problem, one.method) for one in fresh}
        known = [one for one in known if (one.problem, one.method) not in replaced] + fresh
        partial = record.with_suffix(".part")
        partial.write_text("".join(map(_line, known)))
        partial.replace(record)
    sheets = [sheet_of(problem, known) for problem in PROBLEMS.values()]
    for sheet in sheets:
        sheet.show(Console(width=220))
    write_markdown(options.results / "thin_film.md", sheets, caption(describe_machine()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
