"""The processes of all outcomes, each learning from what helps it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from botorch.models.model import Model
from botorch.models.model_list_gp_regression import ModelListGP

from optimizers.botorch.gaussian_process import GaussianProcess, Training
from optimizers.botorch.kernels import correlations
from optimizers.botorch.layout import Array

GAIN = 1.0
"""By how much another task must raise the log density of the values on the target."""
LEAST_VALUES = 5
"""Values on the target below which every other task is trusted."""

Fit = Callable[[Training], GaussianProcess]


@dataclass(frozen=True, eq=False)
class Surrogate:
    """One process per outcome: the objectives, the constraints, then the label of infeasible trials if there is one."""

    names: tuple[str, ...]
    processes: tuple[GaussianProcess, ...]
    device: str

    @property
    def model(self) -> Model:
        """All outcomes as one model of BoTorch."""
        models = [process.model for process in self.processes]
        return models[0] if len(models) == 1 else ModelListGP(*models)

    def tensor(self, points: Array) -> torch.Tensor:
        """Points on the device of the model."""
        return torch.as_tensor(points, dtype=torch.float64, device=self.device)

    def believing(self, points: Array) -> "Surrogate":
        """The same after trials at `points` have returned their means."""
        if not len(points):
            return self
        at = self.tensor(points)
        return Surrogate(self.names, tuple(process.believing(at) for process in self.processes), self.device)


def with_helpful_tasks(fit: Fit, training: Training) -> GaussianProcess:
    """The process that learns from the target and from those other tasks that help to predict it.

    A task helps if the values on the target are predicted from each other and from it with a log density that is
    larger by 1 than without it; fewer than five values on the target say little about that, and all are trusted.
    """
    others = sorted(set(training.tasks.tolist()) - {0})
    if not others or int((training.tasks == 0).sum()) < LEAST_VALUES:
        return fit(training)
    alone = fit(training.among([0]))
    density = alone.left_out_density()
    pairs = {task: fit(training.among([0, task])) for task in others}
    kept = [task for task, pair in pairs.items() if pair.left_out_density() >= density + GAIN]
    if len(kept) > 1:
        return fit(training.among([0, *kept]))
    return pairs[kept[0]] if kept else alone


def likeness(process: GaussianProcess, names: Sequence[str]) -> list[dict[str, Any]]:
    """For each task but the target: its correlation with it, or that it was left out."""
    found = correlations(process.kernel)
    present = set(process.tasks)
    return [
        {"name": name, "correlation": found[task - 1]}
        if task in present
        else {"name": name, "left_out": f"the {_values(process)} values on the target are predicted better without it"}
        for task, name in enumerate(names, start=1)
    ]


def information(process: GaussianProcess, point: torch.Tensor, tasks: Sequence[int]) -> Array:
    """Share of the variance of the target at `point` that one trial there on each task would remove, shape (tasks,).

    Cov² / (Var_task + noise) / Var_target; 0 for a task that the process does not learn from.
    """
    both = torch.stack([_on(point, 0), *(_on(point, task) for task in tasks)])
    matrix = process.covariance(both)
    variance = float(matrix[0, 0])
    if variance <= 0.0:
        return np.zeros(len(tasks))
    shares = [
        matrix[0, place] ** 2 / (matrix[place, place] + process.noises[task]) / variance
        if task in process.tasks
        else 0.0
        for place, task in enumerate(tasks, start=1)
    ]
    return np.array(shares)


def _on(point: torch.Tensor, task: int) -> torch.Tensor:
    moved = point.clone()
    moved[-1] = task
    return moved


def _values(process: GaussianProcess) -> int:
    return int((process.training.tasks == 0).sum())
