"""One coordinate of a space as Ax searches it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from optimizers.history import Parameter
from optimizers.parameters import Choice, Composition, Integer, Range

AxValue: TypeAlias = float | int | str

MOST_LEVELS = 24
"""So many steps Ax searches one by one; finer ones it searches as a continuum, which is rounded."""


@dataclass(frozen=True)
class Axis:
    """A parameter `source` under the name `name`: numbers from `low` to `high`, or `labels` values without an order.

    The parameter is `offset + slope * number` where `is_linear`. `forward` takes a value of it to a value for Ax,
    `backward` back; `neutral` stands in for it where it does not exist.
    """

    name: str
    source: str
    low: float
    high: float
    neutral: AxValue
    forward: Callable[[Parameter], AxValue]
    backward: Callable[[AxValue], Parameter]
    is_whole: bool = False
    is_log: bool = False
    labels: int | None = None
    is_linear: bool = True
    offset: float = 0.0
    slope: float = 1.0


def axis_of(parameter: Range | Integer | Choice, name: str) -> Axis:
    """The axis of a parameter."""
    match parameter:
        case Choice(ordered=False):
            return _labels(parameter, name)
        case Choice():
            return _ordered(parameter, name)
        case Range(scale="linear") if parameter.levels is not None and parameter.levels <= MOST_LEVELS:
            return _levels(parameter, name)
    return _number(parameter, name)


def fraction_axis(composition: Composition, component: str, name: str) -> Axis:
    """The axis of one component of a composition, within what the others leave to it."""
    others = [one for one in composition.names if one != component]
    low = max(composition.low(component), 1.0 - sum(composition.high(one) for one in others))
    high = min(composition.high(component), 1.0 - sum(composition.low(one) for one in others))
    return Axis(name, component, low, high, (low + high) / 2, forward=_as_float, backward=_as_float)


def _number(parameter: Range | Integer, name: str) -> Axis:
    low, high, is_log = float(parameter.low), float(parameter.high), parameter.scale == "log"
    if isinstance(parameter, Range) and parameter.levels is not None:
        high = parameter.level(parameter.levels - 1)
    is_whole = isinstance(parameter, Integer)
    middle = math.sqrt(low * high) if is_log else (low + high) / 2
    known = _as_positive if is_log else _as_float
    return Axis(
        name, parameter.name, low, high, round(middle) if is_whole else middle,
        forward=(lambda value: round(known(value))) if is_whole else known,
        backward=_as_int if is_whole else _as_float,
        is_whole=is_whole, is_log=is_log, is_linear=not is_log and parameter.when is None,
    )  # fmt: skip


def _levels(parameter: Range, name: str) -> Axis:
    step, levels = parameter.step, parameter.levels
    assert step is not None and levels is not None
    return Axis(
        name, parameter.name, 0.0, levels - 1.0, (levels - 1) // 2,
        forward=lambda value: round((_as_float(value) - parameter.low) / step),
        backward=lambda number: parameter.level(_as_int(number)),
        is_whole=True, is_linear=parameter.when is None, offset=float(parameter.low), slope=float(step),
    )  # fmt: skip


def _ordered(parameter: Choice, name: str) -> Axis:
    return Axis(
        name, parameter.name, 0.0, len(parameter.values) - 1.0, (len(parameter.values) - 1) // 2,
        forward=lambda value: _position(parameter, value),
        backward=lambda number: parameter.values[_as_int(number)],
        is_whole=True, is_linear=False,
    )  # fmt: skip


def _labels(parameter: Choice, name: str) -> Axis:
    return Axis(
        name, parameter.name, 0.0, len(parameter.values) - 1.0, "0",
        forward=lambda value: str(_position(parameter, value)),
        backward=lambda number: parameter.values[int(number)],
        labels=len(parameter.values), is_linear=False,
    )  # fmt: skip


def _position(parameter: Choice, value: Parameter) -> int:
    position = parameter.position(value)
    if position is None:
        raise ValueError(f"{parameter.name} is {value}, which is none of its values")
    return position


def _as_float(value: Parameter) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    if not math.isfinite(value):
        raise ValueError(f"{value} is not finite")
    return float(value)


def _as_positive(value: Parameter) -> float:
    number = _as_float(value)
    if number <= 0.0:
        raise ValueError(f"{number} has no logarithm")
    return number


def _as_int(value: Parameter) -> int:
    return round(_as_float(value))
