"""The tables of `optimizers_trials`: trials per boundary, and their means over the boundaries."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.first_success import Successes
from benchmarks.sheet import Sheet

Rows = list[dict[str, Any]]


def sheet_per_boundary(rows: Rows, goal: str, cap: int) -> Sheet:
    """One line per boundary, easiest for random search first; one column per method: median / p90 (solved).

    A cell with fewer searches than the fullest one says how many.
    """
    methods = _distinct(rows, "method")
    full = max(row["goals"][goal]["searches"] for row in rows)
    lines = []
    for landscape in _distinct(rows, "landscape"):
        found = {row["method"]: row for row in rows if row["landscape"] == landscape}
        cells = [
            _cell(Successes(**found[method]["goals"][goal]), cap, full) if method in found else "-"
            for method in methods
        ]
        lines.append((landscape, str(next(iter(found.values()))["candidates"]), *cells))
    return Sheet((f"trials to {goal}", "N", *methods), tuple(lines))


def sheet_of_means(rows: Rows, goals: Sequence[str], cap: int) -> Sheet:
    """One line per method and goal, over the boundaries that every method has finished.

    A median beyond the cap enters its mean as the cap, which flatters the method that has one.
    """
    methods = _distinct(rows, "method")
    common = [
        landscape
        for landscape in _distinct(rows, "landscape")
        if {row["method"] for row in rows if row["landscape"] == landscape} == set(methods)
    ]
    lines = []
    for goal in goals:
        for method in methods:
            cells = [
                Successes(**row["goals"][goal])
                for row in rows
                if row["method"] == method and row["landscape"] in common
            ]
            medians = np.mean([cell.median or cap for cell in cells])
            worst = None if any(cell.p90 is None for cell in cells) else max(cell.p90 or 0.0 for cell in cells)
            solved = np.mean([cell.solved for cell in cells])
            searches = sum(cell.searches for cell in cells)
            lines.append(
                (
                    goal,
                    method,
                    f"{medians:.1f}",
                    _number(worst, cap),
                    f"{solved:.1%}",
                    str(searches) if searches else "exact",
                )
            )
    headings = ("to", "method", "mean of the medians", "worst p90", "solved within the cap", "searches")
    return Sheet((*headings[:2], f"{headings[2]}, {len(common)} boundaries", *headings[3:]), tuple(lines))


def _cell(successes: Successes, cap: int, full: int) -> str:
    few = f" of {successes.searches}" if 0 < successes.searches < full else ""
    return f"{_number(successes.median, cap)} / {_number(successes.p90, cap)} ({successes.solved:.0%}{few})"


def _number(value: float | None, cap: int) -> str:
    return f">{cap}" if value is None else f"{value:g}"


def _distinct(rows: Rows, key: str) -> list[str]:
    return list(dict.fromkeys(row[key] for row in rows))
