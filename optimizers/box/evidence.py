"""What a history says about the points of the encoded space."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizers.errors import MissingObservation
from optimizers.history import History, Parameters, Standing
from optimizers.objective import Objective
from optimizers.parameters import ParameterSpace

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """n ended trials in the order in which they ended, then m pending ones.

    `points` (n, D) are encoded; `values` (n,) are to be minimised, NaN where there is none; `errors` (n,) are standard
    errors, NaN where unknown. `pending` (m, D). `tried` holds the keys of all of them, `closed` of those that are not
    to be measured again even where measurements are noisy: pending ones, and those that brought no value. `last` is
    the number of the last trial, 0 before the first.
    """

    numbers: tuple[int, ...]
    points: Array
    values: Array
    errors: Array
    standings: tuple[Standing, ...]
    pending: Array
    tried: frozenset[Hashable]
    closed: frozenset[Hashable]
    last: int

    @property
    def measured(self) -> npt.NDArray[np.intp]:
        """The places of completed trials."""
        return np.flatnonzero(np.isfinite(self.values))

    @property
    def is_noisy(self) -> bool:
        """Whether some value is known to have a standard error."""
        return bool((self.errors > 0.0).any())


def read(history: History, space: ParameterSpace, objective: Objective) -> Evidence:
    """The evidence of a history.

    Raises MissingObservation for a completed trial without a finite value, UnusableSpace for parameters of another
    space.
    """
    ended = [trial for trial in history if trial.standing != "pending"]
    pending = [trial for trial in history if trial.standing == "pending"]
    values, errors = np.full(len(ended), np.nan), np.full(len(ended), np.nan)
    for place, trial in enumerate(ended):
        if trial.standing != "completed":
            continue
        seen = trial.observations.get(objective.name)
        if seen is None or not np.isfinite(seen.value):
            raise MissingObservation(
                f"trial {trial.number} is completed but holds no finite value of {objective.name!r}. "
                "Correct its outcome, or let its executor report the trial as failed."
            )
        values[place] = objective.sign * seen.value
        errors[place] = np.nan if seen.standard_error is None else seen.standard_error
    return Evidence(
        tuple(trial.number for trial in ended),
        _encoded(space, [trial.parameters for trial in ended]),
        values,
        errors,
        tuple(trial.standing for trial in ended),
        _encoded(space, [trial.parameters for trial in pending]),
        frozenset(space.key(trial.parameters) for trial in history),
        frozenset(space.key(trial.parameters) for trial in history if trial.standing != "completed"),
        max((trial.number for trial in history if trial.number > 0), default=0),
    )


def _encoded(space: ParameterSpace, settings: list[Parameters]) -> Array:
    return np.array([space.encode(one) for one in settings]).reshape(len(settings), space.dimension)
