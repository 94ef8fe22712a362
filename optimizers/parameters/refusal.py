"""Why parameters are no setting of a space, in words."""

import math
from typing import TYPE_CHECKING

from optimizers.history import Parameter, Parameters
from optimizers.parameters.composition import SUM_TOLERANCE, Composition
from optimizers.parameters.parameter import Choice, Fixed, Integer, Range, same

if TYPE_CHECKING:
    from optimizers.parameters.space import ParameterSpace


def refusal(space: "ParameterSpace", parameters: Parameters) -> str | None:
    """See `ParameterSpace.refusal`."""
    unknown = [name for name in parameters if name not in space.names]
    if unknown:
        return f"{unknown[0]} is no parameter of this space. Known: {', '.join(space.names)}."
    existing = space.exists(parameters)
    for parameter in space.parameters:
        value = parameters.get(parameter.name)
        if not existing[parameter.name]:
            if value is not None:
                return f"{parameter.name} does not exist at these values, but it is {value}."
            continue
        found = _of_one(parameter, value)
        if found:
            return f"{parameter.name} {found}"
    for composition in space.compositions:
        found = _of_composition(composition, parameters)
        if found:
            return found
    broken = space.broken(parameters)
    return f"the constraint {broken[0]} is not kept." if broken else None


def _of_one(parameter: Range | Integer | Choice | Fixed, value: Parameter) -> str | None:
    match parameter:
        case Fixed():
            return None if same(parameter.value, value) else f"is {value}, but it is fixed at {parameter.value}."
        case Choice():
            known = ", ".join(map(str, parameter.values))
            return None if parameter.position(value) is not None else f"is {value}. Known: {known}."
    return _of_number(parameter, value)


def _of_number(parameter: Range | Integer, value: Parameter) -> str | None:
    if value is None:
        return "is missing."
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"is {value!r}, but a number is due."
    if not math.isfinite(value) or not _near_or_between(parameter.low, value, parameter.high):
        unit = f" {parameter.unit}" if parameter.unit else ""
        return f"is {value:g}{unit}, outside {parameter.low:g} to {parameter.high:g}{unit}."
    if isinstance(parameter, Integer):
        return None if value == round(value) else f"is {value:g}, which is not whole."
    nearest = parameter.rounded(value)
    if parameter.step is None or abs(nearest - value) <= 1e-9 * max(abs(value), parameter.step):
        return None
    return f"is {value:.10g}, which is not on a step of {parameter.step:g}. Nearest: {nearest:g}."


def _of_composition(composition: Composition, parameters: Parameters) -> str | None:
    fractions: list[float] = []
    for name in composition.names:
        value = parameters.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return f"{name} {'is missing' if value is None else f'is {value!r}, but a number is due'}."
        if not _near_or_between(composition.low(name), value, composition.high(name)):
            return f"{name} is {value:g}, outside {composition.low(name):g} to {composition.high(name):g}."
        if composition.units is not None and abs(value * composition.units - round(value * composition.units)) > 1e-6:
            return f"{name} is {value:.10g}, which is no multiple of {composition.step:g}."
        fractions.append(float(value))
    total = math.fsum(fractions)
    words = ", ".join(composition.names)
    return None if abs(total - 1.0) <= SUM_TOLERANCE else f"{words} sum to {total:.10g}, not to 1."


def _near_or_between(low: float, value: float, high: float) -> bool:
    slack = 1e-9 * max(abs(low), abs(high))
    return low - slack <= value <= high + slack
