"""What random search would have needed: the measure beside every count of trials."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class RandomSearch:
    """Random search over a finished landscape.

    `best` is the best value of the table (objective's unit), `successes` how many of its `candidates` come near
    enough to it, `without_value` how many have no value, `expected_trials` the mean number of random trials,
    without repetition, until the first success.
    """

    candidates: int
    without_value: int
    best: float
    successes: int
    expected_trials: float


def expected_trials(candidates: int, successes: int) -> float:
    """Mean number of random trials, without repetition, until one of `successes` among `candidates` is found.

    (N + 1)/(K + 1), the mean of the negative hypergeometric distribution for the first success.
    Raises ValueError unless 1 <= successes <= candidates.
    """
    if not 1 <= successes <= candidates:
        raise ValueError(f"there must be between 1 and {candidates=} successes, not {successes=}")
    return (candidates + 1) / (successes + 1)


def random_search(
    table: Path, objective: str, within: float, goal: Literal["minimize", "maximize"] = "minimize"
) -> RandomSearch:
    """What random search needs to come `within` (objective's unit) of the best value in the column `objective`.

    `table` is a CSV or Parquet file with one row for every candidate; candidates without a value count as trials,
    never as successes. Raises OSError if it cannot be read, KeyError if it lacks the column, ValueError if the
    column holds no value.
    """
    import numpy as np
    import pandas as pd

    frame = pd.read_parquet(table) if table.suffix == ".parquet" else pd.read_csv(table)
    values = frame[objective].to_numpy(dtype=float) * (1.0 if goal == "minimize" else -1.0)
    finite = values[np.isfinite(values)]
    if not len(finite):
        raise ValueError(f"{table}: the column '{objective}' holds no value")
    successes = int(np.sum(finite <= finite.min() + within))
    return RandomSearch(
        candidates=len(values),
        without_value=len(values) - len(finite),
        best=float(finite.min()) * (1.0 if goal == "minimize" else -1.0),
        successes=successes,
        expected_trials=expected_trials(len(values), successes),
    )
