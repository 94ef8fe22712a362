"""Box: expected improvement under an exact Gaussian process, over a space of a few parameters."""

from collections.abc import Hashable

import numpy as np

from optimizers.box.acquisition import Acquisition
from optimizers.box.candidates import candidates
from optimizers.box.climb import Climber
from optimizers.box.evidence import Array, Evidence, read
from optimizers.box.settings import BoxSettings
from optimizers.box.surrogate import Surrogate, View, surrogate
from optimizers.failures import Feasibility, learns_feasibility
from optimizers.history import History, Parameters, Trial
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Problem


class Box:
    """Proposes settings of a parameter space. Keeps nothing between calls but the problem."""

    def __init__(self, settings: BoxSettings, problem: Problem) -> None:
        self._settings = settings
        self._space, self._objective, self._seed = problem.parameters, problem.objective, problem.seed
        self._view = View.of(self._space)
        self._climber = Climber(self._space)
        self._initial = settings.initial or min(len(self._view.names) + 2, 5)

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals."""
        proposals: list[Proposal] = []
        while len(proposals) < count:
            proposal = self._next(read(history, self._space, self._objective))
            if proposal is None:
                break
            proposals.append(proposal)
            number = max((trial.number for trial in history), default=0) + 1
            history = History((*history.trials, Trial(number, proposal.parameters, "pending")))
        return proposals

    def _next(self, evidence: Evidence) -> Proposal | None:
        if len(evidence.tried) < self._initial or len(evidence.measured) == 0:
            return self._start(evidence)
        model = surrogate(evidence, self._view, self._settings)
        believed = model.believing(evidence.pending)
        feasibility = None
        if learns_feasibility(evidence.standings, self._settings.infeasible):
            feasibility = Feasibility(evidence.points * self._view.factors, evidence.standings, self._view.groups)
        acquisition = Acquisition(believed, feasibility)
        centres = self._best(evidence, model)
        lengths = np.array(model.fit.lengths)[self._view.groups]
        points = candidates(self._space, centres, lengths, [self._seed, evidence.last])
        scores = acquisition(points)
        tops, values = self._climber.climb(acquisition, points, scores)
        for point, value in zip(tops, values, strict=True):
            setting = self._space.decode(point)
            if self._space.key(setting) not in evidence.tried:
                return self._proposal(setting, point, float(value), believed)
        for place in np.argsort(-scores, kind="stable"):
            setting = self._space.decode(points[place])
            if self._space.key(setting) not in evidence.tried:
                return self._proposal(setting, points[place], float(scores[place]), believed)
        return self._start(evidence)

    def _best(self, evidence: Evidence, model: Surrogate) -> Array:
        points = evidence.points[evidence.measured]
        mean, _ = model.posterior(points)
        return points[np.argsort(mean, kind="stable")]

    def _start(self, evidence: Evidence) -> Proposal | None:
        """The next of the settings spread over the space that was not tried."""
        tried: frozenset[Hashable] = evidence.tried
        spread = self._space.sample(max(self._initial, len(tried) + 1), self._seed)
        middle = self._space.decode(np.concatenate([block.neutral for block in self._space.encoding.blocks]))
        for setting in (*spread[:1], middle, *spread[1:]):
            if self._space.key(setting) not in tried:
                return Proposal(setting, reasons={"proposed_by": "initial design"})
        return None

    def _proposal(self, setting: Parameters, point: Array, score: float, model: Surrogate) -> Proposal:
        mean, variance = model.posterior(point[None, :])
        value, deviation = model.in_units(float(mean[0]), float(variance[0]))
        lengths = dict(zip(self._view.names, model.fit.lengths, strict=True))
        return Proposal(
            setting,
            predicted={self._objective.name: Prediction(self._objective.sign * value, deviation)},
            score=score,
            reasons={"proposed_by": "expected improvement", "length_scales": lengths, "noise": model.fit.noise},
        )
