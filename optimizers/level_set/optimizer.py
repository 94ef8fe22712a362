"""Finding a level set, as an optimizer."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from optimizers.history import History
from optimizers.kriging.pool_search import PoolSearch
from optimizers.level_set.frontier import Frontier
from optimizers.level_set.mesh import Mesh
from optimizers.level_set.settings import LevelSetSettings
from optimizers.parameters.space import ParameterSpace
from optimizers.proposal import Proposal
from optimizers.protocol import Problem
from optimizers.survey import Survey

if TYPE_CHECKING:
    import pandas as pd


class LevelSet:
    """Proposes candidates that tell where the objective crosses a level; the state between calls is a cache.

    Raises UnusableSpace for a space of rotations and UnusableProblem for several objectives; methods raise an
    OptimizerError if the space or the history cannot be used.
    """

    def __init__(self, settings: LevelSetSettings, problem: Problem) -> None:
        self._mesh: Mesh | None = None
        if isinstance(problem.space, ParameterSpace):
            self._mesh = Mesh(problem.space, settings.mesh, problem.seed)
            problem = replace(problem, space=self._mesh.pool)
        self._pool = problem.pool
        self._search = PoolSearch(settings.kriging(), problem, partial(_frontier, settings, problem))

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals."""
        if self._mesh is None:
            return self._search.propose(history, count)
        return [self._mesh.decoded(one) for one in self._search.propose(self._mesh.encoded(history), count)]

    def survey(self, history: History) -> Survey:
        """On which side of the level each candidate is, and how sure that is."""
        seen = history if self._mesh is None else self._mesh.encoded(history)
        engine, _ = self._search.engine(seen)
        return engine.survey(engine.reader.read(seen))

    def surveyed(self) -> "pd.DataFrame":
        """The candidates that a survey speaks of, one row each: the list, or settings of a space of parameters."""
        return self._pool.table if self._mesh is None else self._mesh.table


def _frontier(settings: LevelSetSettings, problem: Problem, use_symmetry: bool) -> Frontier:
    return Frontier(settings, problem, use_symmetry=use_symmetry)
