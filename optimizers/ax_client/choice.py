"""From what Ax suggests to what is proposed."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizers.ax_client.neighbours import around
from optimizers.ax_client.translation import Translation
from optimizers.history import Parameter, Parameters, Trial
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Problem

if TYPE_CHECKING:
    from optimizers.ax_client.client import Asked

SPREAD = 256
ROUNDS = 3
"""How often the best of many settings is looked for, anew around the best so far."""


@dataclass(frozen=True)
class Situation:
    """The completed trials that the model knows, keys of settings not to be proposed, one setting that may be, and the
    number of the next trial."""

    measured: tuple[Trial, ...]
    closed: frozenset[Hashable]
    open: Parameters
    number: int


class Choice:
    """Turns the suggestion of Ax into a proposal that can be set, is open, and says why."""

    def __init__(self, problem: Problem, translation: Translation, asked: "Asked") -> None:
        self._problem, self._translation, self._asked = problem, translation, asked
        self._space = translation.space
        self._names = {f"m{number}": one.name for number, one in enumerate(problem.objectives)}
        self._names |= {f"c{number}": one.name for number, one in enumerate(problem.constraints)}

    def propose(self, situation: Situation) -> Proposal:
        """The setting that Ax suggests, rounded; where that will not do, the best of many by the same acquisition."""
        suggestion = self._asked.suggest()
        raw = self._translation.from_ax(suggestion.values) if suggestion.values is not None else situation.open
        setting, score = self._space.settable(raw), suggestion.score
        why = "Ax has seen every setting" if suggestion.values is None else self._objection(raw, setting, situation)
        reasons: dict[str, Any] = {
            "proposed_by": "Ax",
            "acquisition": suggestion.acquisition,
            "model": suggestion.model,
            "length_scales": self._length_scales(),
        }
        if why is not None:
            setting, score = self._best_of_many(setting, situation)
            reasons["chosen"] = f"as the best of many, because {why}"
        reasons["nearest_trial"] = self._nearest(setting, situation)
        return Proposal(setting, predicted=self._predicted(setting), score=score, reasons=reasons)

    def _objection(self, raw: Parameters, setting: Parameters, situation: Situation) -> str | None:
        """Why what Ax suggests cannot be used."""
        if any(one in self._translation.hidden for one in self._space.broken(raw)):
            return "what Ax suggested breaks a constraint that it cannot be told of"
        return "what Ax suggested has been tried" if self._space.key(setting) in situation.closed else None

    def _best_of_many(self, near: Parameters, situation: Situation) -> tuple[dict[str, Parameter], float]:
        """The open setting of highest acquisition among some near the suggestion and some all over the space."""
        seed = (self._problem.seed, situation.number)
        generator = np.random.default_rng(seed)
        many = [situation.open, *around(self._space, near, generator)]
        many += self._space.sample(SPREAD + len(situation.closed), seed)
        best: tuple[float, dict[str, Parameter]] | None = None
        for _ in range(ROUNDS):
            keyed = {self._space.key(one): dict(one) for one in many}
            settings = [one for key, one in keyed.items() if key not in situation.closed]
            scores = self._asked.acquisition([self._translation.to_ax(one) for one in settings])
            found = [*zip(scores, settings, strict=True), *([best] if best else [])]
            best = max(found, key=lambda one: one[0])
            many = [*around(self._space, best[1], generator)]
        assert best is not None
        return best[1], best[0]

    def _predicted(self, setting: Parameters) -> dict[str, Prediction]:
        """What the model expects of every objective and every constrained quantity."""
        found = self._asked.predict(self._translation.to_ax(setting))
        signs = {one.name: one.sign for one in self._problem.objectives}
        return {
            name: Prediction(signs.get(name, 1.0) * found[metric][0], found[metric][1])
            for metric, name in self._names.items()
            if metric in found
        }

    def _length_scales(self) -> dict[str, dict[str, float]]:
        """By quantity and parameter, as shares of the parameter's range."""
        sources = {axis.name: axis.source for axis in self._translation.axes}
        return {
            self._names[metric]: {sources[axis]: scale for axis, scale in scales.items()}
            for metric, scales in self._asked.length_scales().items()
            if metric in self._names
        }

    def _nearest(self, setting: Parameters, situation: Situation) -> dict[str, Any]:
        """The measured trial nearest to a setting, and how far it is in the space as a unit cube."""
        here = self._space.encode(setting)
        places = [self._space.encode(trial.parameters) for trial in situation.measured]
        distances = [float(np.linalg.norm(place - here)) for place in places]
        nearest = int(np.argmin(distances))
        return {"trial": situation.measured[nearest].number, "distance": distances[nearest]}
