"""Which acquisition function is to be maximised."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.analytic import (
    LogConstrainedExpectedImprovement,
    LogExpectedImprovement,
    LogProbabilityOfFeasibility,
    ScalarizedPosteriorMean,
)
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
from botorch.acquisition.objective import GenericMCObjective
from botorch.sampling.normal import SobolQMCNormalSampler

from optimizers.botorch.evidence import Evidence
from optimizers.botorch.reference import reference_point
from optimizers.botorch.settings import BotorchSettings
from optimizers.botorch.surrogate import Surrogate
from optimizers.protocol import Problem

Limit = Callable[[torch.Tensor], torch.Tensor]
Bounds = dict[int, tuple[float | None, float | None]]
FEASIBLE_BELOW = 0.5
"""A trial labelled 0 was feasible and one labelled 1 was not."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What to maximise, in words and as a function; `reference` is the reference point of the hypervolume."""

    rule: str
    acquisition: AcquisitionFunction
    reference: dict[str, float] | None = None


class Chooser:
    """Picks the acquisition function for a problem."""

    def __init__(self, settings: BotorchSettings, problem: Problem) -> None:
        self._settings, self._problem = settings, problem

    def choose(self, surrogate: Surrogate, evidence: Evidence, seed: int) -> Choice:
        """The acquisition function to be maximised now."""
        choice = self._chosen(surrogate, evidence, seed)
        choice.acquisition.to(surrogate.device)  # BoTorch leaves limits on the processor
        return choice

    def _chosen(self, surrogate: Surrogate, evidence: Evidence, seed: int) -> Choice:
        bounds = self._bounds(surrogate)
        if not evidence.admissible.any():
            return self._first_good(surrogate.believing(evidence.pending), evidence, bounds)
        if len(self._problem.objectives) > 1:
            return self._hypervolume(surrogate, evidence, bounds, seed)
        if self._settings.inference == "fully_bayesian":
            return self._noisy_improvement(surrogate, evidence, bounds, seed)
        return self._improvement(surrogate, evidence, bounds)

    def _first_good(self, believed: Surrogate, evidence: Evidence, bounds: Bounds) -> Choice:
        """Where nothing is completed on the target the sources say what is best; else nothing keeps the limits yet."""
        if evidence.on_target.any() and bounds:
            return Choice("probability of keeping the limits", LogProbabilityOfFeasibility(believed.model, bounds))
        objectives, outcomes = len(self._problem.objectives), len(believed.processes)
        weights = torch.zeros(outcomes, dtype=torch.float64, device=believed.device)
        weights[:objectives] = 1.0
        return Choice("best of the sources", ScalarizedPosteriorMean(believed.model, weights))

    def _improvement(self, surrogate: Surrogate, evidence: Evidence, bounds: Bounds) -> Choice:
        """Log expected improvement over the best mean so far; pending trials are believed and count as tried."""
        tried = surrogate.tensor(np.concatenate([evidence.points[evidence.admissible], evidence.pending_on_target]))
        best = self._number(surrogate, float(surrogate.processes[0].expected(tried)[0].max()))
        model = surrogate.believing(evidence.pending).model
        if bounds:
            return Choice(
                "expected improvement within limits", LogConstrainedExpectedImprovement(model, best, 0, bounds)
            )
        return Choice("expected improvement", LogExpectedImprovement(model, best_f=best))

    def _noisy_improvement(self, surrogate: Surrogate, evidence: Evidence, bounds: Bounds, seed: int) -> Choice:
        acquisition = qLogNoisyExpectedImprovement(
            surrogate.model,
            surrogate.tensor(evidence.points[evidence.on_target]),
            sampler=self._sampler(seed),
            objective=GenericMCObjective(_first),
            X_pending=surrogate.tensor(evidence.pending_on_target) if len(evidence.pending_on_target) else None,
            constraints=_negative_within(bounds),
            prune_baseline=False,
        )
        return Choice("noisy expected improvement", acquisition)

    def _hypervolume(self, surrogate: Surrogate, evidence: Evidence, bounds: Bounds, seed: int) -> Choice:
        names = [objective.name for objective in self._problem.objectives]
        reference = reference_point(self._problem.objectives, evidence)
        scaled = [
            float(process.scale.standardised(np.array([value]), 0)[0])
            for process, value in zip(surrogate.processes, reference, strict=False)
        ]
        acquisition = qLogNoisyExpectedHypervolumeImprovement(
            surrogate.believing(evidence.pending_elsewhere).model,
            ref_point=scaled,
            X_baseline=surrogate.tensor(evidence.points[evidence.on_target]),
            sampler=self._sampler(seed),
            objective=IdentityMCMultiOutputObjective(outcomes=list(range(len(names)))),
            constraints=_negative_within(bounds),
            X_pending=surrogate.tensor(evidence.pending_on_target) if len(evidence.pending_on_target) else None,
            prune_baseline=False,
            cache_root=self._settings.inference == "most_probable",
        )
        signs = [objective.sign for objective in self._problem.objectives]
        told = {name: sign * float(value) for name, sign, value in zip(names, signs, reference, strict=True)}
        return Choice("noisy expected hypervolume improvement", acquisition, told)

    def _bounds(self, surrogate: Surrogate) -> Bounds:
        """The limits of each outcome that has some, in units of the model."""
        first = len(self._problem.objectives)
        bounds: Bounds = {}
        for place, limit in enumerate(self._problem.constraints, start=first):
            scale = surrogate.processes[place].scale
            low, high = (
                None if end is None else float(scale.standardised(np.array([end]), 0)[0])
                for end in (limit.at_least, limit.at_most)
            )
            if low is not None or high is not None:
                bounds[place] = (low, high)
        if (place := first + len(self._problem.constraints)) < len(surrogate.processes):
            scale = surrogate.processes[place].scale
            bounds[place] = (None, float(scale.standardised(np.array([FEASIBLE_BELOW]), 0)[0]))
        return bounds

    def _sampler(self, seed: int) -> SobolQMCNormalSampler:
        return SobolQMCNormalSampler(torch.Size([self._settings.samples]), seed=seed)

    @staticmethod
    def _number(surrogate: Surrogate, value: float) -> torch.Tensor:
        return torch.tensor(value, dtype=torch.float64, device=surrogate.device)


def _first(samples: torch.Tensor, X: torch.Tensor | None = None) -> torch.Tensor:  # noqa: ARG001
    """The first outcome: the objective."""
    return samples[..., 0]


def _negative_within(bounds: Bounds) -> list[Limit] | None:
    """For each limit a function of samples that is negative where it is kept."""
    found: list[Limit] = []
    for place, (low, high) in bounds.items():
        if low is not None:
            found.append(partial(_below, place, low))
        if high is not None:
            found.append(partial(_above, place, high))
    return found or None


def _below(place: int, low: float, samples: torch.Tensor) -> torch.Tensor:
    return low - samples[..., place]


def _above(place: int, high: float, samples: torch.Tensor) -> torch.Tensor:
    return samples[..., place] - high
