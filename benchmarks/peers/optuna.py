"""Optuna: GPSampler over whole-number parameters, on pools that are full grids; it refits on every ask.

A list of candidates cannot be expressed. Nothing stops it from proposing a candidate twice, which then counts
as a trial like any other.
"""

import optuna
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.samplers import GPSampler
from optuna.trial import create_trial

from benchmarks.peers.grid import Grid
from benchmarks.peers.searcher import Search

optuna.logging.set_verbosity(optuna.logging.ERROR)


class OptunaSearcher:
    """One study in memory; finished trials are added to it, also those it did not ask for."""

    def __init__(self, search: Search) -> None:
        """Raises NotAGrid if the pool is not a full grid."""
        self._grid = Grid(search.pool)
        self._space: dict[str, BaseDistribution] = {
            f"x{column}": IntDistribution(0, size - 1) for column, size in enumerate(self._grid.sizes)
        }
        self._study = optuna.create_study(sampler=GPSampler(seed=search.seed, n_startup_trials=1))

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        levels = dict(zip(self._space, self._grid.levels(candidate), strict=True))
        self._study.add_trial(create_trial(params=levels, distributions=self._space, value=value))

    def ask(self) -> int:
        """The grid point of largest log expected improvement that its local search found."""
        trial = self._study.ask(self._space)
        chosen = self._grid.candidate(tuple(trial.params[name] for name in self._space))
        self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return chosen
