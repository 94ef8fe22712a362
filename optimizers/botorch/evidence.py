"""What a history says: values at points, points that are closed, trials still out."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np

from optimizers.botorch.domain import TARGET, Domain
from optimizers.botorch.layout import Array
from optimizers.errors import MissingObservation
from optimizers.history import History, Standing, Trial
from optimizers.protocol import Problem


@dataclass(frozen=True, eq=False)
class Evidence:
    """A history, read.

    `points`, shape (n, width), are the completed and infeasible trials in history order, `numbers` their trial
    numbers, `standings` which they are. `values` and `errors` hold n numbers for each outcome, objectives turned so
    that smaller is better; NaN where there is none. `admissible` says which trials are completed on the target and
    keep the constraints. `pending` are trials still out, `touched` all points that need no second trial, `closed` the
    keys of everything tried. `length` is the number of trials.
    """

    points: Array
    numbers: tuple[int, ...]
    standings: tuple[Standing, ...]
    values: Mapping[str, Array]
    errors: Mapping[str, Array]
    admissible: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    pending: Array
    touched: Array
    closed: frozenset[Hashable]
    length: int

    @property
    def completed(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which of the trials are completed, shape (n,)."""
        return np.array([standing == "completed" for standing in self.standings], dtype=np.bool_)

    @property
    def on_target(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which of the trials are completed on the target, shape (n,)."""
        kept: np.ndarray[tuple[int], np.dtype[np.bool_]] = self.completed & (self.points[:, -1] == TARGET)
        return kept

    @property
    def pending_on_target(self) -> Array:
        """The trials that are out on the target, shape (·, width)."""
        kept: Array = self.pending[self.pending[:, -1] == TARGET]
        return kept

    @property
    def pending_elsewhere(self) -> Array:
        """The trials that are out at other fidelities, shape (·, width)."""
        kept: Array = self.pending[self.pending[:, -1] != TARGET]
        return kept


def read(history: History, domain: Domain, problem: Problem) -> Evidence:
    """The evidence in `history`. Raises MissingObservation, UnknownCandidate and UnusableSpace."""
    data = history.standing("completed", "infeasible")
    width = domain.layout.width
    points = _stacked([domain.point(trial) for trial in data], width)
    observed = [_observed(trial, problem) for trial in data]
    limits = problem.constraints
    signs = {one.name: one.sign for one in problem.objectives} | {one.name: 1.0 for one in problem.constraints}
    kept = [
        trial.standing == "completed"
        and point[-1] == TARGET
        and all(limit.admits(seen[limit.name][0]) for limit in limits)
        for trial, point, seen in zip(data, points, observed, strict=True)
    ]
    return Evidence(
        points=points,
        numbers=tuple(trial.number for trial in data),
        standings=tuple(trial.standing for trial in data),
        values={name: np.array([sign * seen[name][0] for seen in observed]) for name, sign in signs.items()},
        errors={name: np.array([seen[name][1] for seen in observed]) for name in signs},
        admissible=np.array(kept, dtype=np.bool_),
        pending=_stacked([domain.point(trial) for trial in history.standing("pending")], width),
        touched=_stacked([domain.point(trial) for trial in history if trial.standing != "void"], width),
        closed=frozenset(domain.key(trial) for trial in history),
        length=len(history),
    )


def _stacked(points: list[Array], width: int) -> Array:
    return np.array(points, dtype=np.float64).reshape(len(points), width)


def _observed(trial: Trial, problem: Problem) -> dict[str, tuple[float, float]]:
    """Value and standard error of every outcome; NaN where there is none."""
    names = [one.name for one in problem.objectives] + [one.name for one in problem.constraints]
    if trial.standing != "completed":
        return dict.fromkeys(names, (np.nan, np.nan))
    return {name: observation(trial, name) for name in names}


def observation(trial: Trial, name: str) -> tuple[float, float]:
    """The value of an outcome and its standard error, NaN if that is unknown. Raises MissingObservation."""
    found = trial.observations.get(name)
    if found is None or not isfinite(found.value):
        raise MissingObservation(
            f"Trial {trial.number} is completed but holds no finite value of {name!r}. "
            f"It holds: {', '.join(trial.observations) or 'nothing'}."
        )
    error = found.standard_error
    return found.value, np.nan if error is None or not isfinite(error) else error
