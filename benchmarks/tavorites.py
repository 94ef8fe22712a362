"""How many tavorites must be evaluated: kriging beside random search, greedy search and PHYSBO on the finished table.

    python -m benchmarks.tavorites                     # 100 seeds, all 320 compounds and the lithium half
    python -m benchmarks.tavorites --case hard         # noise of 0.05 eV, 15 % of the compounds never converge

Every search begins with ten random compounds, the same for all methods, and ends after 30 % of the pool. `n90` is the
number of trials after which 90 % of the seeds have evaluated the compound with the lowest barrier that can be measured.
`recall` is the part of the lowest tenth that was measured, failed ones counted as not found. Finished searches are
kept, one line each, and not repeated.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.machine import describe_machine
from benchmarks.peers.registry import PEERS
from benchmarks.record import RESULTS, write_json
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.tavorite_search import DESCRIPTORS, KRIGING, SHARE, search, task

METHODS = ("random", "greedy", "kriging", "kriging, ucb", "kriging, descriptors", "kriging, descriptors, ucb", "physbo")
"""Shown when none are named."""
CERTAIN = 0.9
SHARES = (10, 15, 20, 30)
"""Per cent of the pool after which the chance to have found the best is shown."""
KEY = ("part", "descriptors", "case", "method", "seed")


def kept(file: Path) -> list[dict[str, Any]]:
    """The finished searches of earlier runs."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def summarised(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per part, descriptors, case and method, in the order of their first search."""
    groups = dict.fromkeys(tuple(row[name] for name in KEY[:4]) for row in rows)
    return [_summary(group, [row for row in rows if tuple(row[name] for name in KEY[:4]) == group]) for group in groups]


def _summary(group: tuple[Any, ...], rows: list[dict[str, Any]]) -> dict[str, Any]:
    count = len(task(group[0], group[1]).pool)
    ordered = sorted(row["best_after"] or np.inf for row in rows)
    certain = ordered[ceil(CERTAIN * len(ordered)) - 1]
    recalls = [row["recall"] for row in rows]
    return {
        **dict(zip(KEY, group, strict=False)),
        "compounds": count,
        "seeds": len(rows),
        "n90": int(certain) if np.isfinite(certain) else None,
        "n90_share": certain / count if np.isfinite(certain) else None,
        **{
            f"found_at_{share}": float(np.mean([it <= share / 100 * count for it in ordered]))
            for share in (10, 15, 20, 30)
        },
        "recall": float(np.mean(recalls)),
        "recall_error": float(np.std(recalls) / len(recalls) ** 0.5),
        "recall_over_random": float(np.mean(recalls)) / SHARE,
        "seconds": float(np.mean([row["seconds"] for row in rows])),
    }


def print_table(summary: Iterable[dict[str, Any]], console: Console) -> None:
    """One line per part, case and method."""
    table = Table(
        "part", "descriptors", "case", "method", "seeds", "n90", "found at 10/15/20/30 %", "recall", "x random"
    )
    for row in summary:
        n90 = "-" if row["n90"] is None else f"{row['n90']} ({100 * row['n90_share']:.0f} %)"
        found = " / ".join(f"{row[f'found_at_{share}']:.2f}" for share in SHARES)
        recall = f"{row['recall']:.2f} ± {row['recall_error']:.2f}"
        names = (str(row[name]) for name in (*KEY[:4], "seeds"))
        table.add_row(*names, n90, found, recall, f"{row['recall_over_random']:.2f}")
    console.print(table)


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.tavorites")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=("all", "Li", "Na"), default=["all", "Li"])
    parser.add_argument("--descriptors", nargs="+", choices=DESCRIPTORS, default=["composition"])
    parser.add_argument("--case", choices=("clean", "hard"), default="clean")
    parser.add_argument("--methods", nargs="+", choices=[*KRIGING, *PEERS], default=list(METHODS), metavar="METHOD")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table")
    options = parser.parse_args()
    file = options.results / "tavorites.jsonl"
    rows = kept(file)
    have = {tuple(row[name] for name in KEY) for row in rows}
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    wanted = [
        (part, descriptors, options.case, method, seed)
        for part in options.parts
        for descriptors in options.descriptors
        for method in options.methods
        if method in KRIGING or PEERS[method].installed() or print(f"{method} is not installed", file=sys.stderr)
        for seed in seeds
    ]
    for key in track([key for key in wanted if key not in have], "searches"):
        rows.append(search(*key))
        with file.open("a") as stream:
            stream.write(json.dumps(rows[-1]) + "\n")
    summary = summarised(rows)
    print_table(summary, Console(width=150))
    write_json(options.results / "tavorites.json", {"machine": describe_machine(), "rows": summary})
    return 0


if __name__ == "__main__":
    sys.exit(main())
