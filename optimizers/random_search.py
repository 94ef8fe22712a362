"""Random search: every untried candidate is equally likely. The control that every other optimizer is compared with."""

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from optimizers.history import History
from optimizers.proposal import Proposal
from optimizers.protocol import Problem

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class RandomSettings(BaseModel):
    """Candidates in random order, without replacement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["random"] = "random"

    def build(self, problem: Problem) -> "RandomSearch":
        """The optimizer for `problem`."""
        return RandomSearch(problem)


class RandomSearch:
    """Walks through one permutation of the pool, drawn from the campaign's seed, and skips what was tried."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._order: npt.NDArray[np.intp] | None = None

    def propose(self, history: History, count: int) -> list[Proposal]:
        """The next `count` candidates of the permutation that are not in `history`."""
        tried = {trial.candidate for trial in history}
        chosen: list[int] = []
        for candidate in self._permutation().tolist():
            if len(chosen) == count:
                break
            if candidate not in tried:
                chosen.append(candidate)
        pool = self._problem.space
        return [Proposal(pool.parameters(row), row, reasons={"proposed_by": "random search"}) for row in chosen]

    def _permutation(self) -> "npt.NDArray[np.intp]":
        if self._order is None:
            import numpy as np

            self._order = np.random.default_rng(self._problem.seed).permutation(len(self._problem.space))
        return self._order
