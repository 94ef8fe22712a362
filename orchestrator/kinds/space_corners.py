"""The outermost settings of a space: what holds at all of them holds, as a rule, in between."""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from random import Random
from typing import TYPE_CHECKING, Any

from optimizers.space import Space

if TYPE_CHECKING:
    from optimizers.history import Parameters
    from optimizers.parameters import Composition

MOST = 4096
"""Corners that are looked at; a space of more than twelve parameters has more."""
SPREAD = 64
"""Settings inside of a space that are looked at besides."""


def outermost(space: Space) -> Iterator["Parameters"]:
    """The corners of a space of parameters and some settings inside; every candidate of a pool. Others have none."""
    from optimizers.parameters import ParameterSpace
    from optimizers.pool import CandidatePool

    if isinstance(space, CandidatePool):
        yield from (space.parameters(number) for number in range(min(len(space), MOST)))
    elif isinstance(space, ParameterSpace):
        yield from _corners(space)
        chance = Random(0)
        yield from (space.decode([chance.random() for _ in range(space.dimension)]) for _ in range(SPREAD))


def _corners(space: Any) -> Iterator["Parameters"]:
    ends: list[Sequence[dict[str, Any]]] = [
        [{parameter.name: value} for value in _ends(parameter)] for parameter in space.parameters
    ]
    ends += [_vertices(composition) for composition in space.compositions]
    for parts in islice(product(*ends), MOST):
        corner: dict[str, Any] = {}
        for part in parts:
            corner.update(part)
        there = space.exists(corner)
        yield space.settable({name: value if there[name] else None for name, value in corner.items()})


def _ends(parameter: Any) -> Sequence[Any]:
    from optimizers.parameters import Choice, Fixed

    if isinstance(parameter, Fixed):
        return (parameter.value,)
    if isinstance(parameter, Choice):
        return parameter.values
    return (parameter.low, parameter.high)


def _vertices(composition: "Composition") -> Sequence[dict[str, Any]]:
    """Each component at its most, the others sharing the rest; the space then keeps the limits."""
    names = composition.names
    found = []
    for name in names:
        most = composition.high(name)
        rest = (1.0 - most) / max(len(names) - 1, 1)
        found.append({other: most if other == name else rest for other in names})
    return found
