"""What a history says about a pool: values to condition on, candidates that are taken, trials still out."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

from optimizers.errors import MissingObservation, UnknownCandidate
from optimizers.history import History, Trial
from optimizers.kriging.features import FeatureMap, Points
from optimizers.kriging.posterior import Datum
from optimizers.objective import Objective
from optimizers.pool import CandidatePool


@dataclass(frozen=True)
class Evidence:
    """`data` are completed and infeasible trials in history order, `measured` the completed trials among them."""

    data: tuple[Datum, ...]
    trials: tuple[Trial, ...]
    pending: tuple[Points, ...]
    taken: frozenset[int]
    settled: frozenset[int]
    length: int


class Atlas:
    """The pool as classes of equivalent candidates."""

    def __init__(self, pool: CandidatePool, *, use_symmetry: bool) -> None:
        self.pool = pool
        self.features = FeatureMap.of(pool, use_symmetry=use_symmetry)
        points = self.features.points(pool.table)
        self.class_of = self.features.classes(self.features.cloud(points))
        _, self.first = np.unique(self.class_of, return_index=True)
        self.points = points.at(self.first)
        self.classes = self.features.cloud(self.points)
        self._members = np.argsort(self.class_of, kind="stable")
        self._starts = np.searchsorted(self.class_of[self._members], np.arange(len(self.first) + 1))

    def members(self, number: int) -> npt.NDArray[np.intp]:
        """The candidates of a class, in ascending order."""
        return self._members[self._starts[number] : self._starts[number + 1]]

    def locate(self, trial: Trial) -> tuple[object, Points]:
        """A key for the trial's point, equal for equivalent candidates, and the point itself."""
        if trial.candidate is None:
            return tuple(sorted(trial.parameters.items())), self.features.point(trial.parameters)
        if not 0 <= trial.candidate < len(self.pool):
            raise UnknownCandidate(
                f"Trial {trial.number} is candidate {trial.candidate}, but the pool holds {len(self.pool)} candidates. "
                "Was the space of the campaign changed? Give the changed campaign a new name."
            )
        number = int(self.class_of[trial.candidate])
        return number, self.points.at([number])


def evidence(atlas: Atlas, objective: Objective, history: History, *, keep_infeasible: bool) -> Evidence:
    """Read `history`. Raises UnknownCandidate and MissingObservation."""
    data: list[Datum] = []
    trials: list[Trial] = []
    pending: list[Points] = []
    taken: set[int] = set()
    settled: set[int] = set()
    for trial in history:
        key, points = atlas.locate(trial)
        if trial.candidate is not None:
            taken.add(trial.candidate)
            if trial.standing != "void":
                settled.add(int(atlas.class_of[trial.candidate]))
        if trial.standing == "completed":
            value, error = _observed(trial, objective)
            data.append(Datum(key, points, objective.sign * value, error))
            trials.append(trial)
        elif trial.standing == "infeasible" and keep_infeasible:
            data.append(Datum(key, points, None))
            trials.append(trial)
        elif trial.standing == "pending":
            pending.append(points)
    return Evidence(tuple(data), tuple(trials), tuple(pending), frozenset(taken), frozenset(settled), len(history))


def _observed(trial: Trial, objective: Objective) -> tuple[float, float | None]:
    observation = trial.observations.get(objective.name)
    if observation is None or not isfinite(observation.value):
        raise MissingObservation(
            f"Trial {trial.number} is completed but holds no finite value of {objective.name!r}. "
            f"It holds: {', '.join(trial.observations) or 'nothing'}."
        )
    return observation.value, observation.standard_error
