"""Spaces in which everything can be counted."""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from optimizers.errors import UnusableSpace
from optimizers.history import Parameter
from optimizers.parameters.composition import Composition
from optimizers.parameters.parameter import AnyParameter, Choice, Fixed

if TYPE_CHECKING:
    from optimizers.parameters.space import ParameterSpace

MOST_LISTED = 100_000


def count(space: "ParameterSpace") -> int | None:
    """How many settings there are; None where that is infinite, or too many to go through one by one."""
    most = _most(space)
    if most is None:
        return None
    is_plain = not space.constraints and all(isinstance(one, Fixed) or one.when is None for one in space.parameters)
    if is_plain:
        return most
    return sum(1 for _ in _settings(space)) if most <= MOST_LISTED else None


def listing(space: "ParameterSpace") -> list[dict[str, Parameter]]:
    """See `ParameterSpace.listing`."""
    if space.size is None or space.size > MOST_LISTED:
        raise UnusableSpace(f"the space holds more than {MOST_LISTED:,} settings, or a continuum of them")
    return list(_settings(space))


def _most(space: "ParameterSpace") -> int | None:
    """The product of the numbers of values, as if every parameter existed everywhere."""
    sizes = [_levels(parameter) for parameter in space.parameters]
    sizes += [_compositions(composition) for composition in space.compositions]
    return None if None in sizes else math.prod(size for size in sizes if size is not None)


def _levels(parameter: AnyParameter) -> int | None:
    match parameter:
        case Fixed():
            return 1
        case Choice():
            return len(parameter.values)
    return parameter.levels


def _compositions(composition: Composition) -> int | None:
    """How many ways there are to share the steps out among the components."""
    if composition.units is None:
        return None
    lows, highs = composition.unit_limits()

    @cache
    def ways(component: int, left: int) -> int:
        if component == len(lows):
            return int(left == 0)
        most = min(highs[component], left)
        return sum(ways(component + 1, left - steps) for steps in range(lows[component], most + 1))

    return ways(0, composition.units)


def _settings(space: "ParameterSpace") -> Iterator[dict[str, Parameter]]:
    for values in _assigned(space, space.by_dependence, {}):
        for setting in _composed(space.compositions, values):
            ordered = {name: setting[name] for name in space.names}
            if not space.broken(ordered):
                yield ordered


def _assigned(
    space: "ParameterSpace", parameters: Sequence[AnyParameter], values: dict[str, Parameter]
) -> Iterator[dict[str, Parameter]]:
    if not parameters:
        yield values
        return
    first, *rest = parameters
    when = {} if isinstance(first, Fixed) or first.when is None else first.when
    exists = not when or space.exists({**dict.fromkeys(space.names), **values})[first.name]
    for value in _values(first) if exists else (None,):
        yield from _assigned(space, rest, {**values, first.name: value})


def _values(parameter: AnyParameter) -> Sequence[Parameter]:
    match parameter:
        case Fixed():
            return (parameter.value,)
        case Choice():
            return parameter.values
    assert parameter.levels is not None
    return [parameter.level(number) for number in range(parameter.levels)]


def _composed(compositions: Sequence[Composition], values: dict[str, Parameter]) -> Iterator[dict[str, Parameter]]:
    if not compositions:
        yield values
        return
    first, *rest = compositions
    assert first.units is not None
    for steps in _shares(*first.unit_limits(), first.units):
        fractions = {name: number / first.units for name, number in zip(first.names, steps, strict=True)}
        yield from _composed(rest, {**values, **fractions})


def _shares(lows: Sequence[int], highs: Sequence[int], total: int) -> Iterator[tuple[int, ...]]:
    if len(lows) == 1:
        if lows[0] <= total <= highs[0]:
            yield (total,)
        return
    for steps in range(lows[0], min(highs[0], total) + 1):
        for others in _shares(lows[1:], highs[1:], total - steps):
            yield (steps, *others)
