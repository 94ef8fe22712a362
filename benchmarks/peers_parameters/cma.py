"""CMA-ES (pycma) on the unit cube: a random start, sigma 0.3, a restart with twice the population when it stops.

Whole numbers and levels are cells of equal width. A trial beyond a limit is given
the worst admissible value so far plus its excesses, so that the way back is visible.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import cma
import numpy as np

from benchmarks.peers_parameters.searcher import Contest
from benchmarks.peers_parameters.unit_box import setting_at
from simulators.test_functions.domain import Settings


class CmaSearcher:
    """Asks one generation at a time and hands it out point by point."""

    def __init__(self, contest: Contest, seed: int) -> None:
        """Raises ValueError for several objectives, which CMA-ES does not know."""
        if len(contest.problem.objectives) > 1:
            raise ValueError(f"{contest.name}: CMA-ES knows one objective.")
        self._problem = contest.problem
        self._seed = seed
        self._generator = np.random.default_rng(seed)
        self._population = 0
        self._worst = 0.0
        self._strategy: Any = None
        self._waiting: list[Any] = []
        self._answered: list[tuple[Any, float]] = []

    def ask(self) -> Settings:
        """The next point of the generation."""
        if self._strategy is None or (not self._waiting and self._strategy.stop()):
            self._start()
        if not self._waiting:
            self._waiting = list(self._strategy.ask())
            self._answered = []
        return {
            name: setting_at(axis, float(place))
            for (name, axis), place in zip(self._problem.domain.items(), self._waiting[0], strict=True)
        }

    def tell(self, measured: Mapping[str, float]) -> None:
        """Learn when the generation is complete."""
        self._answered.append((self._waiting.pop(0), self._loss(measured)))
        if not self._waiting:
            points, losses = zip(*self._answered, strict=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._strategy.tell(list(points), list(losses))

    def _loss(self, measured: Mapping[str, float]) -> float:
        value = measured[self._problem.objectives[0]]
        excess = sum(max(0.0, measured[limit.name] - limit.at_most) for limit in self._problem.limits)
        if excess > 0:
            return self._worst + excess
        self._worst = max(self._worst, value)
        return value

    def _start(self) -> None:
        dimension = len(self._problem.domain)
        options = {"bounds": [0, 1], "seed": self._seed + 1 + self._population, "verbose": -9}
        if self._population:
            options["popsize"] = 2 * self._population
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._strategy = cma.CMAEvolutionStrategy(self._generator.random(dimension), 0.3, options)
        self._population = self._strategy.popsize
