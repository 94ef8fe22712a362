"""How many trials a method needs on a landscape: median, 90th percentile and solved share over seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.random_order import quantile_of_first_success, solved_share
from orchestrator.report.random_search import expected_trials


@dataclass(frozen=True)
class Successes:
    """Trials to the first success, initial trials included; None where a percentile lies beyond the cap.

    `mean` counts an unsolved search as `cap` trials, so it is a lower bound when some are unsolved.
    """

    searches: int
    median: float | None
    p90: float | None
    mean: float
    solved: float


def first_success(candidates: Sequence[int], good: NDArray[np.bool_]) -> int | None:
    """The number (from 1) of the first trial that is good, None if there is none."""
    hits = np.flatnonzero(good[list(candidates)])
    return int(hits[0]) + 1 if len(hits) else None


def summarise(numbers: Sequence[int | None], cap: int) -> Successes:
    """Statistics of the first successes of several searches, None for an unsolved one.

    Percentiles are order statistics without interpolation above the median: the smallest number of trials
    within which at least that share of the searches was solved; the median of an even count is the usual mean.
    """
    ordered = sorted(np.inf if number is None or number > cap else float(number) for number in numbers)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    high = ordered[int(np.ceil(0.9 * len(ordered))) - 1]
    return Successes(
        searches=len(ordered),
        median=middle if np.isfinite(middle) else None,
        p90=high if np.isfinite(high) else None,
        mean=float(np.mean(np.minimum(ordered, cap))),
        solved=float(np.mean(np.isfinite(ordered))),
    )


def random_search(good: NDArray[np.bool_], cap: int) -> Successes:
    """The exact law of random search without replacement. Percentiles and mean know no cap, the solved share does."""
    candidates, count = len(good), int(good.sum())
    return Successes(
        searches=0,
        median=float(quantile_of_first_success(candidates, count, 0.5)),
        p90=float(quantile_of_first_success(candidates, count, 0.9)),
        mean=expected_trials(candidates, count),
        solved=solved_share(candidates, count, cap),
    )
