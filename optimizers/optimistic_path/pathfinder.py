"""The engine of kriging with another question: how high is the lowest way out of the cell?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizers.kriging.engine import Engine
from optimizers.kriging.evidence import Evidence
from optimizers.kriging.kernels import Array
from optimizers.optimistic_path.grid import PeriodicGrid, Way, highest
from optimizers.optimistic_path.settings import OptimisticPathSettings
from optimizers.proposal import Proposal
from optimizers.protocol import Problem

KNOWN = 1e-3
"""What a measured point costs beside one that is not: ways through known country are preferred."""
MOST_DOUBLINGS = 8


@dataclass(frozen=True)
class Outlook:
    """What is known of the way out: candidates of the optimistic way, and whether all of it is measured.

    `barrier` is the highest minus the lowest value, in the objective's unit; it is None before it is certified.
    `exploration` is the number of deviations that the certificate allows for.
    """

    way: Way | None
    certified: bool
    barrier: float | None
    exploration: float


class Pathfinder(Engine):
    """Built once for a pool that is a periodic grid. Raises UnusablePool for any other."""

    def __init__(self, settings: OptimisticPathSettings, problem: Problem, *, use_symmetry: bool) -> None:
        super().__init__(settings.kriging(), problem, use_symmetry=use_symmetry)
        self._exploration = settings.exploration
        self._grid = PeriodicGrid(problem.pool)

    def outlook(self, evidence: Evidence) -> Outlook:
        """What the ended trials tell of the lowest way out."""
        return self._look(evidence, self._exploration)[0]

    def _modelled(self, evidence: Evidence, closed: Sequence[int]) -> Proposal:
        outlook, chosen = self._look(evidence, self._exploration)
        certificate, doubt = outlook, self._exploration
        # A certified path is doubted harder, so that more trials make it surer.
        for _ in range(MOST_DOUBLINGS):
            if chosen is not None:
                break
            doubt *= 2.0
            outlook, chosen = self._look(evidence, doubt)
            certificate = outlook if outlook.certified else certificate
        beliefs = self.beliefs(evidence)
        if chosen is None or chosen in set(closed):
            optimistic = beliefs.mean - doubt * beliefs.scale * np.sqrt(beliefs.variance)
            optimistic[list(closed)] = np.inf
            chosen = int(np.argmin(optimistic))
        site, candidate = self._candidate(np.array([chosen]), evidence)
        return Proposal(
            parameters=self.atlas.parameters(candidate),
            candidate=candidate,
            predicted=self.predicted(beliefs, site),
            reasons={**_said(certificate), **self.reasons(evidence, site)},
        )

    def _look(self, evidence: Evidence, doubt: float) -> tuple[Outlook, int | None]:
        """The outlook at this doubt, and the class to measure next; None if everything that matters is known."""
        beliefs = self.beliefs(evidence)
        hopeful = beliefs.mean - doubt * beliefs.scale * np.sqrt(beliefs.variance)
        known = self._known(evidence, hopeful)
        lowest = int(np.argmin(hopeful))
        if not known[lowest]:
            return Outlook(None, False, None, doubt), lowest
        of = self.atlas.class_of
        values, unknown = hopeful[of], ~known[of]
        start = int(self.atlas.first[lowest])
        best = self._grid.way(values, start)
        if best is None:
            return Outlook(None, True, None, doubt), None
        way = self._grid.cheapest_way(values, np.where(unknown, 1.0, KNOWN), start, best.top) or best
        open_points = [point for point in way.points if unknown[point]]
        if open_points:
            return Outlook(way, False, None, doubt), int(of[highest(open_points, beliefs.mean[of])])
        measured = {datum.site: datum.value for datum in evidence.data if datum.value is not None}
        along = [measured[int(of[point])] for point in way.points if int(of[point]) in measured]
        barrier = max(along) - min(along) if along else None
        return Outlook(way, True, barrier, doubt), None

    def _known(self, evidence: Evidence, hopeful: Array) -> Any:
        """Which classes are settled; measured values replace what is hoped for, and infeasible points are closed."""
        known = np.zeros(len(hopeful), dtype=bool)
        transform = self._posterior.transform
        for datum in evidence.data:
            if datum.site < len(known):
                known[datum.site] = True
                value = np.array([np.inf if datum.value is None else max(datum.value, transform.lowest)])
                hopeful[datum.site] = transform.forward(value)[0] if datum.value is not None else np.inf
        # A trial that came to nothing says nothing: the point stays hopeful, but cannot be asked for again.
        for site in [*evidence.voided, *evidence.settled, *evidence.pending]:
            if site < len(known):
                known[site] = True
        return known


def _said(outlook: Outlook) -> dict[str, Any]:
    if not outlook.certified:
        return {"proposed_by": "optimistic path", "certified": False}
    if outlook.barrier is None:
        return {"proposed_by": "optimistic path (certified: no way out)", "certified": True}
    rule = f"optimistic path (certified: barrier {outlook.barrier:.4g} at {outlook.exploration:g} deviations)"
    return {
        "proposed_by": rule,
        "certified": True,
        "barrier": outlook.barrier,
        "path": list(outlook.way.points) if outlook.way else [],
    }
