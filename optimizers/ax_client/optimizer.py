"""Ax as an optimizer over a space of parameters."""

from collections.abc import Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizers.ax_client.evidence import Reader
from optimizers.ax_client.neighbours import around
from optimizers.ax_client.session import quiet, reproducible
from optimizers.ax_client.settings import AxSettings
from optimizers.ax_client.translation import Translation
from optimizers.history import History, Parameter, Parameters, Trial
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.ax_client.client import Asked

FIRST_SAMPLE = 64
SPREAD = 256
ROUNDS = 3
"""How often the best of many settings is looked for, anew around the best so far."""
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
        start = self._unseen(tried)
        if start is None:
            return None
        if self._is_starting(history) or not self._translation.axes:
            return Proposal(start, reasons={"proposed_by": "Sobol sequence"})
        evidence = self._reader.read(history)
        with quiet():
            from optimizers.ax_client.client import FAILURES, Asked
        with quiet(), reproducible():
            asked = Asked(self._translation, self._objective, evidence, self._seed(history))
            try:
                return self._modelled(asked, history, tried)
            except FAILURES as error:
                # Whatever fails inside Ax: the campaign goes on, and says so with the trial.
                said = f"Ax could not propose ({type(error).__name__}: {error})"
        return Proposal(start, reasons={"proposed_by": "Sobol sequence", "warning": said})

    def _is_starting(self, history: History) -> bool:
        """Whether trials or values are still missing for a model."""
        enough = max(NEEDED, self._settings.initial // 2)
        return len(history) < self._settings.initial or len(history.standing("completed")) < enough

    def _unseen(self, tried: set[Hashable]) -> dict[str, Parameter] | None:
        """The first untried setting of the campaign's Sobol sequence; None if everything has been tried."""
        count = max(FIRST_SAMPLE, 2 ** len(tried).bit_length())
        settings = self._space.sample(count, self._problem.seed)
        return next((setting for setting in settings if self._space.key(setting) not in tried), None)

    def _modelled(self, asked: "Asked", history: History, tried: set[Hashable]) -> Proposal:
        suggestion = asked.suggest()
        raw = self._translation.from_ax(suggestion.values)
        setting, score = self._space.settable(raw), suggestion.score
        reasons: dict[str, Any] = {
            "proposed_by": "Ax",
            "acquisition": suggestion.acquisition,
            "model": suggestion.model,
            "length_scales": self._length_scales(asked),
            "nearest_trial": None,
        }
        why = self._objection(raw, setting, tried)
        if why is not None:
            setting, score = self._best_alternative(asked, setting, tried, _number(history))
            reasons["instead_of"] = f"the setting that Ax proposed, which {why}"
        reasons["nearest_trial"] = self._nearest(history, setting)
        return Proposal(setting, predicted=self._predicted(asked, setting), score=score, reasons=reasons)

    def _objection(self, raw: Parameters, setting: Parameters, tried: set[Hashable]) -> str | None:
        """Why a proposal of Ax cannot be used."""
        if any(one in self._translation.hidden for one in self._space.broken(raw)):
            return "breaks a constraint that Ax cannot be told of"
        return "has been tried" if self._space.key(setting) in tried else None

    def _best_alternative(
        self, asked: "Asked", near: Parameters, tried: set[Hashable], number: int
    ) -> tuple[dict[str, Parameter], float]:
        """The untried setting of highest acquisition among many."""
        generator = np.random.default_rng([self._problem.seed, number])
        settings = [
            *around(self._space, near, generator),
            *self._space.sample(SPREAD + len(tried), (self._problem.seed, number)),
        ]
        best: tuple[float, dict[str, Parameter]] | None = None
        for _ in range(ROUNDS):
            untried = {key: one for one in settings if (key := self._space.key(one)) not in tried}
            scores = asked.acquisition([self._translation.to_ax(one) for one in untried.values()])
            found = [*zip(scores, untried.values(), strict=True), *([best] if best else [])]
            best = max(found, key=lambda one: one[0])
            settings = around(self._space, best[1], generator)
        assert best is not None
        return best[1], best[0]

    def _predicted(self, asked: "Asked", setting: Parameters) -> dict[str, Prediction]:
        """What the model expects of every objective and every constrained quantity."""
        found = asked.predict(self._translation.to_ax(setting))
        signs = {one.name: one.sign for one in self._problem.objectives}
        return {
            name: Prediction(signs.get(name, 1.0) * found[metric][0], found[metric][1])
            for metric, name in self._names.items()
            if metric in found
        }

    def _length_scales(self, asked: "Asked") -> dict[str, dict[str, float]]:
        """By quantity and parameter, as shares of the parameter's range."""
        sources = {axis.name: axis.source for axis in self._translation.axes}
        return {
            self._names[metric]: {sources[axis]: scale for axis, scale in scales.items()}
            for metric, scales in asked.length_scales().items()
            if metric in self._names
        }

    def _nearest(self, history: History, setting: Parameters) -> dict[str, Any]:
        """The measured trial nearest to a setting, and how far it is in the space as a unit cube."""
        here = self._space.encode(setting)
        measured = [
            (float(np.linalg.norm(self._space.encode(trial.parameters) - here)), trial.number)
            for trial in history.standing("completed")
        ]
        distance, number = min(measured)
        return {"trial": number, "distance": distance}

    def _seed(self, history: History) -> int:
        """What keys the random numbers of the next trial."""
        return int(np.random.SeedSequence([self._problem.seed, _number(history)]).generate_state(1)[0])

    @property
    def _objective(self) -> str:
        """All objectives in the words of Ax, which maximises."""
        return ", ".join(f"-m{number}" for number in range(len(self._problem.objectives)))

    @cached_property
    def _names(self) -> dict[str, str]:
        """What the metrics of Ax are called in the campaign."""
        objectives = {f"m{number}": one.name for number, one in enumerate(self._problem.objectives)}
        return objectives | {f"c{number}": one.name for number, one in enumerate(self._problem.constraints)}


def _number(history: History) -> int:
    """The number of the next trial."""
    return max((trial.number for trial in history), default=0) + 1
