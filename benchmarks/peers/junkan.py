"""Our kriging, through the public interface that a campaign uses: one `propose` per trial, on the whole history."""

from typing import Any

from benchmarks.peers.searcher import Search
from optimizers import History, Objective, Observation, Problem, Trial
from optimizers.kriging.settings import KrigingSettings

OBJECTIVE = Objective("value")


class JunkanSearcher:
    """A warm optimizer, with its default settings unless others are named; its history grows by one trial at a time."""

    def __init__(self, search: Search, **settings: Any) -> None:
        chosen = KrigingSettings(**settings, refit=1) if search.schedule == "every" else KrigingSettings(**settings)
        self._pool = search.pool
        self._optimizer = chosen.build(Problem(space=search.pool, objectives=(OBJECTIVE,), seed=search.seed))
        self._trials: tuple[Trial, ...] = ()

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        trial = Trial(
            number=len(self._trials),
            parameters=self._pool.parameters(candidate),
            standing="completed",
            candidate=candidate,
            observations={OBJECTIVE.name: Observation(value)},
        )
        self._trials += (trial,)

    def ask(self) -> int:
        """The proposed candidate."""
        (proposal,) = self._optimizer.propose(History(self._trials), 1)
        if proposal.candidate is None:
            raise RuntimeError("a proposal for a pool names its candidate")
        return proposal.candidate


class JunkanWithoutSymmetry(JunkanSearcher):
    """The control that is told nothing about the symmetry of the pool."""

    def __init__(self, search: Search) -> None:
        super().__init__(search, symmetry="ignore")
