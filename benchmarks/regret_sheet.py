"""The tables of `regret`: what was missed, what a proposal costs, and who was best at what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.contests import CONTESTS
from benchmarks.parameter_run import FinishedRun
from benchmarks.peers_parameters.registry import METHODS
from benchmarks.quantile import quantile
from benchmarks.regret_curve import best_visited_after, loss_after
from benchmarks.sheet import Sheet

AX = "ax default"


@dataclass(frozen=True)
class Score:
    """What the searches of one method on one problem missed: medians and quartiles over `seeds`, None for infinity.

    `cpu_seconds` is the mean over all proposals. `visited` is the median with the best trial known, for noisy values.
    """

    problem: str
    method: str
    seeds: int
    half: float | None
    median: float | None
    low: float | None
    high: float | None
    cpu_seconds: float
    visited: float | None = None


def score(runs: Sequence[FinishedRun]) -> Score:
    """The score of the searches of one method on one problem."""
    cell = runs[0].cell
    contest = CONTESTS[cell.problem]
    halves = [loss_after(run, contest, contest.trials // 2) for run in runs]
    ends = [loss_after(run, contest, contest.trials) for run in runs]
    visited = None
    if contest.standard_error:
        visited = _quantile([best_visited_after(run, contest, contest.trials) for run in runs], 0.5)
    return Score(
        cell.problem,
        cell.method,
        len(runs),
        _quantile(halves, 0.5),
        _quantile(ends, 0.5),
        _quantile(ends, 0.25),
        _quantile(ends, 0.75),
        float(np.mean([seconds for run in runs for seconds in run.cpu_seconds])),
        visited,
    )


def sheet_of_losses(scores: Sequence[Score], ours: str) -> Sheet:
    """One line per problem, one column per method: median [quartiles]; the best median in bold.

    A cell of fewer searches than the fullest one says how many. The last column compares `ours` with the best peer.
    """
    methods, problems = _methods(scores), _distinct([it.problem for it in scores])
    full = max(it.seeds for it in scores)
    lines = []
    for problem in problems:
        row = {it.method: it for it in scores if it.problem == problem}
        best = min((it.median for it in row.values() if it.median is not None), default=None)
        cells = [_cell(row[method], best, full) if method in row else "-" for method in methods]
        lines.append((problem, str(CONTESTS[problem].trials), *cells, _verdict(row, ours)))
    return Sheet(("problem", "trials", *methods, "ours, best peer"), tuple(lines))


def sheet_of_costs(scores: Sequence[Score], ours: str) -> Sheet:
    """One line per problem, one column per method: milliseconds of CPU per proposal, the mean over all trials.

    The last column says how many of our proposals could be had for one of Ax.
    """
    methods, problems = _methods(scores), _distinct([it.problem for it in scores])
    cost = {(it.problem, it.method): 1e3 * it.cpu_seconds for it in scores}
    lines = []
    for problem in problems:
        cells = [f"{_milliseconds(cost[problem, it])}" if (problem, it) in cost else "-" for it in methods]
        both = (problem, AX) in cost and (problem, ours) in cost
        lines.append((problem, *cells, f"{cost[problem, AX] / cost[problem, ours]:.2g}" if both else "-"))
    return Sheet(("CPU ms per proposal", *methods, f"{AX} / ours"), tuple(lines))


def beats_the_peers(row: dict[str, Score], ours: str) -> bool | None:
    """Whether the median of `ours` is at most that of every peer; None where ours was not measured."""
    if ours not in row:
        return None
    peers = [it.median for name, it in row.items() if not name.startswith("junkan")]
    mine = row[ours].median
    return mine is not None and all(peer is None or mine <= peer for peer in peers)


def _verdict(row: dict[str, Score], ours: str) -> str:
    won = beats_the_peers(row, ours)
    if won is None:
        return "-"
    peers = [it for name, it in row.items() if not name.startswith("junkan") and it.median is not None]
    if not peers:
        return "alone"
    best = min(peers, key=lambda it: it.median or 0.0)
    return f"{'no worse' if won else 'worse'}, {_number(row[ours].median)} : {_number(best.median)} ({best.method})"


def _cell(found: Score, best: float | None, full: int) -> str:
    median = f"**{_number(found.median)}**" if found.median == best else _number(found.median)
    few = f", {found.seeds} seeds" if found.seeds < full else ""
    return f"{median} [{_number(found.low)}, {_number(found.high)}{few}]"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.2g}"


def _milliseconds(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def _quantile(values: list[float], share: float) -> float | None:
    """The quantile, with infinity for searches that found nothing admissible."""
    found = float(quantile(values, share))
    return found if np.isfinite(found) else None


def _methods(scores: Sequence[Score]) -> list[str]:
    """The methods that were measured: the rule's first, then in the order in which they are registered."""
    measured = _distinct([it.method for it in scores])
    return sorted(measured, key=lambda name: list(METHODS).index(name) if name in METHODS else -1)


def _distinct(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(words))
