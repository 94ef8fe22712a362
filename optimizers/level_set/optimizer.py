"""Finding a level set, as an optimizer."""

from optimizers.history import History
from optimizers.kriging.pool_search import PoolSearch
from optimizers.level_set.frontier import Frontier
from optimizers.level_set.settings import LevelSetSettings
from optimizers.proposal import Proposal
from optimizers.protocol import Problem
from optimizers.survey import Survey


class LevelSet:
    """Proposes candidates that tell where the objective crosses a level; the state between calls is a cache.

    Raises UnusableSpace for a space that is no list of candidates and UnusableProblem for several objectives; methods
    raise an OptimizerError if the pool or the history cannot be used.
    """

    def __init__(self, settings: LevelSetSettings, problem: Problem) -> None:
        self._search = PoolSearch(
            settings.kriging(), problem, lambda use_symmetry: Frontier(settings, problem, use_symmetry=use_symmetry)
        )

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals."""
        return self._search.propose(history, count)

    def survey(self, history: History) -> Survey:
        """On which side of the level each candidate is, and how sure that is."""
        engine, _ = self._search.engine(history)
        return engine.survey(engine.reader.read(history))
