"""The linear constraints of a space: whether anything keeps them, what is nearest, and points spread within."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizers.errors import UnusableSpace
from optimizers.history import Parameter, Parameters
from optimizers.parameters.composition import Composition
from optimizers.parameters.fractions import settable_fractions
from optimizers.parameters.parameter import Choice, Fixed, Integer, Range

if TYPE_CHECKING:
    from optimizers.parameters.space import ParameterSpace

Array = npt.NDArray[np.float64]

MOST_CASES = 4096
CORNERS_PER_VARIABLE = 4
STEPS = 40
"""Hit-and-run steps per point, after a start that is spread over the corners already."""


@dataclass(frozen=True)
class Variable:
    """A constrained number: value = base + slope * x with x from `first` to `last`, whole where `is_whole`.

    `weight` makes distances comparable: the share of its scale that the parameter moves per unit of its value.
    """

    name: str
    base: float
    slope: float
    first: float
    last: float
    is_whole: bool
    parameter: Range | Integer | Composition

    def weight(self, value: float) -> float:
        """The share of the scale per unit, near `value`."""
        if isinstance(self.parameter, Composition):
            return 1.0
        low, high = float(self.parameter.low), float(self.parameter.high)
        if self.parameter.scale == "log":
            return 1.0 / (math.log(high / low) * min(max(value, low), high))
        return 1.0 / (high - low)


@dataclass(frozen=True)
class Inside:
    """A case, and its relaxation { first <= x <= last, rows x <= limits, sums x = totals }."""

    case: dict[str, Parameter]
    variables: tuple[Variable, ...]
    rows: Array
    limits: Array
    sums: Array
    totals: Array


class Polytope:
    """What keeps the constraints of a space.

    Conditional parameters make cases: which constrained parameters exist follows from the values of the deciders.
    """

    def __init__(self, space: "ParameterSpace") -> None:
        self._space = space
        self._named = {parameter.name: parameter for parameter in space.parameters}
        self._constrained = {name for constraint in space.constraints for name in constraint.coefficients}
        self._deciders = self._all_deciders()
        self._possible: list[Inside] | None = None
        self._corners: dict[int, Array] = {}

    def require_feasible(self) -> None:
        """Raises UnusableSpace if no setting keeps the constraints."""
        if self._possible is None and not any(self._solve(inside) is not None for inside in self._cases()):
            listed = "; ".join(str(constraint) for constraint in self._space.constraints)
            one = "the constraint" if len(self._space.constraints) == 1 else "all constraints at once"
            raise UnusableSpace(f"constraints: no setting keeps {one} ({listed}). Widen the limits or drop one.")

    def nearest(self, values: Parameters) -> dict[str, Parameter]:
        """The setting nearest to settable values that break a constraint; deciders change only where they must.

        Nearest in the sum of the shares of their ranges by which the parameters move. Raises UnusableSpace if
        nothing keeps the constraints.
        """
        cases = sorted(
            self._cases(), key=lambda one: sum(values.get(name) != value for name, value in one.case.items())
        )
        for inside in cases:
            found = self._solve(inside, values)
            if found is not None:
                return self.completed({**values, **inside.case}, self._values(inside, found))
        self.require_feasible()
        raise UnusableSpace("constraints: no setting keeps them all. Widen the limits or drop one.")

    def spread(self, count: int, generator: np.random.Generator) -> list[dict[str, Parameter]]:
        """Values of the constrained parameters and their deciders at `count` points within the relaxation.

        Hit-and-run between random corners (Smith 1984, Oper. Res. 32, 1296): near to uniform in the values.
        """
        if self._possible is None:
            self._possible = [inside for inside in self._cases() if self._solve(inside) is not None]
        if not self._possible:
            self.require_feasible()
        chosen = generator.integers(len(self._possible), size=count)
        points: list[dict[str, Parameter]] = [{} for _ in range(count)]
        for number in np.unique(chosen).tolist():
            inside, places = self._possible[number], np.flatnonzero(chosen == number)
            for place, x in zip(places.tolist(), self._walk(number, len(places), generator), strict=True):
                points[place] = {**inside.case, **self._values(inside, x, as_settable=False)}
        return points

    def _all_deciders(self) -> list[str]:
        """The parameters on which the existence of constrained parameters depends."""
        found: list[str] = []
        ahead = [name for name in self._constrained if name in self._named]
        while ahead:
            parameter = self._named[ahead.pop()]
            when = () if isinstance(parameter, Fixed) or parameter.when is None else tuple(parameter.when)
            fresh = [name for name in when if name not in found]
            found += fresh
            ahead += fresh
        return [name for name in self._named if name in found]

    def _cases(self) -> Iterator[Inside]:
        options = [_options(self._named[name]) for name in self._deciders]
        if math.prod(len(values) for values in options) > MOST_CASES:
            raise UnusableSpace(
                f"constraints: {', '.join(self._deciders)} decide in more than {MOST_CASES:,} ways which of the "
                "constrained parameters exist. Constrain fewer conditional parameters."
            )
        for values in islice(product(*options), MOST_CASES):
            yield self._inside(dict(zip(self._deciders, values, strict=True)))

    def _inside(self, case: dict[str, Parameter]) -> Inside:
        existing = self._space.exists({**self._space.encoding.fixed, **case})
        case = {name: value if existing[name] else None for name, value in case.items()}
        known = {**self._space.encoding.fixed, **case}
        variables = [
            variable
            for parameter in self._space.parameters
            if parameter.name in self._constrained and parameter.name not in known and existing[parameter.name]
            for variable in _variables(parameter)
        ]
        bound = [one for one in self._space.compositions if self._constrained.intersection(one.names)]
        variables += [variable for composition in bound for variable in _variables(composition)]
        rows = np.zeros((len(self._space.constraints), len(variables)))
        limits = np.zeros(len(rows))
        for number, constraint in enumerate(self._space.constraints):
            factors = constraint.coefficients
            offsets = [factor * float(known.get(name) or 0.0) for name, factor in factors.items() if name in known]
            offsets += [factors.get(variable.name, 0.0) * variable.base for variable in variables]
            rows[number] = [factors.get(variable.name, 0.0) * variable.slope for variable in variables]
            limits[number] = constraint.at_most - math.fsum(offsets)
        sums = np.array([[float(one.parameter is composition) for one in variables] for composition in bound])
        totals = np.array([float(composition.units or 1) for composition in bound])
        return Inside(case, tuple(variables), rows, limits, sums.reshape(len(bound), len(variables)), totals)

    def _solve(self, inside: Inside, near: Parameters | None = None, along: Array | None = None) -> Array | None:
        """x within `inside`: nearest to the values `near`, or farthest `along` a direction; None if there is none.

        A mixed-integer linear programme: |x - target| is bounded from above by one more variable each.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        from optimizers.parameters.space import TOLERANCE

        variables = inside.variables
        count = len(variables)
        sizes = np.abs(inside.rows).max(axis=1, initial=0.0)
        if (inside.limits[sizes == 0.0] < -TOLERANCE * (1.0 + np.abs(inside.limits[sizes == 0.0]))).any():
            return None  # nothing in this case can change a constraint that is broken
        if count == 0:
            return np.empty(0)
        some = sizes > 0.0
        scaled = inside.rows[some] / sizes[some, None]
        blocks = [(scaled, np.full(int(some.sum()), -np.inf), inside.limits[some] / sizes[some])]
        blocks.append((inside.sums, inside.totals, inside.totals))
        cost = np.zeros(count) if along is None else -along
        distances = 0
        if near is not None:
            distances = count
            values = [float(near.get(one.name) or 0.0) for one in variables]
            target = np.array([(value - one.base) / one.slope for value, one in zip(values, variables, strict=True)])
            weights = [one.weight(value) * one.slope for value, one in zip(values, variables, strict=True)]
            cost = np.array([*cost, *weights])
            unit = np.eye(count)
            blocks = [(np.hstack([rows, np.zeros((len(rows), count))]), low, high) for rows, low, high in blocks]
            blocks.append((np.hstack([unit, -unit]), np.full(count, -np.inf), target))
            blocks.append((np.hstack([unit, unit]), target, np.full(count, np.inf)))
        first = [*(one.first for one in variables), *([0.0] * distances)]
        last = [*(one.last for one in variables), *([np.inf] * distances)]
        whole = [*(float(one.is_whole and along is None) for one in variables), *([0.0] * distances)]
        answer = milp(
            cost,
            integrality=np.array(whole),
            bounds=Bounds(np.array(first), np.array(last)),
            constraints=[LinearConstraint(rows, low, high) for rows, low, high in blocks if len(rows)],
        )
        return None if answer.x is None else np.asarray(answer.x[:count], dtype=np.float64)

    def _values(self, inside: Inside, x: Array, as_settable: bool = True) -> dict[str, Parameter]:
        values: dict[str, Parameter] = {}
        for variable, place in zip(inside.variables, x.tolist(), strict=True):
            value = variable.base + variable.slope * place
            whole = as_settable and not isinstance(variable.parameter, Composition)
            values[variable.name] = variable.parameter.rounded(value) if whole else value  # type: ignore[union-attr]
        return values

    def completed(self, values: dict[str, Parameter], solved: dict[str, Parameter]) -> dict[str, Parameter]:
        """`values` with the solved ones, fractions made settable, and None for what does not exist."""
        values = {**values, **solved}
        for composition in self._space.compositions:
            if composition.names[0] in solved:
                fractions = np.array([[float(values[name] or 0.0) for name in composition.names]])
                exact = settable_fractions(composition, fractions)[0].tolist()
                values.update(zip(composition.names, exact, strict=True))
        existing = self._space.exists(values)
        missing = [name for name, exists in existing.items() if exists and values.get(name) is None]
        values.update({name: _middle(self._named[name]) for name in missing})
        return {name: values[name] if existing[name] else None for name in self._space.names}

    def _walk(self, number: int, count: int, generator: np.random.Generator) -> Array:
        """`count` points within case `number`, shape (count, variables)."""
        assert self._possible is not None
        inside = self._possible[number]
        if number not in self._corners:
            self._corners[number] = self._some_corners(inside)
        corners = self._corners[number]
        points: Array = generator.dirichlet(np.ones(len(corners)), size=count) @ corners
        if points.shape[1] == 0:
            return points
        identity = np.eye(points.shape[1])
        rows = np.vstack([inside.rows, identity, -identity])
        ends = [[one.first for one in inside.variables], [one.last for one in inside.variables]]
        limits = np.concatenate([inside.limits, ends[1], -np.array(ends[0])])
        centred = corners - corners.mean(axis=0)
        for _ in range(STEPS):
            direction = generator.standard_normal((count, len(corners))) @ centred
            rates, room = direction @ rows.T, np.maximum(limits - points @ rows.T, 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                reach = room / rates
            moving = np.abs(rates) > 1e-12 * np.abs(rows).max()
            ahead = np.where(moving & (rates > 0), reach, np.inf).min(axis=1)
            behind = np.where(moving & (rates < 0), reach, -np.inf).max(axis=1)
            # A set of a single point has no direction to go, and no ends.
            ends_known = np.isfinite(ahead) & np.isfinite(behind)
            first, last = np.where(ends_known, behind, 0.0), np.where(ends_known, ahead, 0.0)
            points = points + (first + generator.random(count) * (last - first))[:, None] * direction
        return points

    def _some_corners(self, inside: Inside) -> Array:
        # The corners depend on the space alone: the same ones for every seed.
        generator = np.random.default_rng(0)
        spans = np.array([one.last - one.first for one in inside.variables])
        number = CORNERS_PER_VARIABLE * len(spans) + 4
        directions = generator.standard_normal((number, len(spans))) / np.where(spans > 0.0, spans, 1.0)
        found = [self._solve(inside, along=direction) for direction in directions]
        return np.array([corner for corner in found if corner is not None]).reshape(-1, len(spans))


def _options(parameter: object) -> Sequence[Parameter]:
    match parameter:
        case Choice():
            return parameter.values
        case Integer():
            return tuple(range(parameter.low, parameter.high + 1))
        case Fixed():
            return (parameter.value,)
    raise AssertionError(f"{parameter} decides over nothing")


def _variables(parameter: Range | Integer | Choice | Fixed | Composition) -> Iterator[Variable]:
    match parameter:
        case Range(low=low, high=high, step=None):
            yield Variable(parameter.name, low, high - low, 0.0, 1.0, False, parameter)
        case Range(low=low, step=float() | int() as step, levels=int() as levels):
            yield Variable(parameter.name, low, float(step), 0.0, levels - 1.0, True, parameter)
        case Integer(low=low, high=high):
            yield Variable(parameter.name, low, 1.0, 0.0, float(high - low), True, parameter)
        case Composition(units=None):
            for name in parameter.names:
                yield Variable(name, 0.0, 1.0, parameter.low(name), parameter.high(name), False, parameter)
        case Composition(units=int() as units):
            for name, low, high in zip(parameter.names, *parameter.unit_limits(), strict=True):
                yield Variable(name, 0.0, 1.0 / units, low, high, True, parameter)


def _middle(parameter: Range | Integer | Choice | Fixed) -> Parameter:
    """A value for a parameter that came into existence because a decider had to change."""
    match parameter:
        case Range() | Integer():
            return parameter.rounded(0.5 * (parameter.low + parameter.high))
        case Choice():
            return parameter.values[0]
        case Fixed():
            return parameter.value
