"""The engine of kriging with another question: on which side of the level is a candidate?"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from optimizers.kriging.acquisition import winners
from optimizers.kriging.chance import FEWEST, Doubter, Model
from optimizers.kriging.engine import Engine
from optimizers.kriging.evidence import Evidence
from optimizers.kriging.kernels import Array
from optimizers.kriging.posterior import Beliefs
from optimizers.level_set.scores import entropy, lookahead, straddle
from optimizers.level_set.settings import LevelSetSettings
from optimizers.objective import Goal
from optimizers.proposal import Proposal
from optimizers.protocol import Problem
from optimizers.survey import Survey

RULES = {"straddle": "straddle of the level", "entropy": "entropy of the side", "lookahead": "expected wrong sides"}
UNKNOWN = 0.5


class Frontier(Engine):
    """Built once for a pool. Values are turned so that the region wanted lies below the level."""

    def __init__(self, settings: LevelSetSettings, problem: Problem, *, use_symmetry: bool) -> None:
        goal: Goal = "minimize" if settings.below is not None else "maximize"
        objective = replace(problem.objective, goal=goal)
        super().__init__(settings.kriging(), replace(problem, objectives=(objective,)), use_symmetry=use_symmetry)
        self._rule = settings
        self._level = objective.sign * settings.level

    def survey(self, evidence: Evidence) -> Survey:
        """What is known of every candidate, from ended trials alone."""
        known = evidence.measured >= FEWEST
        inside = self._inside(evidence) if known else np.full(len(self.atlas), UNKNOWN)
        for datum in evidence.data:
            if datum.site < len(inside) and (datum.value is None or not datum.standard_error):
                inside[datum.site] = float(datum.value is not None and datum.value <= self._level)
        return Survey(inside[self.atlas.class_of], self._rule.confidence)

    def _modelled(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        beliefs = self.beliefs(evidence)
        scores = self._scores(beliefs, evidence, closed)
        scores[list(closed)] = -np.inf
        site, candidate = self._candidate(winners(scores), evidence)
        about = self.reasons(evidence, site) | {"certificate": self.survey(evidence).certificate()}
        return Proposal(
            parameters=self.atlas.parameters(candidate),
            candidate=candidate,
            predicted=self.predicted(beliefs, site),
            score=float(scores[site]),
            reasons={"proposed_by": RULES[self._rule.score], **about},
        )

    def _scores(self, beliefs: Beliefs, evidence: Evidence, closed: Sequence[int]) -> Array:
        """The score of every class; where failures are modelled, what a trial teaches counts only if it succeeds."""
        gap, deviation = beliefs.mean - self._threshold(), beliefs.scale * np.sqrt(beliefs.variance)
        log_chance = self._log_chance(evidence)
        if self._rule.score == "straddle":
            scores = straddle(gap, deviation, self._rule.exploration)
            return scores if log_chance is None else scores + beliefs.scale * log_chance
        if self._rule.score == "entropy":
            scores = entropy(gap, deviation)
        else:
            scores = lookahead(gap, deviation, self._deviation_after(evidence), closed)
        return scores if log_chance is None else scores * np.exp(log_chance)

    def _deviation_after(self, evidence: Evidence) -> Callable[[int], Array]:
        """The deviation of every class once what is pending and one more class are measured."""
        known = self._posterior.beliefs()

        def after(site: int) -> Array:
            shrunk: Array = np.sqrt(self._posterior.believe(known, [*evidence.pending, site]).variance)
            return known.scale * shrunk

        return after

    def _inside(self, evidence: Evidence) -> npt.NDArray[np.float64]:
        """The probability that each class is feasible and below the level, by the model that doubts itself."""
        data = self.modelled_data(evidence)
        self._posterior.condition(data)
        beliefs, transform = self._posterior.beliefs(), self._posterior.transform
        hyperparameters = self._posterior.fit.hyperparameters
        doubter = Doubter(Model(self.atlas, self._rule.kernel, hyperparameters, transform, data))
        inside = doubter.marginal(beliefs.mean, beliefs.variance, self._threshold())
        log_chance = self._log_chance(evidence)
        return inside if log_chance is None else inside * np.exp(log_chance)

    def _threshold(self) -> float:
        """The level in the units of the transform in use."""
        transform = self._posterior.transform
        return float(transform.forward(np.array([max(self._level, transform.lowest)]))[0])
