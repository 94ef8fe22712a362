"""Ax as its documentation shows it: a Client with the default strategy (centre, Sobol, then Bayesian optimization).

Where the standard error is known it is told; otherwise Ax infers the noise, as it does by default.
"""

import logging
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from ax.utils.common.logger import set_ax_logger_levels

from benchmarks.peers_parameters.searcher import Contest
from simulators.test_functions.domain import Axis, Interval, Settings, Whole

torch.set_num_threads(1)


class AxSearcher:
    """`get_next_trials(1)` and `complete_trial`."""

    def __init__(self, contest: Contest, seed: int) -> None:
        set_ax_logger_levels(logging.ERROR)
        problem = contest.problem
        self._standard_error = contest.standard_error
        self._client = Client(random_seed=seed)
        self._client.configure_experiment(parameters=[_parameter(*it) for it in problem.domain.items()])
        limits = [f"{limit.name} <= {limit.at_most!r}" for limit in problem.limits]
        thresholds = [f"{name} <= {at!r}" for name, at in zip(problem.objectives, problem.reference, strict=False)]
        self._client.configure_optimization(
            objective=", ".join(f"-{name}" for name in problem.objectives), outcome_constraints=[*limits, *thresholds]
        )
        self._trial = 0

    def ask(self) -> Settings:
        """What Ax proposes."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ((self._trial, settings),) = self._client.get_next_trials(max_trials=1).items()
        return settings

    def tell(self, measured: Mapping[str, float]) -> None:
        """Complete the trial that was asked for."""
        data: dict[str, Any] = dict(measured)
        if self._standard_error:
            data = {name: (value, self._standard_error) for name, value in measured.items()}
        self._client.complete_trial(self._trial, raw_data=data)


def _parameter(name: str, axis: Axis) -> RangeParameterConfig | ChoiceParameterConfig:
    if isinstance(axis, Interval):
        scaling = "log" if axis.log else "linear"
        return RangeParameterConfig(name, (axis.low, axis.high), parameter_type="float", scaling=scaling)
    if isinstance(axis, Whole):
        return RangeParameterConfig(name, (axis.low, axis.high), parameter_type="int")
    return ChoiceParameterConfig(name, list(axis.values), parameter_type="str", is_ordered=axis.ordered)
