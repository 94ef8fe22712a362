"""Earlier campaigns as further tasks of the model."""

from dataclasses import dataclass

import numpy as np

from optimizers.botorch.domain import Domain
from optimizers.botorch.evidence import observation
from optimizers.botorch.gaussian_process import Training
from optimizers.botorch.layout import Array, on_task
from optimizers.errors import OptimizerError
from optimizers.protocol import Problem


@dataclass(frozen=True, eq=False)
class Teacher:
    """The values of an earlier campaign, by outcome, at points of this one."""

    name: str
    values: dict[str, tuple[Array, Array, Array]]


class Teachers:
    """The sources of a problem; source number k is task `first` + k. Those that are of no use are `refused`."""

    def __init__(self, problem: Problem, domain: Domain, first: int) -> None:
        self.first = first
        signs = {one.name: one.sign for one in problem.objectives} | {one.name: 1.0 for one in problem.constraints}
        self.refused: dict[str, str] = {}
        self.usable: list[Teacher] = []
        for source in problem.sources:
            try:
                pairs = list(domain.taught(source))
                values: dict[str, tuple[Array, Array, Array]] = {}
                for name, sign in signs.items():
                    seen = np.array([observation(trial, name) for trial, _ in pairs]) * [[sign, 1.0]]
                    points = on_task(np.array([point for _, point in pairs]), first + len(self.usable))
                    values[name] = (points, seen[:, 0], seen[:, 1])
            except OptimizerError as error:
                self.refused[source.name] = str(error)
                continue
            self.usable.append(Teacher(source.name, values))

    @property
    def names(self) -> list[str]:
        """The names of the usable sources."""
        return [teacher.name for teacher in self.usable]

    def added_to(self, training: Training, outcome: str) -> Training:
        """The values of this campaign and those of all sources."""
        taught = [teacher.values[outcome] for teacher in self.usable]
        if not taught:
            return training
        points, values, errors = zip(*taught, strict=True)
        return Training(
            np.concatenate([training.points, *points]),
            np.concatenate([training.values, *values]),
            np.concatenate([training.errors, *errors]),
            training.rises,
        )
