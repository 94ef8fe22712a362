"""The tables of `benchmarks.level_set`."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.region_run import CONFIDENCE, CONFIDENCES, INITIAL, STATED_AT, TRIALS, RegionRun, Statement
from benchmarks.sheet import Sheet

SHOWN = (20, 30, 40, 50, 60)
GOAL = 0.95
SHARES = (0.8, 0.9, 0.95, 0.98)
ENOUGH = 5
"""A share is not worth stating of fewer decided candidates."""


def sheet_of_f1(family: str, runs: Sequence[RegionRun]) -> Sheet:
    """One line per method: the median F1 after some trials, the worst at the end, the trials to 0.95."""
    lines = []
    for method in _methods(runs):
        found = [run for run in runs if run.method == method]
        f1 = np.array([run.f1 for run in found])
        medians = [f"{np.median(f1[:, trials - INITIAL]):.3f}" for trials in SHOWN]
        needed = [trials_to_goal(run) for run in found]
        reached = sum(trials is not None for trials in needed)
        median = float(np.median([np.inf if trials is None else trials for trials in needed]))
        lines.append(
            (
                method, *medians, f"{f1[:, -1].min():.3f}",
                f"{median:.0f}" if np.isfinite(median) else f"> {TRIALS}",
                f"{reached} of {len(found)}", f"{1e3 * np.median([run.seconds for run in found]):.0f}",
            )
        )  # fmt: skip
    headings = (f"{family}: median F1 after trials", *map(str, SHOWN), "worst", "trials to 0.95", "reached", "ms CPU")
    return Sheet(headings, tuple(lines))


def trials_to_goal(run: RegionRun) -> int | None:
    """The first number of trials after which F1 is at least 0.95; None if there is none."""
    return next((trials for trials, f1 in enumerate(run.f1, start=INITIAL) if f1 >= GOAL), None)


def sheet_of_certificates(family: str, runs: Sequence[RegionRun], candidates: Sequence[int]) -> Sheet:
    """For each confidence: the share of the candidates decided, and of those the share on the other side."""
    lines = []
    for trials in STATED_AT:
        cells = []
        for confidence in CONFIDENCES:
            told = [it for run in runs for it in run.statements if (it.trials, it.confidence) == (trials, confidence)]
            cells.append(_cell(told, sum(candidates)))
        lines.append((str(trials), *cells))
    headings = (f"{family}: after trials", *(f"{confidence:g}" for confidence in CONFIDENCES))
    return Sheet(headings, tuple(lines))


def sheet_of_stops(families: Mapping[str, Sequence[RegionRun]]) -> Sheet:
    """How a campaign would have ended by `stop: {decided: share}`: how often, when, and with what F1."""
    lines = []
    for family, runs in families.items():
        for share in SHARES:
            ended = [(run, place) for run in runs if (place := _first(run.decided, share)) is not None]
            f1 = [run.f1[place] for run, place in ended]
            trials = [place + INITIAL for _, place in ended]
            cells = (f"{np.median(trials):.0f}", f"{np.median(f1):.3f}", f"{min(f1):.3f}") if ended else ("-", "-", "-")
            lines.append((family, f"{share:g}", f"{len(ended)} of {len(runs)}", *cells))
    return Sheet(
        ("stop: decided", "share", "ended within 60", "median trials", "median F1 then", "worst"), tuple(lines)
    )


def sheet_of_sides(families: Mapping[str, Sequence[RegionRun]]) -> Sheet:
    """At a confidence of 0.95: what the decided inside is worth, and how much of the region the outside hides."""
    lines = []
    for family, runs in families.items():
        for trials in STATED_AT:
            told = [it for run in runs for it in run.statements if (it.trials, it.confidence) == (trials, CONFIDENCE)]
            inside, strangers, region = (
                sum(getattr(it, name) for it in told) for name in ("inside", "strangers", "region")
            )
            lost = sum(it.wrong for it in told) - strangers
            cells = (f"{inside / region:.0%}", f"{strangers / max(inside, 1):.1%}", f"{lost / region:.1%}")
            lines.append((family, str(trials), *cells))
    heading = (
        "decided at 0.95",
        "trials",
        "inside, of the region's size",
        "of it in truth outside",
        "region called outside",
    )
    return Sheet(heading, tuple(lines))


def _first(decided: Sequence[float], share: float) -> int | None:
    return next((place for place, one in enumerate(decided) if one >= share), None)


def _cell(told: Sequence[Statement], candidates: int) -> str:
    decided, wrong = sum(it.decided for it in told), sum(it.wrong for it in told)
    return f"{decided / candidates:.0%}, {wrong / decided:.1%} wrong" if decided >= ENOUGH else "none"


def _methods(runs: Sequence[RegionRun]) -> list[str]:
    return list(dict.fromkeys(run.method for run in runs))
