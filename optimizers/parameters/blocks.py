"""The coordinates of one parameter or composition: between values and numbers from 0 to 1."""

import math

import numpy as np
import numpy.typing as npt

from optimizers.errors import UnusableSpace
from optimizers.history import Parameter, Parameters
from optimizers.parameters.composition import Composition
from optimizers.parameters.fractions import fractions_from_cube, settable_fractions
from optimizers.parameters.parameter import Choice, Integer, Range, Scale
from optimizers.parameters.space import Column

Array = npt.NDArray[np.float64]
Levels = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


class Block:
    """What every block can do.

    `freedom` is its number of independent coordinates; arrays of n settings have the shape (n, columns). Methods that
    make no sense for a kind of parameter raise NotImplementedError, or UnusableSpace where the user could ask for it.
    """

    freedom = 1
    is_numeric = False
    sums_to_one = False

    def __init__(self, names: tuple[str, ...], columns: tuple[Column, ...]) -> None:
        self.names = names
        self.columns = columns

    @property
    def neutral(self) -> Array:
        """Where the block stands when the parameter does not exist."""
        return np.array([0.5])

    def encode(self, parameters: Parameters) -> Array:
        """The coordinates of one setting. Raises UnusableSpace for a value without a place."""
        raise NotImplementedError

    def decode(self, point: Array) -> dict[str, Parameter]:
        """The setting nearest to a point."""
        raise NotImplementedError

    def rounded(self, parameters: Parameters) -> dict[str, Parameter]:
        """The nearest values that can be set. Raises UnusableSpace for a value without a place."""
        raise NotImplementedError

    def snapped(self, points: Array) -> Array:
        """The coordinates of the settings nearest to n points."""
        raise NotImplementedError

    def numbers(self, points: Array) -> Array:
        """The values in their units, shape (n, names); only where `is_numeric`."""
        raise NotImplementedError

    def levels_of(self, points: Array) -> Levels:
        """The places of the values in their list, shape (n,); only for whole numbers and choices."""
        raise NotImplementedError

    def levels_among(self, values: tuple[Parameter, ...]) -> list[int]:
        """The places of `values` in the list."""
        raise NotImplementedError

    def from_cube(self, points: Array) -> Array:
        """Coordinates from uniform numbers, shape (n, freedom)."""
        return points

    def within_limits(self, points: Array) -> Mask:
        """Which of n points from the cube keep the limits of the parameter, shape (n,)."""
        return np.ones(len(points), dtype=np.bool_)

    def line(self, name: str) -> tuple[float, float]:
        """The value as offset + slope * coordinate. Raises UnusableSpace where it is no such line."""
        raise UnusableSpace(f"{name}: a choice is no number.")


def block_of(parameter: Range | Integer | Choice | Composition) -> Block:
    """The block of a parameter, or of a composition."""
    match parameter:
        case Range():
            return _RangeBlock(parameter)
        case Integer():
            return _IntegerBlock(parameter)
        case Choice(ordered=True):
            return _OrderedBlock(parameter)
        case Choice():
            return _LabelBlock(parameter)
    return _FractionBlock(parameter)


class _Number(Block):
    """A number between two limits; on a logarithmic scale equal factors are equally far apart."""

    is_numeric = True

    def __init__(self, column: Column, first: float, last: float, scale: Scale) -> None:
        super().__init__((column.name,), (column,))
        is_log = scale == "log"
        self._is_log = is_log
        self._first, self._last = (math.log(first), math.log(last)) if is_log else (first, last)

    def line(self, name: str) -> tuple[float, float]:
        if self._is_log:
            raise UnusableSpace(f"{name}: on a logarithmic scale a linear constraint is not linear in the encoding.")
        return self._first, self._last - self._first

    def _places(self, values: Array) -> Array:
        on_scale = np.log(values) if self._is_log else values
        return (on_scale - self._first) / (self._last - self._first)

    def _values(self, places: Array) -> Array:
        on_scale = self._first + np.clip(places, 0.0, 1.0) * (self._last - self._first)
        return np.exp(on_scale) if self._is_log else on_scale

    def _encode(self, parameters: Parameters) -> Array:
        value = number(parameters, self.names[0])
        if self._is_log and value <= 0.0:
            raise UnusableSpace(f"{self.names[0]}: {value:g} has no place on a logarithmic scale.")
        return self._places(np.array([value]))


class _RangeBlock(_Number):
    """A range, with or without steps."""

    def __init__(self, parameter: Range) -> None:
        super().__init__(Column(parameter.name, "range"), parameter.low, parameter.high, parameter.scale)
        self._parameter = parameter

    def encode(self, parameters: Parameters) -> Array:
        return self._encode(parameters)

    def decode(self, point: Array) -> dict[str, Parameter]:
        return {self.names[0]: self._parameter.rounded(float(self._values(point)[0]))}

    def rounded(self, parameters: Parameters) -> dict[str, Parameter]:
        return {self.names[0]: self._parameter.rounded(number(parameters, self.names[0]))}

    def snapped(self, points: Array) -> Array:
        low, step, levels = self._parameter.low, self._parameter.step, self._parameter.levels
        if step is None or levels is None:
            return np.clip(points, 0.0, 1.0)
        places = np.clip(np.rint((self._values(points) - low) / step), 0, levels - 1)
        return self._places(low + step * places)

    def numbers(self, points: Array) -> Array:
        return self._values(points)


