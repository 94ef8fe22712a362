"""Finding the lowest way out of a cell, as an optimizer."""

from optimizers.history import History
from optimizers.kriging.pool_search import PoolSearch
from optimizers.optimistic_path.pathfinder import Outlook, Pathfinder
from optimizers.optimistic_path.settings import OptimisticPathSettings
from optimizers.proposal import Proposal
from optimizers.protocol import Problem


class OptimisticPath:
    """Proposes the points of a periodic grid that decide how high its lowest path is; state between calls is a cache.

    After Kanamori et al. 2018, Phys. Rev. B 97, 125124; the next point is the one of the path that is expected to be
    highest. Raises UnusableSpace for a space that is no list of candidates; methods raise an OptimizerError if the pool
    is no periodic grid or the history cannot be used.
    """

    def __init__(self, settings: OptimisticPathSettings, problem: Problem) -> None:
        self._search = PoolSearch(
            settings.kriging(), problem, lambda use_symmetry: Pathfinder(settings, problem, use_symmetry=use_symmetry)
        )

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals."""
        return self._search.propose(history, count)

    def outlook(self, history: History) -> Outlook | None:
        """What the ended trials tell of the lowest way out; None as long as the initial trials are out."""
        engine, _ = self._search.engine(history)
        evidence = engine.reader.read(history)
        return None if engine.is_starting(evidence) else engine.outlook(evidence)

    def chance_of_better(self, history: History, delta: float) -> float:  # noqa: ARG002
        """0 once the path is certified and a later trial says so, else 1: here "better" is a lower path.

        The proposal of that later trial carries the barrier in its reasons.
        """
        shorter = self.outlook(History(history.trials[:-1])) if len(history) > 1 else None
        return 0.0 if shorter is not None and shorter.certified else 1.0
