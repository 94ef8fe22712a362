"""From a history to the model of every outcome."""

import numpy as np

from optimizers.botorch.domain import Domain, Levels
from optimizers.botorch.evidence import Evidence
from optimizers.botorch.gaussian_process import GaussianProcess, Training, most_probable
from optimizers.botorch.settings import BotorchSettings
from optimizers.botorch.surrogate import Surrogate, with_helpful_tasks
from optimizers.botorch.teachers import Teachers
from optimizers.failures import learns_feasibility, padded
from optimizers.protocol import Problem

LABEL = "infeasible"


class Learner:
    """Fits a process to each outcome, from fixed starts; the last fit is kept for the same values only."""

    def __init__(self, settings: BotorchSettings, problem: Problem, domain: Domain, levels: Levels) -> None:
        self._settings, self._problem, self._domain = settings, problem, domain
        self.teachers = Teachers(problem, domain, len(levels))
        self.tasks = [f"{levels.parameter} = {value}" for value in levels.values[1:]] + self.teachers.names
        self._last: tuple[tuple[bytes, ...], Surrogate] | None = None

    def learn(self, evidence: Evidence) -> Surrogate:
        """The model of all outcomes."""
        trainings = self._trainings(evidence)
        key = tuple(array.tobytes() for one in trainings.values() for array in (one.points, one.values, one.errors))
        if self._last is None or self._last[0] != key:
            processes = tuple(with_helpful_tasks(self._fit, training) for training in trainings.values())
            self._last = key, Surrogate(tuple(trainings), processes, self._settings.device)
        return self._last[1]

    def _fit(self, training: Training) -> GaussianProcess:
        if self._settings.inference == "fully_bayesian":
            from optimizers.botorch.fully_bayesian import drawn

            return drawn(training, self._domain.layout, self._problem.seed, self._settings.device)
        return most_probable(self._settings, self._domain.layout, 1 + len(self.tasks), training, self._settings.device)

    def _trainings(self, evidence: Evidence) -> dict[str, Training]:
        """What the model of each outcome sees."""
        found: dict[str, Training] = {}
        rule = self._settings.infeasible
        for objective in self._problem.objectives:
            kept = padded(evidence.values[objective.name], evidence.standings, rule)
            own = Training(evidence.points[kept.places], kept.values, evidence.errors[objective.name][kept.places])
            found[objective.name] = self.teachers.added_to(own, objective.name)
        for limit in self._problem.constraints:
            done = evidence.completed
            values, errors = evidence.values[limit.name][done], evidence.errors[limit.name][done]
            own = Training(evidence.points[done], values, errors, rises=True)
            found[limit.name] = self.teachers.added_to(own, limit.name)
        if learns_feasibility(evidence.standings, rule):
            labels = np.where(evidence.completed, 0.0, 1.0)
            found[LABEL] = Training(evidence.points, labels, np.full(len(labels), np.nan), rises=True)
        return found
