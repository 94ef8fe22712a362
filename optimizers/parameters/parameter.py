"""One parameter: a range, an integer, a choice, or a fixed value."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from optimizers.errors import UnusableParameter
from optimizers.history import Parameter

Scale = Literal["linear", "log"]
When: TypeAlias = Mapping[str, Parameter | tuple[Parameter, ...]]
"""Another parameter, and the value or values of it at which this one exists."""


@dataclass(frozen=True)
class Range:
    """A real number from `low` to `high`, in `unit`. With `step` only low, low + step, ... can be set.

    On a `log` scale equal factors are equally far apart. With `when` the parameter exists only where another one
    has certain values; elsewhere it is None. Raises UnusableParameter for limits or a step that make no sense.
    """

    name: str
    low: float
    high: float
    unit: str = ""
    scale: Scale = "linear"
    step: float | None = None
    when: When | None = None

    def __post_init__(self) -> None:
        _check_limits(self.name, self.low, self.high, self.scale)
        if self.step is None:
            return
        if not (math.isfinite(self.step) and self.step > 0.0):
            raise UnusableParameter(self.name, f"the step is {self.step:g}. A step must be more than 0.")
        if self.step > (self.high - self.low) * (1.0 + 1e-9):
            raise UnusableParameter(
                self.name,
                f"a step of {self.step:g} is larger than the range from {self.low:g} to {self.high:g}. "
                "Give a smaller step, or make the parameter a fixed value.",
            )

    @property
    def levels(self) -> int | None:
        """How many values can be set; None for a continuum."""
        if self.step is None:
            return None
        return math.floor((self.high - self.low) / self.step * (1.0 + 1e-12) + 1e-9) + 1

    def level(self, number: int) -> float:
        """The settable value `number`, counted from 0 at `low`: the decimal number that a person would write."""
        assert self.step is not None
        return float(Decimal(repr(float(self.low))) + number * Decimal(repr(float(self.step))))

    def rounded(self, value: float) -> float:
        """The nearest value that can be set."""
        inside = min(max(float(value), float(self.low)), float(self.high))
        if self.step is None or self.levels is None:
            return inside
        return self.level(min(max(round((inside - self.low) / self.step), 0), self.levels - 1))


@dataclass(frozen=True)
class Integer:
    """A whole number from `low` to `high`, both included. Raises UnusableParameter for limits that make no sense."""

    name: str
    low: int
    high: int
    unit: str = ""
    scale: Scale = "linear"
    when: When | None = None

    def __post_init__(self) -> None:
        if self.low != int(self.low) or self.high != int(self.high):
            raise UnusableParameter(
                self.name, f"limits of whole numbers must be whole, not {self.low} and {self.high}."
            )
        _check_limits(self.name, self.low, self.high, self.scale)

    @property
    def levels(self) -> int | None:
        """How many values can be set."""
        return self.high - self.low + 1

    def level(self, number: int) -> int:
        """The value `number`, counted from 0 at `low`."""
        return self.low + number

    def rounded(self, value: float) -> int:
        """The nearest value that can be set."""
        return min(max(round(value), self.low), self.high)


@dataclass(frozen=True)
class Choice:
    """One of several values. `ordered` values have neighbours: the order is the one in which they are given.

    Raises UnusableParameter for fewer than two values, and for values that are the same.
    """

    name: str
    values: tuple[Parameter, ...]
    ordered: bool = False
    when: When | None = None

    def __post_init__(self) -> None:
        if len(self.values) < 2:
            raise UnusableParameter(
                self.name, f"{len(self.values)} value is no choice. Give two or more, or a fixed value."
            )
        for place, value in enumerate(self.values):
            if value is None or (isinstance(value, float) and not math.isfinite(value)):
                raise UnusableParameter(self.name, f"{value} is no value. Allowed: text, finite numbers, true, false.")
            if any(same(value, other) for other in self.values[:place]):
                raise UnusableParameter(self.name, f"the value {value} is given twice.")

    def position(self, value: Parameter) -> int | None:
        """The place of `value` among the values; None if it is none of them."""
        return next((place for place, known in enumerate(self.values) if same(known, value)), None)


@dataclass(frozen=True)
class Fixed:
    """A parameter that has one value throughout the campaign."""

    name: str
    value: Parameter


AnyParameter: TypeAlias = Range | Integer | Choice | Fixed


def same(one: Parameter, other: Parameter) -> bool:
    """Whether two values are equal: true is not 1 and 1 is 1.0."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def allowed_values(values: Parameter | tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """The values of one entry of a `when`, as a tuple."""
    return values if isinstance(values, tuple) else (values,)


def _check_limits(name: str, low: float, high: float, scale: Scale) -> None:
    if not (math.isfinite(low) and math.isfinite(high)):
        raise UnusableParameter(name, f"the limits are {low:g} and {high:g}. Both must be finite.")
    if low > high:
        raise UnusableParameter(name, f"the limits {low:g} and {high:g} are reversed. Write {high:g}, {low:g}.")
    if low == high:
        raise UnusableParameter(name, f"both limits are {low:g}. Make the parameter a fixed value.")
    if scale == "log" and low <= 0.0:
        raise UnusableParameter(name, f"a logarithmic scale cannot begin at {low:g}. Limits must be more than 0.")


def _counted(count: int) -> str:
    return "one value" if count == 1 else f"{count or 'no'} values"
