"""Box: expected improvement under an exact Gaussian process, over a space of a few parameters."""

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

from optimizers.box.acquisition import Acquisition
from optimizers.box.candidates import REACH, REACH_AT_AN_EDGE, candidates
from optimizers.box.climb import Climber
from optimizers.box.evidence import Array, Evidence, read
from optimizers.box.limits import Chance, sides
from optimizers.box.settings import BoxSettings
from optimizers.box.surrogate import EXACT, SMALLEST_NOISE, Surrogate, View, surrogate
from optimizers.errors import UnusableSpace
from optimizers.failures import Feasibility, learns_feasibility
from optimizers.history import History, Parameters, Trial
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Problem

REMEASURED = 8
"""Best trials that may be measured again."""


class Box:
    """Proposes settings of a parameter space. Keeps nothing between calls but the problem.

    Raises UnusableSpace for another space and UnusableProblem for several objectives.
    """

    def __init__(self, settings: BoxSettings, problem: Problem) -> None:
        self._settings = settings
        self._space, self._seed = problem.parameters, problem.seed
        self._objective, self._sides = problem.limited_objective, sides(problem.constraints)
        if self._space.dimension == 0:
            raise UnusableSpace("optimizer: every parameter is fixed, so there is nothing to search. Free one of them.")
        self._view = View.of(self._space)
        self._climber = Climber(self._space)
        self._initial = settings.initial or min(len(self._view.names) + 2, 5)

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals."""
        proposals: list[Proposal] = []
        while len(proposals) < count:
            proposal = self._next(history)
            if proposal is None:
                break
            proposals.append(proposal)
            number = max((trial.number for trial in history), default=0) + 1
            history = History((*history.trials, Trial(number, proposal.parameters, "pending")))
        return proposals

    def _next(self, history: History) -> Proposal | None:
        evidence = read(history, self._space, self._objective)
        if len(evidence.tried) < self._initial or len(evidence.measured) == 0:
            return self._start(evidence)
        limits = [side.model(history, self._space, self._view, self._settings) for side in self._sides]
        kept = np.logical_and.reduce([np.ones(len(evidence.measured), dtype=np.bool_), *(one.kept for one in limits)])
        model = surrogate(evidence, self._view, self._settings, EXACT if limits else SMALLEST_NOISE)
        believed = model.believing(evidence.pending)
        if limits:  # what is expected of a pending trial is no value to be improved on: it may break a limit
            believed = believed.improving_on(kept)
        noisy = evidence.is_noisy or (self._settings.noise != "fit" and self._settings.noise > 0.0)
        chances: list[Chance] = [*self._feasibility(evidence), *(one.believing(evidence.pending) for one in limits)]
        acquisition = Acquisition(believed, tuple(chances), model.noise if noisy else 0.0)
        centres = self._best(evidence, model, kept)
        repeats = self._settings.repeat == "always" or (self._settings.repeat == "auto" and noisy)
        closed = evidence.closed if repeats else evidence.tried
        reach = REACH_AT_AN_EDGE if limits else REACH
        points = candidates(self._space, centres, model.lengths, [self._seed, evidence.last], reach)
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

    def _feasibility(self, evidence: Evidence) -> tuple[Feasibility, ...]:
        if not learns_feasibility(evidence.standings, self._settings.infeasible):
            return ()
        return (Feasibility(evidence.points * self._view.factors, evidence.standings, self._view.groups),)

    def _best(self, evidence: Evidence, model: Surrogate, kept: npt.NDArray[np.bool_]) -> Array:
        """The points of completed trials, the best first, and those that keep all limits before the others."""
        points = evidence.points[evidence.measured]
        mean, _ = model.posterior(points)
        return points[np.lexsort([mean, ~kept])]

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
        if acquisition.chances:
            stretched = point[None, :] * self._view.factors
            chance = sum(float(one.log_probability(stretched)[0]) for one in acquisition.chances)
            reasons["chance_of_success"] = float(np.exp(chance))
        return Proposal(
            setting,
            predicted={self._objective.name: Prediction(self._objective.sign * value, deviation)},
            score=float(acquisition(point[None, :])[0]),
            reasons=reasons,
        )
