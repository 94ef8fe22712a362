"""The search of a parameter space for the setting that an acquisition function likes best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from botorch.generation.gen import gen_candidates_scipy

from optimizers.botorch.landscape import Landscape
from optimizers.botorch.layout import Array
from optimizers.botorch.session import without_stalls
from optimizers.errors import UnusableSpace
from optimizers.parameters import ParameterSpace
from optimizers.parameters.sampling import vectors as spread_vectors

Mask = npt.NDArray[np.bool_]

SPREAD = 512
"""Settings spread over the space."""
AROUND = 64
"""Settings around each good one, per width."""
WIDTHS = (0.2, 0.05, 0.01)
"""Standard deviations of steps in coordinates."""
CLIMBS = 4
"""From how many points gradients are followed."""
STEPS = 60
ROUNDS = 3
SWITCH = 0.3
"""How often a step draws a label anew."""


@dataclass(frozen=True, eq=False)
class View:
    """How a vector of the space becomes a point of the model: which coordinates, times what, on the target."""

    coordinates: npt.NDArray[np.intp]
    size: Array

    def points(self, vectors: Array) -> Array:
        """Shape (n, D) to shape (n, width)."""
        shown = vectors[:, self.coordinates] * self.size
        joined: Array = np.concatenate([shown, np.zeros((len(vectors), 1))], axis=1)
        return joined

    def vectors(self, points: Array, background: Array) -> Array:
        """The way back; what the model does not see is taken from `background`."""
        found = background.copy()
        found[:, self.coordinates] = points[:, :-1] / self.size
        return found


class Ascent:
    """Compares settings spread over the space and around the best trials, follows gradients from the best of them,
    and ends with small steps among settings; so every kind of parameter is served and only settings are compared."""

    def __init__(self, space: ParameterSpace, view: View, landscape: Landscape) -> None:
        self._space, self._view, self._landscape = space, view, landscape

    def search(self, good: Array, seed: Sequence[int]) -> tuple[Array, Array]:
        """Settings, shape (n, D), and their scores, shape (n,). `good`, shape (k, D), are the best trials so far."""
        chance = np.random.default_rng([*seed, 1])
        found = np.concatenate(
            [
                spread_vectors(self._space, SPREAD, [*seed, 2]),
                *(self._around(good, width, AROUND, chance) for width in WIDTHS if len(good)),
            ]
        )
        scores = self._score(found)
        climbed = self._climb(found[np.argsort(-scores, kind="stable")[:CLIMBS]])
        found, scores = np.concatenate([found, climbed]), np.concatenate([scores, self._score(climbed)])
        for width in WIDTHS[-ROUNDS:]:
            best = found[[int(scores.argmax())]]
            nearby = self._around(best, width, AROUND, chance)
            found, scores = np.concatenate([found, nearby]), np.concatenate([scores, self._score(nearby)])
        return found, scores

    def _score(self, vectors: Array) -> Array:
        return self._landscape(self._view.points(vectors))

    def _around(self, centres: Array, width: float, count: int, chance: np.random.Generator) -> Array:
        """Settings at normal steps from each centre, in some of the coordinates."""
        columns = self._space.columns
        starts = np.repeat(centres, count, axis=0)
        moved = chance.random(starts.shape) < max(0.5, 1.0 / starts.shape[1])
        steps = width * chance.standard_normal(starts.shape) * moved
        # Whole numbers and ordered choices move by at least a cell now and then.
        steps[:, [column.kind in ("integer", "ordered") for column in columns]] *= 2.0
        for name in dict.fromkeys(column.name for column in columns if column.kind == "label"):
            own = np.array([column.name == name for column in columns])
            switched = chance.random(len(starts)) < SWITCH
            drawn = np.eye(int(own.sum()))[chance.integers(int(own.sum()), size=len(starts))]
            steps[:, own] = np.where(switched[:, None], drawn - starts[:, own], 0.0)
        return self._settings(starts + steps)

    def _settings(self, vectors: Array) -> Array:
        """The nearest settings; those that break a constraint are moved to one that keeps it."""
        snapped = self._space.encoding.snapped(vectors)
        for row in np.flatnonzero(~self._space.encoding.admits(snapped)):
            snapped[row] = self._space.encode(self._space.decode(snapped[row]))
        return snapped

    def _climb(self, starts: Array) -> Array:
        """Follow gradients in the continuous coordinates that exist, constraints kept where they are linear."""
        lines = self._linear()
        ends = [self._settings(self._climb_from(start[None, :], lines)) for start in starts]
        return np.concatenate(ends)

    def _climb_from(self, start: Array, lines: tuple[Array, Array] | None) -> Array:
        columns = self._space.columns
        exists = self._space.encoding.existing(start)
        free = np.array([c.kind in ("range", "fraction") and bool(exists.get(c.name, [True])[0]) for c in columns])
        shown = free[self._view.coordinates]
        if not shown.any() or lines is None:
            return start
        place = {int(column): number for number, column in enumerate(self._view.coordinates)}
        point = torch.as_tensor(self._view.points(start), dtype=torch.float64, device=self._landscape.device)
        fixed = {number: float(point[0, number]) for number in np.flatnonzero(~shown).tolist()}
        fixed[point.shape[-1] - 1] = 0.0
        inequalities = [
            one for row, limit in zip(*lines, strict=True) if (one := _sparse(-row, -limit, start[0], free, place))
        ]
        rows, sums = self._space.equalities()
        equalities = [
            one for row, total in zip(rows, sums, strict=True) if (one := _sparse(row, total, start[0], free, place))
        ]
        with without_stalls():
            found, _ = gen_candidates_scipy(
                point.unsqueeze(-2),
                self._landscape.acquisition,
                lower_bounds=0.0,
                upper_bounds=1.0,
                inequality_constraints=[_on(one, point.device) for one in inequalities] or None,
                equality_constraints=[_on(one, point.device) for one in equalities] or None,
                fixed_features=fixed,
                options={"maxiter": STEPS},
            )
        return self._view.vectors(found.detach().squeeze(-2).cpu().numpy(), start)

    def _linear(self) -> tuple[Array, Array] | None:
        """The constraints as A u <= b; None where one is not linear in the encoding."""
        try:
            return self._space.inequalities()
        except UnusableSpace:
            return None


Line = tuple[list[int], list[float], float]


def _sparse(row: Array, limit: float, start: Array, free: Mask, place: dict[int, int]) -> Line | None:
    """A row over all coordinates as one over the free ones, what is fixed moved to the other side; None if empty."""
    used = [int(column) for column in np.flatnonzero((row != 0.0) & free) if int(column) in place]
    if not used:
        return None
    others = row.copy()
    others[used] = 0.0
    rest = float(limit - others @ start)
    return [place[column] for column in used], [float(row[column]) for column in used], rest


def _on(line: Line, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, float]:
    columns, factors, limit = line
    return (
        torch.tensor(columns, dtype=torch.long, device=device),
        torch.tensor(factors, dtype=torch.float64, device=device),
        limit,
    )
