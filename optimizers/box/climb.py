"""From good candidates to the tops of the acquisition function next to them.

Along the coordinates that can be set freely by gradient: L-BFGS-B in a box, SLSQP (Kraft 1988) where fractions must
sum to one or constraints hold. Along everything else step by step, to the best neighbour as long as that is better.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from optimizers.box.acquisition import Acquisition
from optimizers.box.evidence import Array
from optimizers.box.neighbours import has_steps, neighbours
from optimizers.errors import UnusableSpace
from optimizers.parameters import ParameterSpace

STARTS = 4
MOST_STEPS = 60
MOST_MOVES = 12
"""Steps to better neighbours."""
WALKERS = 2
"""Starts that look at their neighbours."""


class Climber:
    """What climbing in one space needs to know of it."""

    def __init__(self, space: ParameterSpace) -> None:
        self._space = space
        stepped = {name for one in space.compositions if one.step is not None for name in one.names}
        self._smooth: npt.NDArray[np.bool_] = np.array(
            [one.kind == "range" or (one.kind == "fraction" and one.name not in stepped) for one in space.columns],
            dtype=np.bool_,
        )
        limits = {name: (one.low(name), one.high(name)) for one in space.compositions for name in one.names}
        self._ends = np.array([limits.get(column.name, (0.0, 1.0)) for column in space.columns])
        self._has_steps = has_steps(space)
        self._owners = [column.name for column in space.columns]
        try:
            self._at_most = space.inequalities()
        except UnusableSpace:  # limits on a logarithmic scale: such parameters are not moved by gradient
            limited = {name for constraint in space.constraints for name in constraint.coefficients}
            self._smooth &= np.array([name not in limited for name in self._owners])
            self._at_most = np.zeros((0, space.dimension)), np.zeros(0)
        rows, totals = space.equalities()
        bound = np.abs(rows[:, self._smooth]).sum(axis=1) > 0.0
        self._sums = rows[bound], totals[bound]

    def climb(self, acquisition: Acquisition, points: Array, scores: Array) -> Array:
        """The tops reached from the best of m candidates, (k, D), best first."""
        order = np.argsort(-scores, kind="stable")[:STARTS]
        found = self._settled(acquisition, np.array([self._up(acquisition, point) for point in points[order]]))
        if self._has_steps:
            walked = [self._walked(acquisition, point) for point in found[:WALKERS]]
            again = [self._up(acquisition, point) for point in walked]
            found = self._settled(acquisition, np.concatenate([walked, again, found]))
        found = np.concatenate([found, points[order]])
        result: Array = found[np.argsort(-acquisition(found), kind="stable")]
        return result

    def _settled(self, acquisition: Acquisition, points: Array) -> Array:
        """The settings nearest to the points, best first; those that break a constraint are dropped."""
        snapped = self._space.encoding.snapped(points)
        kept = snapped[self._space.encoding.admits(snapped)]
        return kept[np.argsort(-acquisition(kept), kind="stable")] if len(kept) else kept

    def _walked(self, acquisition: Acquisition, point: Array) -> Array:
        score = float(acquisition(point[None, :])[0])
        for _ in range(MOST_MOVES):
            around = neighbours(self._space, point)
            if len(around) == 0:
                break
            scores = acquisition(around)
            best = int(scores.argmax())
            if scores[best] <= score + 1e-9 * max(1.0, abs(score)):
                break
            point, score = around[best], float(scores[best])
        return point

    def _up(self, acquisition: Acquisition, start: Array) -> Array:
        """The top reached along the coordinates that can be set freely."""
        existing = self._space.encoding.existing(start[None, :])
        free = self._smooth & np.array([bool(existing.get(name, np.ones(1))[0]) for name in self._owners])
        if not free.any():
            return start
        point = start.copy()

        def loss(at: Array) -> tuple[float, Array]:
            point[free] = at
            value, slope = acquisition.with_gradient(point)
            return -value, -slope[free]

        constraints = self._constraints(start, free)
        found = minimize(
            loss,
            start[free],
            jac=True,
            method="SLSQP" if constraints else "L-BFGS-B",
            bounds=self._ends[free],
            constraints=constraints,
            options={"maxiter": MOST_STEPS},
        )
        point[free] = np.clip(found.x, *self._ends[free].T) if np.isfinite(found.x).all() else start[free]
        return point

    def _constraints(self, start: Array, free: npt.NDArray[np.bool_]) -> list[dict[str, object]]:
        """What the free coordinates must keep, the others being where they are."""
        found: list[dict[str, object]] = []
        for kind, (rows, limits) in (("ineq", self._at_most), ("eq", self._sums)):
            touched = np.abs(rows[:, free]).sum(axis=1) > 0.0
            if touched.any():
                matrix = rows[touched][:, free]
                left = limits[touched] - rows[touched][:, ~free] @ start[~free]
                found.append(
                    {
                        "type": kind,
                        "fun": lambda at, matrix=matrix, left=left: left - matrix @ at,
                        "jac": lambda _, matrix=matrix: -matrix,
                    }
                )
        return found
