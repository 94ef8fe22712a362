"""What Ax is told of a history."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

import numpy as np

from optimizers.ax_client.axis import AxValue
from optimizers.ax_client.translation import Translation
from optimizers.errors import MissingObservation
from optimizers.failures import Rule, learns_feasibility, padded
from optimizers.history import History, Observation, Standing, Trial
from optimizers.protocol import Problem

Status = Literal["completed", "failed", "abandoned", "running"]
Reading = tuple[float, float]
"""A mean and its standard error; NaN for one that is to be estimated."""

FEASIBLE = "feasible"
LIMIT = 0.5
"""Feasible trials are 1 and infeasible ones 0."""


@dataclass(frozen=True)
class Told:
    """One trial as Ax hears of it: `readings` by metric."""

    number: int
    parameters: Mapping[str, AxValue]
    status: Status
    readings: Mapping[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """The trials in history order, and the constraints on metrics that can be asked for by now."""

    trials: tuple[Told, ...]
    limits: tuple[str, ...]


class Reader:
    """Reads histories for Ax: objectives, turned so that smaller is better, are the metrics m0, m1, ..., constrained
    quantities c0, c1, ...
    """

    def __init__(self, problem: Problem, translation: Translation, infeasible: Rule, noise: str) -> None:
        self._problem, self._translation, self._rule = problem, translation, infeasible
        self._unknown_error = math.nan if noise == "fit" else 0.0

    def read(self, history: History) -> Evidence:
        """Trials at which some parameter has no place in the space are left out. Raises MissingObservation."""
        trials = [(trial, place) for trial in history if (place := self._place(trial)) is not None]
        readings = self._readings([trial for trial, _ in trials])
        told = tuple(
            Told(trial.number, place, _status(trial, found), found)
            for (trial, place), found in zip(trials, readings, strict=True)
        )
        return Evidence(told, self._limits(told))

    def _place(self, trial: Trial) -> dict[str, AxValue] | None:
        try:
            return self._translation.to_ax(trial.parameters)
        except ValueError:
            return None

    def _readings(self, trials: Sequence[Trial]) -> list[dict[str, Reading]]:
        found: list[dict[str, Reading]] = [{} for _ in trials]
        standings = [trial.standing for trial in trials]
        for number, objective in enumerate(self._problem.objectives):
            seen = [_required(trial, objective.name) if trial.standing == "completed" else None for trial in trials]
            for place, reading in self._padded(self._complete(seen, objective.sign), standings).items():
                found[place][f"m{number}"] = reading
        for number, constraint in enumerate(self._problem.constraints):
            measured = [_observed(trial, constraint.name) for trial in trials]
            for place, reading in self._complete(measured).items():
                found[place][f"c{number}"] = reading
        if learns_feasibility(standings, self._rule):
            for place, standing in enumerate(standings):
                if standing in ("completed", "infeasible"):
                    found[place][FEASIBLE] = (float(standing == "completed"), math.nan)
        return found

    def _complete(self, seen: Sequence[Observation | None], sign: float = 1.0) -> dict[int, Reading]:
        """Ax wants standard errors of all values of a metric or of none: missing ones are the median of the others."""
        known = [one.standard_error for one in seen if one is not None and one.standard_error is not None]
        missing = median(known) if known else self._unknown_error
        return {
            place: (sign * one.value, missing if one.standard_error is None else one.standard_error)
            for place, one in enumerate(seen)
            if one is not None
        }

    def _padded(self, seen: dict[int, Reading], standings: Sequence[Standing]) -> dict[int, Reading]:
        """With the values that stand in for infeasible trials, as uncertain as the others typically are."""
        values = np.array([seen[place][0] if place in seen else math.nan for place in range(len(standings))])
        filled = padded(values, standings, self._rule)
        error = median(error for _, error in seen.values()) if seen else math.nan
        return {
            int(place): seen.get(int(place), (float(value), error))
            for place, value in zip(filled.places, filled.values, strict=True)
        }

    def _limits(self, told: Sequence[Told]) -> tuple[str, ...]:
        """Limits on metrics of which there is data; Ax cannot model the others yet."""
        known = {metric for one in told for metric in one.readings}
        limits = [f"{FEASIBLE} >= {LIMIT!r}"] if FEASIBLE in known else []
        for number, constraint in enumerate(self._problem.constraints):
            if f"c{number}" in known:
                limits += [] if constraint.at_least is None else [f"c{number} >= {float(constraint.at_least)!r}"]
                limits += [] if constraint.at_most is None else [f"c{number} <= {float(constraint.at_most)!r}"]
        if len(self._problem.objectives) > 1:
            for number, objective in enumerate(self._problem.objectives):
                if objective.threshold is not None:
                    limits.append(f"m{number} <= {objective.sign * objective.threshold!r}")
        return tuple(limits)


def _status(trial: Trial, readings: Mapping[str, Reading]) -> Status:
    match trial.standing:
        case "completed" | "infeasible":
            return "completed" if readings else "failed"
        case "pending":
            return "running"
    return "abandoned"


def _observed(trial: Trial, name: str) -> Observation | None:
    return trial.observations.get(name) if trial.standing == "completed" else None


def _required(trial: Trial, name: str) -> Observation:
    found = trial.observations.get(name)
    if found is None:
        raise MissingObservation(
            f"trial {trial.number} is completed but has no value for {name}. It has: "
            f"{', '.join(trial.observations) or 'none'}."
        )
    return found
