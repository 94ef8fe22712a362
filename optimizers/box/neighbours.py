"""The settings one step away: another value of one parameter, or one step of one component given to another."""

from collections.abc import Iterator

import numpy as np

from optimizers.box.evidence import Array
from optimizers.history import Parameter, Parameters
from optimizers.parameters import Choice, Composition, Fixed, Integer, ParameterSpace, Range
from optimizers.parameters.parameter import AnyParameter


def has_steps(space: ParameterSpace) -> bool:
    """Whether anything in the space can only be set in steps."""
    stepped = any(
        not isinstance(one, Fixed | Range) or (isinstance(one, Range) and one.step) for one in space.parameters
    )
    return bool(stepped) or any(composition.step for composition in space.compositions)


def neighbours(space: ParameterSpace, point: Array) -> Array:
    """The encoded settings one step away from an encoded one, (m, D), that keep the constraints."""
    setting = space.decode(point)
    found = np.array([_moved(space, point, change) for change in _changes(space, setting)]).reshape(-1, len(point))
    snapped = space.encoding.snapped(found)
    return snapped[space.encoding.admits(snapped)]


def _moved(space: ParameterSpace, point: Array, change: Parameters) -> Array:
    moved = point.copy()
    for block, span in zip(space.encoding.blocks, space.encoding.spans, strict=True):
        if block.names[0] in change:
            moved[span] = block.encode(change)
    return moved


def _changes(space: ParameterSpace, setting: Parameters) -> Iterator[Parameters]:
    for parameter in space.parameters:
        value = setting[parameter.name]
        if value is not None:
            for other in _next_to(parameter, value):
                yield {parameter.name: other}
    for composition in space.compositions:
        yield from _exchanges(composition, setting)


def _next_to(parameter: AnyParameter, value: Parameter) -> Iterator[Parameter]:
    match parameter:
        case Choice(ordered=False):
            yield from (other for other in parameter.values if other != value)
        case Choice():
            place = parameter.position(value) or 0
            yield from (parameter.values[at] for at in (place - 1, place + 1) if 0 <= at < len(parameter.values))
        case Range(step=float() | int() as step, levels=int() as levels):
            at = round((float(value or 0.0) - parameter.low) / step)
            yield from (parameter.level(near) for near in (at - 1, at + 1) if 0 <= near < levels)
        case Integer():
            at = int(value or 0)
            yield from (near for near in (at - 1, at + 1) if parameter.low <= near <= parameter.high)


def _exchanges(composition: Composition, setting: Parameters) -> Iterator[Parameters]:
    if composition.units is None:
        return
    lows, highs = composition.unit_limits()
    steps = [round(float(setting[name] or 0.0) * composition.units) for name in composition.names]
    for giver in range(len(steps)):
        for taker in range(len(steps)):
            if giver != taker and steps[giver] > lows[giver] and steps[taker] < highs[taker]:
                after = list(steps)
                after[giver] -= 1
                after[taker] += 1
                yield {name: one / composition.units for name, one in zip(composition.names, after, strict=True)}
