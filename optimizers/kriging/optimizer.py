"""Kriging over a candidate pool, as an optimizer."""

from optimizers.history import History
from optimizers.kriging.engine import Engine
from optimizers.kriging.pool_search import PoolSearch
from optimizers.kriging.settings import KrigingSettings
from optimizers.proposal import Proposal
from optimizers.protocol import Problem


class Kriging:
    """Proposes candidates of a pool by an exact Gaussian process; the state between calls is a cache.

    Raises UnusableSpace for a space that is no pool and UnusableProblem for several objectives; methods raise an
    OptimizerError if the pool, a source or the history cannot be used.
    """

    def __init__(self, settings: KrigingSettings, problem: Problem) -> None:
        self._search = PoolSearch(
            settings, problem, lambda use_symmetry: Engine(settings, problem, use_symmetry=use_symmetry)
        )

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals."""
        return self._search.propose(history, count)

    def chance_of_better(self, history: History, delta: float) -> float:
        """Probability that a candidate without an outcome beats the best completed trial by more than `delta`."""
        engine, _ = self._search.engine(history)
        return engine.chance_of_better(engine.reader.read(history), delta)
