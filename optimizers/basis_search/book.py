"""What is known of each rotation: the history of a campaign, looked up by parameters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizers.history import History, Parameters, Trial
from optimizers.rotation import RotationSpace

EFFORT = "effort"
"""The parameter that says how many times the usual sweeps a trial gets."""
DIGITS = 9
"""Rotations whose parameters agree to so many decimals are one."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Entry:
    """A trial as the search sees it: `cost` is to be minimised, infinite without a value, None while it is pending."""

    trial: Trial
    rotation: Array
    cost: float | None
    error: float
    effort: int


class Book:
    """The entries of a history, in its order. `name` is the value that is followed, `sign` makes it a cost."""

    def __init__(self, space: RotationSpace, history: History, name: str, sign: float) -> None:
        self._space = space
        self.entries = [self._entry(trial, name, sign) for trial in history]
        self._known = {self._key(entry.trial.parameters, entry.effort): entry for entry in self.entries}

    @property
    def next_number(self) -> int:
        """The number of the next trial."""
        return max((entry.trial.number for entry in self.entries), default=0) + 1

    @property
    def measured(self) -> list[Entry]:
        """The entries with a value."""
        return [entry for entry in self.entries if entry.cost is not None and np.isfinite(entry.cost)]

    def until(self, number: int) -> list[Entry]:
        """The entries of the trials up to `number`, by number."""
        chosen = [entry for entry in self.entries if entry.trial.number <= number]
        return sorted(chosen, key=lambda entry: entry.trial.number)

    def find(self, parameters: Parameters, effort: int) -> Entry | None:
        """The entry of a rotation measured with that effort."""
        return self._known.get(self._key(parameters, effort))

    def _entry(self, trial: Trial, name: str, sign: float) -> Entry:
        seen = trial.observations.get(name) if trial.standing == "completed" else None
        cost = None if trial.standing == "pending" else np.inf if seen is None else sign * seen.value
        return Entry(
            trial=trial,
            rotation=self._space.rotation(trial.parameters),
            cost=cost,
            error=(seen.standard_error or 0.0) if seen is not None else 0.0,
            effort=effort_of(trial.parameters),
        )

    def _key(self, parameters: Parameters, effort: int) -> tuple[float, ...]:
        numbers = (float(parameters[name] or 0.0) for name in self._space.names)
        return (*(round(number, DIGITS) for number in numbers), float(effort))


def effort_of(parameters: Parameters) -> int:
    """The effort that the parameters ask for; 1 when they do not say."""
    effort = parameters.get(EFFORT)
    return int(effort) if isinstance(effort, (int, float)) else 1
