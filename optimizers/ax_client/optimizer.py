"""Ax as an optimizer over a space of parameters."""

from collections.abc import Hashable

import numpy as np

from optimizers.ax_client.choice import Choice, Situation
from optimizers.ax_client.evidence import Evidence, Reader
from optimizers.ax_client.session import quiet, reproducible
from optimizers.ax_client.settings import AxSettings
from optimizers.ax_client.translation import Translation
from optimizers.history import History, Parameter, Trial
from optimizers.proposal import Proposal
from optimizers.protocol import Problem

FIRST_SAMPLE = 64
NEEDED = 2
"""Completed trials without which there is no model."""


class AxOptimizer:
    """Proposes settings by Ax, asked anew with the whole history for every single trial. It keeps no state.

    Raises UnusableSpace for a space that is none of parameters; methods raise MissingObservation.
    """

    def __init__(self, settings: AxSettings, problem: Problem) -> None:
        self._settings, self._problem, self._space = settings, problem, problem.parameters
        self._translation = Translation(self._space)
        self._reader = Reader(problem, self._translation, settings.infeasible, settings.noise)

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals, each as it would be asked for with those before it pending."""
        proposals: list[Proposal] = []
        while len(proposals) < count:
            proposal = self._next(history)
            if proposal is None:
                break
            proposals.append(proposal)
            history = History((*history.trials, Trial(_number(history), proposal.parameters, "pending")))
        return proposals

    def _next(self, history: History) -> Proposal | None:
        tried = {self._space.key(trial.parameters) for trial in history}
        closed = tried - self._repeatable(history)
        start = self._unseen(tried) or self._unseen(closed)
        if start is None:
            return None
        if self._is_starting(history) or not self._translation.axes:
            return Proposal(start, reasons={"proposed_by": "Sobol sequence"})
        evidence = self._reader.read(history)
        situation = Situation(_measured(history, evidence), frozenset(closed), start, _number(history))
        with quiet():
            from optimizers.ax_client.client import FAILURES, Asked
        with quiet(), reproducible():
            asked = Asked(self._translation, self._objective, evidence, self._seed(history))
            try:
                return Choice(self._problem, self._translation, asked).propose(situation)
            except FAILURES as error:
                # Whatever fails inside Ax: the campaign goes on, and says so with the trial.
                said = f"Ax could not propose ({type(error).__name__}: {error})"
        return Proposal(start, reasons={"proposed_by": "Sobol sequence", "warning": said})

    def _is_starting(self, history: History) -> bool:
        """Whether trials or values are still missing for a model."""
        enough = max(NEEDED, self._settings.initial // 2)
        return len(history) < self._settings.initial or len(history.standing("completed")) < enough

    def _repeatable(self, history: History) -> set[Hashable]:
        """Settings that may be measured again: those with a value, if values are uncertain."""
        names = [one.name for one in self._problem.objectives]
        completed = history.standing("completed")
        seen = [one for trial in completed for name, one in trial.observations.items() if name in names]
        if not any(one.standard_error for one in seen):
            return set()
        others = {self._space.key(trial.parameters) for trial in history if trial.standing != "completed"}
        return {self._space.key(trial.parameters) for trial in completed} - others

    def _unseen(self, tried: set[Hashable]) -> dict[str, Parameter] | None:
        """The first other setting of the campaign's Sobol sequence; None if there is none."""
        count = max(FIRST_SAMPLE, 2 ** len(tried).bit_length())
        settings = self._space.sample(count, self._problem.seed)
        return next((setting for setting in settings if self._space.key(setting) not in tried), None)

    def _seed(self, history: History) -> int:
        """What keys the random numbers of the next trial."""
        return int(np.random.SeedSequence([self._problem.seed, _number(history)]).generate_state(1)[0])

    @property
    def _objective(self) -> str:
        """All objectives in the words of Ax, which maximises."""
        return ", ".join(f"-m{number}" for number in range(len(self._problem.objectives)))


def _measured(history: History, evidence: Evidence) -> tuple[Trial, ...]:
    """The completed trials that the model knows."""
    known = {told.number for told in evidence.trials}
    return tuple(trial for trial in history.standing("completed") if trial.number in known)


def _number(history: History) -> int:
    """The number of the next trial."""
    return max((trial.number for trial in history), default=0) + 1
