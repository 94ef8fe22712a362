"""The tables of `benchmarks.thin_film`."""

from collections.abc import Sequence

import numpy as np

from benchmarks.film_problems import FilmProblem
from benchmarks.film_run import METHODS, FilmRun, best_after, failures, growths_to, growths_to_keep
from benchmarks.quantile import quantile
from benchmarks.sheet import Sheet


def sheet_of(problem: FilmProblem, runs: Sequence[FilmRun]) -> Sheet:
    """One line per method: growths to a good film, failed growths, and the best film after some growths."""
    halves = (problem.growths // 4, problem.growths // 2, problem.growths)
    headings = (
        f"{problem.name}: growths to {problem.factor:g} x the best", "median", "90 %", "worst",
        f"within {problem.within}", f"within {problem.growths}", "median to a film one would keep",
        "failed until then: median, worst",
        f"failed in {problem.within}: median", f"failed in {problem.growths}: mean, worst",
        f"median of best / optimum after {', '.join(map(str, halves))}", "seeds", "ms CPU",
    )  # fmt: skip
    found = {method: [one for one in runs if (one.problem, one.method) == (problem.name, method)] for method in METHODS}
    return Sheet(headings, tuple(_line(problem, method, halves, them) for method, them in found.items() if them))


def _line(problem: FilmProblem, method: str, halves: Sequence[int], runs: Sequence[FilmRun]) -> tuple[str, ...]:
    level = problem.good_enough
    needed = [growths_to(one, level) for one in runs]
    kept = [growths_to_keep(one, level) for one in runs]
    before = [failures(one, count) for one, count in zip(runs, needed, strict=True)]
    all_of_them = [failures(one) for one in runs]
    best = [np.median([best_after(one, count) for one in runs]) / problem.best for count in halves]
    return (
        method,
        *(_count(needed, share, problem.growths) for share in (0.5, 0.9, 1.0)),
        _share(needed, problem.within),
        _share(needed, problem.growths),
        _count(kept, 0.5, problem.growths),
        f"{np.median(before):g}, {max(before)}",
        f"{np.median([failures(one, problem.within) for one in runs]):g}",
        f"{np.mean(all_of_them):.1f}, {max(all_of_them)}",
        ", ".join(f"{value:.3f}" for value in best),
        str(len(runs)),
        f"{1e3 * np.median([one.seconds for one in runs]):.0f}",
    )


def _count(needed: Sequence[int | None], share: float, growths: int) -> str:
    """The number of growths after which this share of the campaigns has arrived."""
    at = quantile([np.inf if count is None else count for count in needed], share)
    return f"{at:g}" if np.isfinite(at) else f"> {growths}"


def _share(needed: Sequence[int | None], within: int) -> str:
    return f"{np.mean([count is not None and count <= within for count in needed]):.0%}"
