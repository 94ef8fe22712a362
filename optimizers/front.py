"""Which trials are best, with one objective or several: the Pareto front and its hypervolume.

Plain Python, because it is asked for by commands that must answer at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from optimizers.objective import Objective, OutcomeConstraint

Values: TypeAlias = Mapping[str, float]
Point: TypeAlias = tuple[float, ...]
"""The values of a trial's objectives, each turned so that smaller is better."""


class Front:
    """The points that no other point beats. With one objective, the best one; of equals, the first."""

    def __init__(self) -> None:
        self.members: list[tuple[int, Point]] = []

    def enter(self, number: int, point: Point) -> bool:
        """Let a point in if no member is as good in everything; the members it beats leave. Says whether it is in."""
        if any(_as_good(member, point) for _, member in self.members):
            return False
        self.members = [(held, member) for held, member in self.members if not _as_good(point, member)]
        self.members.append((number, point))
        return True


def front(
    trials: Iterable[Values], objectives: "Sequence[Objective]", constraints: "Sequence[OutcomeConstraint]" = ()
) -> list[int]:
    """The positions in `trials` of those on the front, in the order of `trials`.

    A trial that breaks a constraint or misses an objective's threshold is not on it.
    """
    kept = Front()
    for number, values in enumerate(trials):
        point = merit(values, objectives, constraints)
        if point is not None:
            kept.enter(number, point)
    return sorted(number for number, _ in kept.members)


def merit(
    values: Values, objectives: "Sequence[Objective]", constraints: "Sequence[OutcomeConstraint]" = ()
) -> Point | None:
    """The objectives of a trial, each to be minimised; None if it breaks a constraint or misses a threshold."""
    if any(one.name not in values or not one.admits(values[one.name]) for one in constraints):
        return None
    if any(one.name not in values for one in objectives):
        return None
    point = tuple(one.sign * values[one.name] for one in objectives)
    limits = (None if one.threshold is None else one.sign * one.threshold for one in objectives)
    return None if any(limit is not None and at > limit for at, limit in zip(point, limits, strict=True)) else point


def hypervolume(points: Iterable[Point], reference: Point) -> float:
    """The volume between `reference` and the region that `points` dominate, all objectives minimised.

    By slicing along the last objective (Zitzler 1999, PhD thesis, ETH Zürich; While et al. 2006, IEEE Trans. Evol.
    Comput. 10, 29). Points that are not better than the reference in every objective add nothing.
    """
    inside = sorted({point for point in points if all(at < limit for at, limit in zip(point, reference, strict=True))})
    if not inside:
        return 0.0
    if len(reference) == 1:
        return reference[0] - inside[0][0]
    volume = 0.0
    by_last = sorted(inside, key=lambda point: point[-1])
    levels = [*(point[-1] for point in by_last), reference[-1]]
    for count in range(1, len(by_last) + 1):
        thickness = levels[count] - levels[count - 1]
        if thickness > 0.0:
            volume += thickness * hypervolume((point[:-1] for point in by_last[:count]), reference[:-1])
    return volume


def _as_good(one: Point, other: Point) -> bool:
    return all(mine <= its for mine, its in zip(one, other, strict=True))
