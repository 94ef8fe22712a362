"""Our kriging, through the public interface that a campaign uses: one `propose` per trial, on the whole history."""

from benchmarks.peers.searcher import Search
from optimizers import History, Objective, Observation, Problem, Trial
from optimizers.kriging.settings import KrigingSettings

OBJECTIVE = Objective("value")


class JunkanSearcher:
    """A warm optimizer with its default settings; the history it is handed grows by one trial at a time."""

    def __init__(self, search: Search) -> None:
        settings = KrigingSettings(refit=1) if search.schedule == "every" else KrigingSettings()
        self._pool = search.pool
        self._optimizer = settings.build(Problem(space=search.pool, objective=OBJECTIVE, seed=search.seed))
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
