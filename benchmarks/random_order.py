"""Random search without replacement, exactly: the law of the first success.

With K good candidates among N, tried in random order, the first success falls on trial t with the negative
hypergeometric law; P(T > t) = C(N - K, t) / C(N, t). (Johnson, Kemp and Kotz 2005, Univariate Discrete
Distributions, section 6.2.2.)
"""

ROUNDING = 1e-12


def quantile_of_first_success(candidates: int, good: int, probability: float) -> int:
    """The smallest t with P(T <= t) >= probability, for a probability in (0, 1]."""
    _check(candidates, good)
    if not 0.0 < probability <= 1.0:
        raise ValueError(f"a probability lies in (0, 1], not {probability=}")
    unsolved, trials = 1.0, 0
    while unsolved > 1.0 - probability + ROUNDING:
        unsolved *= (candidates - good - trials) / (candidates - trials)
        trials += 1
    return trials


def solved_share(candidates: int, good: int, trials: int) -> float:
    """P(T <= trials)."""
    _check(candidates, good)
    unsolved = 1.0
    for tried in range(min(trials, candidates)):
        unsolved *= max(candidates - good - tried, 0) / (candidates - tried)
    return 1.0 - unsolved


def _check(candidates: int, good: int) -> None:
    if not 1 <= good <= candidates:
        raise ValueError(f"between 1 and all candidates count as success, not {good=} of {candidates=}")
