"""Optuna as its documentation shows it: a study with TPESampler (its default) or with GPSampler.

A categorical parameter of Optuna has no order, so ordered levels are given as whole numbers.
"""

from collections.abc import Mapping

import optuna
import torch
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, GPSampler, TPESampler

from benchmarks.peers_parameters.searcher import Contest
from simulators.test_functions.domain import Axis, Interval, Levels, Settings, Whole

torch.set_num_threads(1)
optuna.logging.set_verbosity(optuna.logging.ERROR)


class OptunaSearcher:
    """`ask`, `set_constraint` where there are limits, `tell`."""

    def __init__(self, contest: Contest, sampler: BaseSampler) -> None:
        self._problem = contest.problem
        self._distributions = {name: _distribution(axis) for name, axis in self._problem.domain.items()}
        directions = ["minimize"] * len(self._problem.objectives)
        self._study = optuna.create_study(sampler=sampler, directions=directions)
        self._trial: optuna.Trial | None = None

    def ask(self) -> Settings:
        """What the sampler proposes."""
        self._trial = self._study.ask(self._distributions)
        return {name: _setting(axis, self._trial.params[name]) for name, axis in self._problem.domain.items()}

    def tell(self, measured: Mapping[str, float]) -> None:
        """Complete the trial that was asked for."""
        assert self._trial is not None
        for limit in self._problem.limits:
            self._trial.set_constraint(limit.name, measured[limit.name] - limit.at_most)
        self._study.tell(self._trial, [measured[name] for name in self._problem.objectives])


class TpeSearcher(OptunaSearcher):
    """The tree of Parzen estimators."""

    def __init__(self, contest: Contest, seed: int) -> None:
        super().__init__(contest, TPESampler(seed=seed))


class GpSearcher(OptunaSearcher):
    """The Gaussian process."""

    def __init__(self, contest: Contest, seed: int) -> None:
        super().__init__(contest, GPSampler(seed=seed))


def _distribution(axis: Axis) -> BaseDistribution:
    if isinstance(axis, Interval):
        return FloatDistribution(axis.low, axis.high, log=axis.log)
    if isinstance(axis, Whole):
        return IntDistribution(axis.low, axis.high)
    return IntDistribution(0, len(axis.values) - 1) if axis.ordered else CategoricalDistribution(axis.values)


def _setting(axis: Axis, found: float | int | str) -> float | int | str:
    return axis.values[int(found)] if isinstance(axis, Levels) and axis.ordered else found
