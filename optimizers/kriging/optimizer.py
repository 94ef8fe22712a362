"""Kriging over a candidate pool: a few spread trials, then whatever promises most improvement."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from optimizers.history import History, Trial
from optimizers.kriging.acquisition import best_by_expected_improvement, winners
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.design import SpaceFilling
from optimizers.kriging.evidence import Evidence, Reader, closed_sites
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
        self._engine: _Engine | None = None

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals. Raises an OptimizerError if pool or history cannot be used."""
        if self._engine is None:
            self._engine = _Engine(self._settings, self._problem)
        evidence = self._engine.reader.read(history)
        proposals: list[Proposal] = []
        while len(proposals) < count:
            closed = closed_sites(self._engine.atlas, evidence)
            if len(closed) == len(self._engine.atlas):
                break
            proposal = self._engine.choose(evidence, closed)
            proposals.append(proposal)
            if len(proposals) < count:
                pending = Trial(0, proposal.parameters, "pending", proposal.candidate)
                self._engine.reader.add(evidence, pending)
        return proposals


class _Engine:
    """What is built once for a pool: its atlas, the design, the model."""

    def __init__(self, settings: KrigingSettings, problem: Problem) -> None:
        self._settings = settings
        self._problem = problem
        self.atlas = Atlas(problem.pool, use_symmetry=settings.symmetry == "use")
        self.reader = Reader(self.atlas, problem.objective, keep_infeasible=settings.infeasible == "padding")
        self._posterior = Posterior(settings, self.atlas)
        self._design = SpaceFilling(self.atlas.classes, problem.seed)

    def choose(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        """The next proposal; at least one class must not be closed."""
        if evidence.measured < 2 or len(evidence.data) + len(evidence.pending) < self._settings.initial:
            return self._random(evidence) if self._settings.start == "random" else self._spread(evidence, closed)
        return self._modelled(evidence, closed)

    def _random(self, evidence: Evidence) -> Proposal:
        order = np.random.default_rng(self._problem.seed).permutation(len(self._problem.pool)).tolist()
        candidate = next(row for row in order if row not in evidence.taken)
        return Proposal(self.atlas.parameters(candidate), candidate, reasons={"proposed_by": "random start"})

    def _spread(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        touched = sorted({datum.site for datum in evidence.data}.union(evidence.settled, evidence.pending))
        site = self._design.choose(self.atlas.cloud(touched) if touched else None, closed)
        candidate = self._candidate(np.array([site]), evidence)[1]
        return Proposal(self.atlas.parameters(candidate), candidate, reasons={"proposed_by": "space-filling start"})

    def _modelled(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        self._posterior.condition(evidence.data)
        beliefs = self._posterior.believe(self._posterior.beliefs(), evidence.pending)
        tied, score = self._score(beliefs, closed, evidence.length)
        site, candidate = self._candidate(tied, evidence)
        return Proposal(
            parameters=self.atlas.parameters(candidate),
            candidate=candidate,
            predicted={self._problem.objective.name: self._predicted(beliefs, site)},
            score=score,
            reasons={"proposed_by": RULES[self._settings.score], **self._reasons(evidence, site)},
        )

    def _candidate(self, sites: npt.NDArray[np.intp], evidence: Evidence) -> tuple[int, int]:
        """Of equally good sites the one whose next candidate comes first in the pool, and that candidate."""
        choices = ((self.atlas.next_member(int(site), evidence.taken), int(site)) for site in sites)
        candidate, site = min((candidate, site) for candidate, site in choices if candidate is not None)
        return site, candidate

    def _score(self, beliefs: Beliefs, closed: Sequence[int], length: int) -> tuple[npt.NDArray[np.intp], float]:
        """The winning sites and their score."""
        deviation = np.sqrt(beliefs.variance)
        z = np.subtract(beliefs.best, beliefs.mean)
        z /= deviation
        z *= 1.0 / beliefs.scale
        z[list(closed)] = -np.inf
        match self._settings.score:
            case "log_ei":
                tied, score = best_by_expected_improvement(z, deviation)
                return tied, score + float(np.log(beliefs.scale))
            case "pi":
                scores = log_ndtr(z)
            case "zscore":
                scores = z
            case "ucb":
                scores = self._settings.exploration * beliefs.scale * deviation - beliefs.mean
            case "thompson":
                scores = -self._posterior.draw(np.random.default_rng([self._problem.seed, length]))
        scores[list(closed)] = -np.inf
        return winners(scores), float(scores.max())

    def _predicted(self, beliefs: Beliefs, site: int) -> Prediction:
        """Mean and deviation in the objective's unit; the deviation to first order of the transform."""
        mapping = self._posterior.transform
        value = mapping.inverse(beliefs.mean[site : site + 1])
        slope = float(mapping.slope(value)[0]) or 1.0
        deviation = beliefs.scale * float(np.sqrt(beliefs.variance[site])) / slope
        return Prediction(self._problem.objective.sign * float(value[0]), deviation)

    def _reasons(self, evidence: Evidence, site: int) -> dict[str, Any]:
        fitted, features = self._posterior.fit.hyperparameters, self.atlas.features
        units = [axis.unit_length for axis in features.axes] + [1.0] * len(features.categories)
        lengths = zip(features.names, fitted.lengths, units, strict=True)
        similarity = self._posterior.similarity(site)
        nearest = int(np.argmax(similarity))
        return {
            "values": len(evidence.data),
            "length_scales": {name: length * unit for name, length, unit in lengths},
            "noise": fitted.noise,
            "nearest_trial": {"trial": evidence.numbers[nearest], "correlation": float(similarity[nearest])},
        }
