"""Scores of candidates for finding where a function crosses a level; larger is better.

Throughout, `gap` is the posterior mean minus the level and `deviation` the posterior deviation of N candidates, in
the same unit, shape (N,) each.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import entr, ndtr, owens_t

from optimizers.kriging.kernels import Array

SHORTLIST = 64
"""Candidates of each of two kinds for which `lookahead` looks ahead."""
WATCHED = 4096
"""Candidates whose sides are counted in doing so: the most doubtful ones."""


def straddle(gap: Array, deviation: Array, exploration: float = 1.96) -> Array:
    """How far the interval of `exploration` deviations reaches across the level.

    Bryan, Schneider, Nichol, Miller, Genovese and Wasserman 2005, Adv. Neural Inf. Process. Syst. 18, eq. 1. Without
    the intersection over earlier intervals, the ambiguity of Gotovos, Casati, Hitz and Krause 2013, IJCAI, eq. 5, is
    the same.
    """
    result: Array = exploration * deviation - np.abs(gap)
    return result


def wrong_side(gap: Array, deviation: Array) -> Array:
    """The probability that a candidate is not on the side of the level on which its mean is."""
    result: Array = ndtr(-np.abs(gap) / deviation)
    return result


def entropy(gap: Array, deviation: Array) -> Array:
    """The entropy of the side of the level, in nats: Bryan et al. 2005, section 3."""
    wrong = wrong_side(gap, deviation)
    result: Array = entr(wrong) + entr(1.0 - wrong)
    return result


def lookahead(gap: Array, deviation: Array, after: Callable[[int], Array], closed: Sequence[int]) -> Array:
    """By how much measuring a candidate is expected to lower the number of candidates on the wrong side.

    Bect, Ginsbourger, Li, Picheny and Vazquez 2012, Stat. Comput. 22, 773, section 3: stepwise uncertainty reduction
    of the misclassified volume. `after(i)` is the deviation of all candidates once i is measured. Only candidates on a
    short list are looked at, those that straddle the level most and those most likely on the wrong side; others, and
    those in `closed`, score minus infinity.
    """
    wrong = wrong_side(gap, deviation)
    watched = np.argsort(-wrong, kind="stable")[:WATCHED]
    now = float(wrong[watched].sum())
    listed = {place for rank in (wrong, straddle(gap, deviation)) for place in _foremost(rank, closed)}
    scores = np.full(len(gap), -np.inf)
    for place in sorted(listed):
        scores[place] = now - _expected_wrong(gap[watched], deviation[watched], after(place)[watched])
    return scores


def _foremost(rank: Array, closed: Sequence[int]) -> list[int]:
    open_rank = rank.copy()
    open_rank[list(closed)] = -np.inf
    order = np.argsort(-open_rank, kind="stable")[:SHORTLIST]
    return [int(place) for place in order if open_rank[place] > -np.inf]


def _expected_wrong(gap: Array, before: Array, after: Array) -> float:
    """The number of wrong sides expected once every deviation has shrunk from `before` to `after`.

    The measurement moves a mean m by a normal variable of variance before² - after². That the moved mean and the
    function are then on different sides is a double wedge of two normal variables, twice Owen's T function of m/before
    and after/sqrt(before² - after²) (Owen 1956, Ann. Math. Stat. 27, 1075).
    """
    moved = np.sqrt(np.maximum(np.square(before) - np.square(after), 0.0))
    slope = np.divide(after, moved, out=np.full(len(moved), np.inf), where=moved > 0.0)
    return 2.0 * float(owens_t(gap / before, slope).sum())
