"""Kriging over a candidate pool: a few spread trials, then whatever promises most improvement."""

from typing import Any

import numpy as np
import numpy.typing as npt

from optimizers.history import History, Trial
from optimizers.kriging.acquisition import (
    best_by_expected_improvement,
    log_probability_of_improvement,
    winners,
)
from optimizers.kriging.design import SpaceFilling
from optimizers.kriging.evidence import Atlas, Evidence, evidence
from optimizers.kriging.features import Points
from optimizers.kriging.posterior import Beliefs, Posterior
from optimizers.kriging.settings import KrigingSettings
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Problem

RULES = {
    "log_ei": "expected improvement",
    "pi": "probability of improvement",
    "ucb": "confidence bound",
    "zscore": "z-score",
    "thompson": "Thompson sampling",
}


class Kriging:
    """Proposes candidates of a pool by an exact Gaussian process; the state between calls is a cache."""

    def __init__(self, settings: KrigingSettings, problem: Problem) -> None:
        self._settings = settings
        self._problem = problem
        self._atlas: Atlas | None = None
        self._posterior: Posterior | None = None

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals. Raises an OptimizerError if pool or history cannot be used."""
        atlas = self._prepared()
        proposals: list[Proposal] = []
        for _ in range(count):
            known = evidence(
                atlas, self._problem.objective, history, keep_infeasible=self._settings.infeasible == "padding"
            )
            choice = self._choose(atlas, known)
            if choice is None:
                break
            proposals.append(choice)
            history = _with_pending(history, choice)
        return proposals

    def _prepared(self) -> Atlas:
        if self._atlas is None:
            self._atlas = Atlas(self._problem.space, use_symmetry=self._settings.symmetry == "use")
            self._posterior = Posterior(self._settings, self._atlas.features, self._atlas.classes)
        return self._atlas

    def _choose(self, atlas: Atlas, known: Evidence) -> Proposal | None:
        free = _first_free(atlas, known)
        if not (free >= 0).any():
            return None
        measured = sum(datum.value is not None for datum in known.data)
        if measured < 2 or len(known.data) + len(known.pending) < self._settings.initial:
            return self._initial(atlas, known, free)
        return self._modelled(atlas, known, free)

    def _initial(self, atlas: Atlas, known: Evidence, free: npt.NDArray[np.intp]) -> Proposal:
        pool = self._problem.space
        if self._settings.start == "random":
            order = np.random.default_rng(self._problem.seed).permutation(len(pool)).tolist()
            candidate = next(row for row in order if row not in known.taken)
            return Proposal(pool.parameters(candidate), candidate, reasons={"proposed_by": "random start"})
        touched = [atlas.points.at(sorted(known.settled)), *known.pending]
        design = SpaceFilling(atlas.classes, self._problem.seed)
        number = design.choose(atlas.features.cloud(Points.joined(touched)), free >= 0)
        candidate = int(free[number])
        return Proposal(pool.parameters(candidate), candidate, reasons={"proposed_by": "space-filling start"})

    def _modelled(self, atlas: Atlas, known: Evidence, free: npt.NDArray[np.intp]) -> Proposal:
        assert self._posterior is not None
        self._posterior.condition(known.data)
        beliefs = self._posterior.believe(self._posterior.beliefs(), known.pending)
        open_classes = np.flatnonzero(free >= 0)
        tied, score = self._score(beliefs, open_classes, [self._problem.seed, known.length])
        number = int(open_classes[tied][np.argmin(free[open_classes[tied]])])
        candidate = int(free[number])
        return Proposal(
            parameters=self._problem.space.parameters(candidate),
            candidate=candidate,
            predicted={self._problem.objective.name: self._predicted(beliefs, number)},
            score=score,
            reasons={"proposed_by": RULES[self._settings.score], **self._reasons(atlas, known, number)},
        )

    def _score(
        self, beliefs: Beliefs, index: npt.NDArray[np.intp], chance: list[int]
    ) -> tuple[npt.NDArray[np.intp], float]:
        """The winners among the classes at `index`, as positions in it, and their score."""
        mean, deviation = beliefs.mean[index], np.sqrt(beliefs.variance[index])
        if self._settings.score == "log_ei":
            return best_by_expected_improvement(mean, deviation, beliefs.best)
        if self._settings.score == "pi":
            scores = log_probability_of_improvement(mean, deviation, beliefs.best)
        elif self._settings.score == "zscore":
            scores = (beliefs.best - mean) / deviation
        elif self._settings.score == "ucb":
            scores = self._settings.exploration * deviation - mean
        else:
            assert self._posterior is not None
            scores = -self._posterior.draw(np.random.default_rng(chance))[index]
        tied = winners(scores)
        return tied, float(scores[tied[0]])

    def _predicted(self, beliefs: Beliefs, number: int) -> Prediction:
        """Mean and deviation in the objective's unit; the deviation to first order of the transform."""
        assert self._posterior is not None
        mapping = self._posterior.transform
        value = mapping.inverse(beliefs.mean[number : number + 1])
        slope = float(mapping.slope(value)[0])
        deviation = float(np.sqrt(beliefs.variance[number])) / (slope or 1.0)
        return Prediction(self._problem.objective.sign * float(value[0]), deviation)

    def _reasons(self, atlas: Atlas, known: Evidence, number: int) -> dict[str, Any]:
        assert self._posterior is not None
        fitted = self._posterior.hyperparameters
        units = [axis.unit_length for axis in atlas.features.axes] + [1.0] * len(atlas.features.categories)
        lengths = {
            name: length * unit for name, length, unit in zip(atlas.features.names, fitted.lengths, units, strict=True)
        }
        similarity = self._posterior.similarity(atlas.points.at([number]))
        nearest = int(np.argmax(similarity))
        return {
            "values": len(known.data),
            "length_scales": lengths,
            "noise": fitted.noise,
            "nearest_trial": {
                "trial": known.trials[nearest].number,
                "correlation": float(similarity[nearest]),
            },
        }


def _first_free(atlas: Atlas, known: Evidence) -> npt.NDArray[np.intp]:
    """For each class the candidate that would be tried next, or -1.

    A class with a trial of its own offers nothing while others are untouched; afterwards its other members.
    """
    free: npt.NDArray[np.intp] = atlas.first.copy()
    free[list(known.settled)] = -1
    for candidate in known.taken:
        number = int(atlas.class_of[candidate])
        if number not in known.settled:
            free[number] = _next_member(atlas, number, known.taken)
    if not (free >= 0).any():
        for number in range(len(free)):
            free[number] = _next_member(atlas, number, known.taken)
    return free


def _next_member(atlas: Atlas, number: int, taken: frozenset[int]) -> int:
    return next((int(member) for member in atlas.members(number) if int(member) not in taken), -1)


def _with_pending(history: History, proposal: Proposal) -> History:
    """`history` with one more pending trial."""
    number = max((trial.number for trial in history), default=0) + 1
    return History((*history.trials, Trial(number, proposal.parameters, "pending", proposal.candidate)))
