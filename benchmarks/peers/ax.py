"""Ax: a Client over whole-number ranges, on pools that are full grids; it refits on every ask.

A list of candidates cannot be expressed. Trials it did not ask for are attached, and count as its start.
"""

import logging
import warnings

import torch
from ax.api.client import Client
from ax.api.configs import RangeParameterConfig
from ax.utils.common.logger import set_ax_logger_levels

from benchmarks.peers.grid import Grid
from benchmarks.peers.searcher import Search

torch.set_num_threads(1)
OBJECTIVE = "value"


class AxSearcher:
    """`get_next_trials(1)` of its fast strategy."""

    def __init__(self, search: Search) -> None:
        """Raises NotAGrid if the pool is not a full grid."""
        set_ax_logger_levels(logging.ERROR)
        self._grid = Grid(search.pool)
        self._names = [f"x{column}" for column in range(len(self._grid.sizes))]
        self._client = Client(random_seed=search.seed)
        self._client.configure_experiment(
            parameters=[
                RangeParameterConfig(name=name, bounds=(0, size - 1), parameter_type="int")
                for name, size in zip(self._names, self._grid.sizes, strict=True)
            ]
        )
        self._client.configure_optimization(objective=f"-{OBJECTIVE}")
        self._client.configure_generation_strategy(
            method="fast", initialize_with_center=False, initialization_random_seed=search.seed
        )
        self._running: dict[int, int] = {}

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        levels = dict(zip(self._names, self._grid.levels(candidate), strict=True))
        trial = self._running.pop(candidate, None)
        if trial is None:
            trial = self._client.attach_trial(parameters=levels)
        self._client.complete_trial(trial, raw_data={OBJECTIVE: value})

    def ask(self) -> int:
        """The proposed grid point."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ((trial, levels),) = self._client.get_next_trials(max_trials=1).items()
        chosen = self._grid.candidate(tuple(int(levels[name]) for name in self._names))
        self._running[chosen] = trial
        return chosen
