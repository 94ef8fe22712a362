"""Box: expected improvement under an exact Gaussian process, over a space of a few parameters."""

from collections.abc import Hashable

import numpy as np

from optimizers.box.acquisition import Acquisition
from optimizers.box.candidates import candidates
from optimizers.box.climb import Climber
from optimizers.box.evidence import Array, Evidence, read
from optimizers.box.settings import BoxSettings
from optimizers.box.surrogate import Surrogate, View, surrogate
from optimizers.errors import UnusableSpace
from optimizers.failures import Feasibility, learns_feasibility
from optimizers.history import History, Parameters, Trial
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Problem

REMEASURED = 8
"""Best trials that may be measured again."""


class Box:
    """Proposes settings of a parameter space. Keeps nothing between calls but the problem.

    Raises UnusableSpace for another space and UnusableProblem for several objectives or constraints on outcomes.
    """

    def __init__(self, settings: BoxSettings, problem: Problem) -> None:
        self._settings = settings
        self._space, self._objective, self._seed = problem.parameters, problem.objective, problem.seed
        if self._space.dimension == 0:
            raise UnusableSpace("optimizer: every parameter is fixed, so there is nothing to search. Free one of them.")
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
        noisy = evidence.is_noisy or (self._settings.noise != "fit" and self._settings.noise > 0.0)
        acquisition = Acquisition(believed, self._feasibility(evidence), model.noise if noisy else 0.0)
        centres = self._best(evidence, model)
        repeats = self._settings.repeat == "always" or (self._settings.repeat == "auto" and noisy)
        closed = evidence.closed if repeats else evidence.tried
        points = candidates(self._space, centres, model.lengths, [self._seed, evidence.last])
        if repeats:
            points = np.concatenate([points, centres[:REMEASURED]])
        scores = acquisition(points)
        tops = self._climber.climb(acquisition, points, scores)
        order = np.argsort(-scores, kind="stable")
        for point in (*tops, *points[order]):
            again = model.nearest(point, evidence) if repeats else None
            setting = self._space.decode(point if again is None else evidence.points[again])
            if self._space.key(setting) not in closed:
                return self._proposal(setting, acquisition, None if again is None else evidence.numbers[again])
        return self._start(evidence)

    def _feasibility(self, evidence: Evidence) -> Feasibility | None:
        if not learns_feasibility(evidence.standings, self._settings.infeasible):
            return None
        return Feasibility(evidence.points * self._view.factors, evidence.standings, self._view.groups)

    def _best(self, evidence: Evidence, model: Surrogate) -> Array:
        points = evidence.points[evidence.measured]
        mean, _ = model.posterior(points)
        return points[np.argsort(mean, kind="stable")]

    def _start(self, evidence: Evidence) -> Proposal | None:
        """The middle of the space, around which people choose their limits, then settings spread all over it."""
        tried: frozenset[Hashable] = evidence.tried
        spread = self._space.sample(max(self._initial, len(tried) + 1), self._seed)
        middle = self._space.decode(np.concatenate([block.neutral for block in self._space.encoding.blocks]))
        for setting in (middle, *spread):
            if self._space.key(setting) not in tried:
                return Proposal(setting, reasons={"proposed_by": "initial design"})
        return None

    def _proposal(self, setting: Parameters, acquisition: Acquisition, again: int | None) -> Proposal:
        model, point = acquisition.model, self._space.encode(setting)
        mean, variance = model.posterior(point[None, :])
        value, deviation = model.in_units(float(mean[0]), float(variance[0]))
        reasons: dict[str, object] = {
            "proposed_by": "expected improvement" if again is None else "expected improvement, measured again",
            "length_scales": dict(zip(self._view.names, model.fit.lengths, strict=True)),
            "noise": model.noise,
        }
        if again is not None:
            reasons["again"] = again
        if acquisition.feasibility is not None:
            chance = acquisition.feasibility.log_probability(point[None, :] * self._view.factors)
            reasons["chance_of_success"] = float(np.exp(chance[0]))
        return Proposal(
            setting,
            predicted={self._objective.name: Prediction(self._objective.sign * value, deviation)},
            score=float(acquisition(point[None, :])[0]),
            reasons=reasons,
        )
