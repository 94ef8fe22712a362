"""What random search would have needed: the measure beside every count of trials."""


def expected_trials(candidates: int, successes: int) -> float:
    """Mean number of random trials, without repetition, until one of `successes` among `candidates` is found.

    (N + 1)/(K + 1), the mean of the negative hypergeometric distribution for the first success.
    Raises ValueError unless 1 <= successes <= candidates.
    """
    if not 1 <= successes <= candidates:
        raise ValueError(f"there must be between 1 and {candidates=} successes, not {successes=}")
    return (candidates + 1) / (successes + 1)