class _IntegerBlock(_Number):
    """A whole number: each owns a cell from half below to half above it."""

    def __init__(self, parameter: Integer) -> None:
        first, last = parameter.low - 0.5, parameter.high + 0.5
        super().__init__(Column(parameter.name, "integer"), first, last, parameter.scale)
        self._parameter = parameter

    def encode(self, parameters: Parameters) -> Array:
        return self._encode(parameters)

    def decode(self, point: Array) -> dict[str, Parameter]:
        return {self.names[0]: int(self.numbers(point[None, :])[0, 0])}

    def rounded(self, parameters: Parameters) -> dict[str, Parameter]:
        return {self.names[0]: self._parameter.rounded(number(parameters, self.names[0]))}

    def snapped(self, points: Array) -> Array:
        return self._places(self.numbers(points))

    def numbers(self, points: Array) -> Array:
        whole = np.floor(self._values(points) + 0.5)
        result: Array = np.clip(whole, self._parameter.low, self._parameter.high)
        return result

    def levels_of(self, points: Array) -> Levels:
        return (self.numbers(points)[:, 0] - self._parameter.low).astype(np.intp)

    def levels_among(self, values: tuple[Parameter, ...]) -> list[int]:
        return [int(value) - self._parameter.low for value in values if isinstance(value, int | float)]


class _Listed(Block):
    """What choices with and without order have in common."""

    def __init__(self, parameter: Choice, columns: tuple[Column, ...]) -> None:
        super().__init__((parameter.name,), columns)
        self._parameter = parameter

    def rounded(self, parameters: Parameters) -> dict[str, Parameter]:
        return {self.names[0]: self._parameter.values[self._position(parameters)]}

    def decode(self, point: Array) -> dict[str, Parameter]:
        return {self.names[0]: self._parameter.values[int(self.levels_of(point[None, :])[0])]}

    def levels_among(self, values: tuple[Parameter, ...]) -> list[int]:
        return [place for place in map(self._parameter.position, values) if place is not None]

    def _position(self, parameters: Parameters) -> int:
        value = parameters.get(self.names[0])
        place = self._parameter.position(value)
        if place is None:
            known = ", ".join(map(str, self._parameter.values))
            raise UnusableSpace(f"{self.names[0]}: {value} is not known. Known: {known}.")
        return place


class _OrderedBlock(_Listed):
    """A choice whose values have neighbours: equal cells in the order given."""

    def __init__(self, parameter: Choice) -> None:
        super().__init__(parameter, (Column(parameter.name, "ordered"),))

    def encode(self, parameters: Parameters) -> Array:
        return np.array([(self._position(parameters) + 0.5) / len(self._parameter.values)])

    def snapped(self, points: Array) -> Array:
        places: Array = (self.levels_of(points)[:, None] + 0.5) / len(self._parameter.values)
        return places

    def levels_of(self, points: Array) -> Levels:
        count = len(self._parameter.values)
        return np.clip(np.floor(points[:, 0] * count), 0, count - 1).astype(np.intp)


class _LabelBlock(_Listed):
    """A choice without an order: one coordinate per value, 1 for the one chosen."""

    sums_to_one = True

    def __init__(self, parameter: Choice) -> None:
        super().__init__(parameter, tuple(Column(parameter.name, "label", value) for value in parameter.values))

    @property
    def neutral(self) -> Array:
        return np.full(len(self.columns), 1.0 / len(self.columns))

    def encode(self, parameters: Parameters) -> Array:
        unit: Array = np.eye(len(self.columns))[self._position(parameters)]
        return unit

    def snapped(self, points: Array) -> Array:
        unit: Array = np.eye(len(self.columns))[self.levels_of(points)]
        return unit

    def levels_of(self, points: Array) -> Levels:
        places: Levels = points.argmax(axis=1)
        return places

    def from_cube(self, points: Array) -> Array:
        count = len(self.columns)
        unit: Array = np.eye(count)[np.minimum((points[:, 0] * count).astype(np.intp), count - 1)]
        return unit


class _FractionBlock(Block):
    """A composition: its fractions."""

    is_numeric = True
    sums_to_one = True

    def __init__(self, composition: Composition) -> None:
        super().__init__(composition.names, tuple(Column(name, "fraction") for name in composition.names))
        self.freedom = len(composition.names) - 1
        self._composition = composition

    @property
    def neutral(self) -> Array:
        return np.full(len(self.names), 1.0 / len(self.names))

    def encode(self, parameters: Parameters) -> Array:
        return np.array([number(parameters, name) for name in self.names])

    def decode(self, point: Array) -> dict[str, Parameter]:
        settable = settable_fractions(self._composition, point[None, :])[0]
        return dict(zip(self.names, settable.tolist(), strict=True))

    def rounded(self, parameters: Parameters) -> dict[str, Parameter]:
        return self.decode(self.encode(parameters))

    def snapped(self, points: Array) -> Array:
        return settable_fractions(self._composition, points)

    def within_limits(self, points: Array) -> Mask:
        highs = np.array([self._composition.high(name) for name in self.names])
        kept: Mask = np.all(points <= highs + 1e-12, axis=1)
        return kept

    def numbers(self, points: Array) -> Array:
        return points

    def from_cube(self, points: Array) -> Array:
        return fractions_from_cube(self._composition, points)

    def line(self, name: str) -> tuple[float, float]:  # noqa: ARG002
        return 0.0, 1.0


def number(parameters: Parameters, name: str) -> float:
    """The value of a numeric parameter. Raises UnusableSpace if it is missing or no finite number."""
    value = parameters.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        found = "is missing" if value is None else f"is {value!r}"
        raise UnusableSpace(f"{name}: a finite number is due, but it {found}.")
    return float(value)
