"""The search of a candidate pool: one engine for as long as the pool's symmetry holds, another from then on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from optimizers.history import History, Trial
from optimizers.kriging.engine import Engine
from optimizers.kriging.evidence import Evidence, closed_sites
from optimizers.kriging.settings import KrigingSettings
from optimizers.kriging.symmetry_check import SymmetryCheck
from optimizers.proposal import Proposal
from optimizers.protocol import Problem

AnyEngine = TypeVar("AnyEngine", bound=Engine)


class PoolSearch(Generic[AnyEngine]):
    """Asks an engine for one candidate after the other; the state between calls is a cache.

    `make` builds an engine, told whether it may use the symmetry that the pool declares. Raises UnusableSpace for
    a space that is no pool and UnusableProblem for several objectives; methods raise an OptimizerError if the pool,
    a source or the history cannot be used.
    """

    def __init__(self, settings: KrigingSettings, problem: Problem, make: Callable[[bool], AnyEngine]) -> None:
        self._settings = settings
        self._pool, self._objective = problem.pool, problem.objective
        self._make = make
        self._symmetric: AnyEngine | None = None
        self._plain: AnyEngine | None = None
        self._check: SymmetryCheck | None = None

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals."""
        engine, warning = self.engine(history)
        evidence = engine.reader.read(history)
        proposals: list[Proposal] = []
        while len(proposals) < count:
            closed = closed_sites(engine.atlas, evidence)
            if len(closed) == len(engine.atlas):
                break
            proposal = self._image(engine, history, evidence) or engine.choose(evidence, closed)
            if warning is not None:
                proposal = replace(proposal, reasons={**proposal.reasons, "warning": warning})
            proposals.append(proposal)
            if len(proposals) < count:
                pending = Trial(0, proposal.parameters, "pending", proposal.candidate)
                engine.reader.add(evidence, pending)
                history = History((*history.trials, pending))
        return proposals

    def engine(self, history: History) -> tuple[AnyEngine, str | None]:
        """The engine that uses the symmetry as long as nothing speaks against it, and what there is to say about it."""
        if not self._pool.symmetry or self._settings.symmetry == "ignore":
            return self._without_symmetry(), None
        if self._symmetric is None:
            self._symmetric = self._make(True)
            self._check = SymmetryCheck(self._symmetric.atlas, self._objective)
        assert self._check is not None
        broken = self._check.broken(history) if self._settings.symmetry == "check" else None
        if broken is None:
            return self._symmetric, None
        return self._without_symmetry(), broken.warning()

    def _without_symmetry(self) -> AnyEngine:
        if self._plain is None:
            self._plain = self._make(False)
        return self._plain

    def _image(self, engine: AnyEngine, history: History, evidence: Evidence) -> Proposal | None:
        """The trial that checks the symmetry, once the initial trials are out; None if there is nothing to check."""
        if self._settings.symmetry != "check" or engine is not self._symmetric or engine.is_starting(evidence):
            return None
        assert self._check is not None
        if not self._check.is_needed(history) or (found := self._check.image(history)) is None:
            return None
        candidate, number = found
        site = int(engine.atlas.class_of[candidate])
        beliefs = engine.beliefs(evidence)
        return Proposal(
            parameters=engine.atlas.parameters(candidate),
            candidate=candidate,
            predicted=engine.predicted(beliefs, site),
            reasons={"proposed_by": "symmetry check", "image_of": number, **engine.reasons(evidence, site)},
        )
