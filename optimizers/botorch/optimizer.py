"""BoTorch as an optimizer: a pure function of the history."""

from math import sqrt
from typing import Any

import numpy as np

from optimizers.botorch.choice import Choice, Chooser
from optimizers.botorch.domain import TARGET, Chosen, Domain, Levels
from optimizers.botorch.evidence import Evidence, read
from optimizers.botorch.landscape import Landscape
from optimizers.botorch.learner import Learner
from optimizers.botorch.parameter_domain import ParameterDomain
from optimizers.botorch.pool_domain import PoolDomain
from optimizers.botorch.session import torch_session
from optimizers.botorch.settings import BotorchSettings
from optimizers.botorch.surrogate import Surrogate, information, likeness
from optimizers.errors import UnusableSpace
from optimizers.history import History, Trial
from optimizers.parameters import ParameterSpace
from optimizers.pool import CandidatePool
from optimizers.proposal import Prediction, Proposal
from optimizers.protocol import Problem


class Botorch:
    """Proposes candidates of a pool, or parameters, by Gaussian processes of GPyTorch and acquisitions of BoTorch.

    Raises UnusableSpace for a space that is neither, and UnusableSettings for settings that do not fit it; `propose`
    raises an OptimizerError if the history cannot be used.
    """

    def __init__(self, settings: BotorchSettings, problem: Problem) -> None:
        self._settings, self._problem = settings, problem
        self._levels = Levels.of(settings, problem.space.names)
        self._domain = _domain(settings, problem)
        self._learner = Learner(settings, problem, self._domain, self._levels)
        self._chooser = Chooser(settings, problem)

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals."""
        proposals: list[Proposal] = []
        while len(proposals) < count and (proposal := self._next(history)) is not None:
            proposals.append(proposal)
            history = History((*history.trials, Trial(0, proposal.parameters, "pending", proposal.candidate)))
        return proposals

    def _next(self, history: History) -> Proposal | None:
        evidence = read(history, self._domain, self._problem)
        teachers = self._learner.teachers
        is_early = self._is_early(evidence)
        if is_early and not teachers.usable:
            return self._start(evidence)
        seed = int(np.random.SeedSequence([self._problem.seed, evidence.length]).generate_state(1)[0])
        with torch_session(seed):
            surrogate = self._learner.learn(evidence)
            if is_early and not _is_taught(surrogate, teachers.first):
                return self._start(evidence)
            return self._modelled(surrogate, evidence, seed)

    def _is_early(self, evidence: Evidence) -> bool:
        """Whether the model has too little of its own to go by."""
        known = len(evidence.points) + len(evidence.pending)
        return int(evidence.on_target.sum()) < 2 or known < self._levels.start_trials(self._domain.initial)

    def _start(self, evidence: Evidence) -> Proposal | None:
        chosen = self._domain.start(evidence)
        if chosen is None:
            return None
        return Proposal(chosen.parameters, chosen.candidate, reasons={"proposed_by": "space-filling start"})

    def _modelled(self, surrogate: Surrogate, evidence: Evidence, seed: int) -> Proposal | None:
        choice = self._chooser.choose(surrogate, evidence, seed)
        landscape = Landscape(choice.acquisition, self._settings.device)
        chosen = self._domain.best(landscape, evidence, (self._problem.seed, evidence.length))
        if chosen is None:
            return None
        chosen, bought = self._at_best_level(surrogate, chosen, evidence)
        return Proposal(
            parameters=chosen.parameters,
            candidate=chosen.candidate,
            predicted=self._predicted(surrogate, evidence, chosen),
            score=chosen.score,
            reasons={"proposed_by": choice.rule, **bought, **self._reasons(surrogate, evidence, chosen, choice)},
        )

    def _at_best_level(self, surrogate: Surrogate, chosen: Chosen, evidence: Evidence) -> tuple[Chosen, dict[str, Any]]:
        """The fidelity at which a trial of the chosen point teaches most about the target for its cost.

        Lam, Allaire and Willcox 2015 (AIAA 2015-0143): first the point, then the source of information.
        """
        if len(self._levels) == 1:
            return chosen, {}
        believed = surrogate.believing(evidence.pending)
        offers = {level: self._domain.at_level(chosen, level, evidence) for level in range(1, len(self._levels))}
        levels = [TARGET, *(level for level, offer in offers.items() if offer is not None)]
        point = surrogate.tensor(chosen.point)
        objectives = believed.processes[: len(self._problem.objectives)]
        shares = np.mean([information(process, point, levels) for process in objectives], axis=0)
        rates = shares / np.array([self._levels.costs[level] for level in levels])
        best = int(np.argmax(rates))
        told = {str(self._levels.values[level]): float(share) for level, share in zip(levels, shares, strict=True)}
        return offers.get(levels[best]) or chosen, {"information": told}

    def _predicted(self, surrogate: Surrogate, evidence: Evidence, chosen: Chosen) -> dict[str, Prediction]:
        """Mean and deviation of a measurement of every outcome at the fidelity chosen, pending trials believed."""
        task, at = int(chosen.point[-1]), surrogate.tensor(chosen.point[None, :])
        believed = surrogate.believing(evidence.pending)
        signs = {objective.name: objective.sign for objective in self._problem.objectives}
        wanted = {*signs, *(limit.name for limit in self._problem.constraints)}
        found: dict[str, Prediction] = {}
        for name, process in zip(believed.names, believed.processes, strict=True):
            if name not in wanted or task not in process.tasks:
                continue
            mean, variance = process.expected(at)
            deviation = sqrt(max(float(variance[0]), 0.0) + process.noises[task]) * float(process.scale.unit[task])
            value = float(process.scale.value(mean, task)[0])
            found[name] = Prediction(signs.get(name, 1.0) * value, deviation)
        return found

    def _reasons(self, surrogate: Surrogate, evidence: Evidence, chosen: Chosen, choice: Choice) -> dict[str, Any]:
        layout, first = self._domain.layout, surrogate.processes[0]
        coordinates = layout.features(np.vstack([evidence.points, chosen.point]))
        reasons: dict[str, Any] = {"values": len(evidence.points)}
        if len(evidence.points):
            apart = np.square(coordinates[:-1] - coordinates[-1]).sum(axis=1)
            reasons["nearest_trial"] = {"trial": evidence.numbers[int(apart.argmin())]}
        fitted = first.lengths()
        if fitted:
            scaled = zip(layout.names, fitted, layout.units, strict=True)
            reasons["length_scales"] = {name: length * unit for name, length, unit in scaled}
        reasons["noise"] = first.noise
        if choice.reference is not None:
            reasons["reference_point"] = choice.reference
        if self._learner.tasks:
            told = likeness(first, self._learner.tasks)
            refused = self._learner.teachers.refused.items()
            reasons["learnt_from"] = told + [{"name": name, "left_out": why} for name, why in refused]
        return reasons


def _domain(settings: BotorchSettings, problem: Problem) -> Domain:
    space = problem.space
    if isinstance(space, CandidatePool):
        return PoolDomain(space, settings, problem.seed)
    if isinstance(space, ParameterSpace):
        return ParameterDomain(space, settings, problem.seed)
    raise UnusableSpace(
        f"optimizer: botorch searches candidates or parameters, but the space is {space.describe()}. "
        "Use an optimizer for such a space."
    )


def _is_taught(surrogate: Surrogate, first: int) -> bool:
    """Whether some source helps."""
    return any(task >= first for process in surrogate.processes for task in process.tasks)
