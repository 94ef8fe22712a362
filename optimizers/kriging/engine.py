"""Proposals for one pool: a few spread trials, then whatever promises most improvement."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from optimizers.kriging.acquisition import best_by_expected_improvement, winners
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.chance import chance_of_better
from optimizers.kriging.design import SpaceFilling
from optimizers.kriging.evidence import Datum, Evidence, Reader
from optimizers.kriging.feasibility import Feasibility
from optimizers.kriging.kernels import Array
from optimizers.kriging.posterior import Beliefs, Posterior
from optimizers.kriging.settings import KrigingSettings
from optimizers.kriging.sources import lessons
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Problem

RULES = {
    "log_ei": "expected improvement",
    "pi": "probability of improvement",
    "ucb": "confidence bound",
    "zscore": "z-score",
    "thompson": "Thompson sampling",
}


class Engine:
    """Built once for a pool: its atlas, the design of the first trials, the model. State between calls is a cache."""

    def __init__(self, settings: KrigingSettings, problem: Problem, *, use_symmetry: bool) -> None:
        self.atlas = Atlas(problem.pool, use_symmetry=use_symmetry)
        self.reader = Reader(self.atlas, problem.objective)
        self._settings = settings
        self._problem = problem
        self._lessons = lessons(problem.sources, settings, problem.objective, self.atlas)
        self._posterior = Posterior(settings, self.atlas, self._lessons.expectations)
        self._feasibility = Feasibility(settings, self.atlas) if settings.infeasible in ("model", "both") else None
        self._design = SpaceFilling(self.atlas.classes, problem.seed)

    def is_starting(self, evidence: Evidence) -> bool:
        """Whether the next proposal still belongs to the initial trials."""
        initial = self._settings.initial + len(self._lessons.expectations)
        return evidence.measured < 2 or len(evidence.data) + len(evidence.pending) < initial

    def choose(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        """The next proposal; at least one class must not be closed."""
        if not self.is_starting(evidence):
            return self._modelled(evidence, closed)
        if len(evidence.data) + len(evidence.pending) < len(self._lessons.expectations):
            return self._taught(evidence, closed)
        if self._settings.start == "random":
            return self._random(evidence)
        return self._spread(evidence, closed)

    def beliefs(self, evidence: Evidence) -> Beliefs:
        """The posterior given all data, pending trials believed."""
        self._posterior.condition(self.modelled_data(evidence))
        return self._posterior.believe(self._posterior.beliefs(), evidence.pending)

    def predicted(self, beliefs: Beliefs, site: int) -> dict[str, Prediction]:
        """Mean and deviation of a measurement in the objective's unit, to first order of the transform."""
        mapping, objective = self._posterior.transform, self._problem.objective
        value = mapping.inverse(beliefs.mean[site : site + 1])
        slope = float(mapping.slope(value)[0]) or 1.0
        deviation = beliefs.scale * self._posterior.measured_deviation(float(beliefs.variance[site])) / slope
        return {objective.name: Prediction(objective.sign * float(value[0]), deviation)}

    def reasons(self, evidence: Evidence, site: int) -> dict[str, Any]:
        """What the model at its last conditioning can say about a site."""
        fitted, features = self._posterior.fit.hyperparameters, self.atlas.features
        units = [axis.unit_length for axis in features.axes] + [1.0] * len(features.categories)
        lengths = zip(features.names, fitted.lengths, units, strict=True)
        similarity = self._posterior.similarity(site)
        nearest = int(np.argmax(similarity))
        kept = evidence.numbers if self._keeps_all(evidence) else _measured_numbers(evidence)
        found = {
            "values": len(kept),
            "length_scales": {name: length * unit for name, length, unit in lengths},
            "noise": fitted.noise,
            "nearest_trial": {"trial": kept[nearest], "correlation": float(similarity[nearest])},
        }
        return found | ({"sources": self._about_sources()} if self._problem.sources else {})

    def chance_of_better(self, evidence: Evidence, delta: float) -> float:
        """The chance that a candidate without an outcome beats the best value by more than `delta`."""
        kernel, seed, data = self._settings.kernel, self._problem.seed, self.modelled_data(evidence)
        return chance_of_better(self._posterior, self.atlas, kernel, evidence, data, delta, seed)

    def _keeps_all(self, evidence: Evidence) -> bool:
        """Whether the model of the objective sees infeasible trials, or there are none."""
        return self._settings.infeasible in ("padding", "both") or evidence.measured == len(evidence.data)

    def modelled_data(self, evidence: Evidence) -> list[Datum]:
        """The data that the model of the objective sees."""
        return evidence.data if self._keeps_all(evidence) else evidence.measured_data

    def _random(self, evidence: Evidence) -> Proposal:
        order = np.random.default_rng(self._problem.seed).permutation(len(self._problem.pool)).tolist()
        candidate = next(row for row in order if row not in evidence.taken)
        return Proposal(self.atlas.parameters(candidate), candidate, reasons={"proposed_by": "random start"})

    def _spread(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        touched = sorted({datum.site for datum in evidence.data}.union(evidence.settled, evidence.pending))
        site = self._design.choose(self.atlas.cloud(touched) if touched else None, closed)
        candidate = self._candidate(np.array([site]), evidence)[1]
        return Proposal(self.atlas.parameters(candidate), candidate, reasons={"proposed_by": "space-filling start"})

    def _taught(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        """The candidate that the next source expects to be best."""
        source = self._lessons.expectations[len(evidence.data) + len(evidence.pending)]
        values = -source.values
        values[list(closed)] = -np.inf
        site, candidate = self._candidate(winners(values), evidence)
        mean = self._problem.objective.sign * float(source.values[site])
        reasons = {"proposed_by": "best of a source", "source": source.name, "expected": mean}
        return Proposal(self.atlas.parameters(candidate), candidate, reasons=reasons)

    def _modelled(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        beliefs = self.beliefs(evidence)
        tied, score = self._score(beliefs, evidence, closed)
        site, candidate = self._candidate(tied, evidence)
        return Proposal(
            parameters=self.atlas.parameters(candidate),
            candidate=candidate,
            predicted=self.predicted(beliefs, site),
            score=score,
            reasons={"proposed_by": RULES[self._settings.score], **self.reasons(evidence, site)},
        )

    def _candidate(self, sites: npt.NDArray[np.intp], evidence: Evidence) -> tuple[int, int]:
        """Of equally good sites the one whose next candidate comes first in the pool, and that candidate."""
        choices = ((self.atlas.next_member(int(site), evidence.taken), int(site)) for site in sites)
        candidate, site = min((candidate, site) for candidate, site in choices if candidate is not None)
        return site, candidate

    def _score(self, beliefs: Beliefs, evidence: Evidence, closed: Sequence[int]) -> tuple[npt.NDArray[np.intp], float]:
        """The winning sites and their score."""
        deviation = np.sqrt(beliefs.variance)
        z = np.subtract(beliefs.best, beliefs.mean)
        z /= deviation
        z *= 1.0 / beliefs.scale
        z[list(closed)] = -np.inf
        chance = self._log_chance(evidence)
        match self._settings.score:
            case "log_ei":
                tied, score = best_by_expected_improvement(z, deviation, chance)
                return tied, score + float(np.log(beliefs.scale))
            case "pi":
                scores = log_ndtr(z)
            case "zscore":
                scores = z
            case "ucb":
                scores = self._settings.exploration * beliefs.scale * deviation - beliefs.mean
            case "thompson":
                scores = -self._posterior.draw(np.random.default_rng([self._problem.seed, evidence.length]))
        if chance is not None:
            scores = scores + chance if self._settings.score == "pi" else scores + beliefs.scale * chance
        scores[list(closed)] = -np.inf
        return winners(scores), float(scores.max())

    def _log_chance(self, evidence: Evidence) -> Array | None:
        """log of the probability that a trial is feasible; None while every trial was, or if it is not asked for."""
        if self._feasibility is None or evidence.measured == len(evidence.data):
            return None
        return self._feasibility.log_probability(evidence.data)

    def _about_sources(self) -> list[dict[str, Any]]:
        """Which sources help, with what weight, and which were dropped."""
        fit, weights = self._posterior.fit, self._posterior.weights
        used = {source: float(weight) for source, weight in zip(fit.sources, weights[1:], strict=True)}
        told = [
            {"name": expectation.name, "weight": used[number]}
            if number in used
            else {
                "name": expectation.name,
                "dropped": f"left out by the fit to {fit.count} values: they are predicted better without it",
            }
            for number, expectation in enumerate(self._lessons.expectations)
        ]
        return told + [{"name": name, "dropped": why} for name, why in self._lessons.refused.items()]


def _measured_numbers(evidence: Evidence) -> list[int]:
    pairs = zip(evidence.numbers, evidence.data, strict=True)
    return [number for number, datum in pairs if datum.value is not None]
