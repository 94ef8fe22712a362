"""A space of parameters in the words of Ax."""

import math
from collections.abc import Mapping

from optimizers.ax_client.axis import AxValue, axis_of, fraction_axis
from optimizers.history import Parameter, Parameters
from optimizers.parameters import Composition, Fixed, LinearConstraint, ParameterSpace

ONE = ""
"""Stands for the constant 1 among the names of parameters."""


class Translation:
    """The axes and the constraints of a space, and the way of parameters there and back.

    Fixed parameters have no axis; one that does not exist at a point stands at a neutral value. A composition of k
    components has k - 1 axes and limits on their sum. `hidden` constraints, on a logarithmic or a conditional
    parameter, are no linear constraints for Ax.
    """

    def __init__(self, space: ParameterSpace) -> None:
        self.space = space
        free = [one for one in space.parameters if not isinstance(one, Fixed)]
        axes = [axis_of(one, f"p{number}") for number, one in enumerate(free)]
        for composition in space.compositions:
            for component in composition.names[:-1]:
                axes.append(fraction_axis(composition, component, f"p{len(axes)}"))
        self.axes = tuple(axis for axis in axes if axis.labels or axis.high > axis.low)
        self._settled = {axis.source: axis.low for axis in axes if not (axis.labels or axis.high > axis.low)}
        self._fixed = {one.name: one.value for one in space.parameters if isinstance(one, Fixed)}
        visible = [(one, self._expression(one)) for one in space.constraints]
        self.hidden = tuple(one for one, expression in visible if expression is None)
        self.constraints = (
            *(text for _, expression in visible if expression and (text := _inequality(*expression))),
            *(text for one in space.compositions for text in self._sums(one)),
        )

    def to_ax(self, parameters: Parameters) -> dict[str, AxValue]:
        """Parameters of a trial for Ax. Raises ValueError where a value has no place on its axis."""
        exists = self.space.exists(parameters)
        return {
            axis.name: axis.forward(parameters.get(axis.source)) if exists[axis.source] else axis.neutral
            for axis in self.axes
        }

    def from_ax(self, values: Mapping[str, AxValue]) -> dict[str, Parameter]:
        """Parameters that Ax proposes, before they are rounded to what can be set."""
        found: dict[str, Parameter] = {axis.source: axis.backward(values[axis.name]) for axis in self.axes}
        found |= self._settled | self._fixed
        for composition in self.space.compositions:
            rest = 1.0 - math.fsum(float(found[name] or 0.0) for name in composition.names[:-1])
            found[composition.names[-1]] = max(rest, 0.0)
        exists = self.space.exists(found)
        return {name: found[name] if exists[name] else None for name in self.space.names}

    def _expression(self, constraint: LinearConstraint) -> tuple[dict[str, float], float] | None:
        """Coefficients by axis and the limit, in the numbers of Ax; None if that is not linear."""
        terms: dict[str, float] = {}
        limit = constraint.at_most
        for name, factor in self._independent(constraint).items():
            axis = next((one for one in self.axes if one.source == name), None)
            if axis is None:
                limit -= factor * self._constant(name)
            elif not axis.is_linear:
                return None
            else:
                terms[axis.name] = terms.get(axis.name, 0.0) + factor * axis.slope
                limit -= factor * axis.offset
        return terms, limit

    def _constant(self, name: str) -> float:
        """The number of what has no axis. Ax learns nothing of it."""
        value = (self._fixed | self._settled | {ONE: 1.0})[name]
        return float(value or 0.0)

    def _independent(self, constraint: LinearConstraint) -> dict[str, float]:
        """The coefficients with the last component of a composition as ONE minus the others."""
        terms = dict(constraint.coefficients)
        for composition in self.space.compositions:
            factor = terms.pop(composition.names[-1], 0.0)
            if factor:
                terms[ONE] = terms.get(ONE, 0.0) + factor
                for name in composition.names[:-1]:
                    terms[name] = terms.get(name, 0.0) - factor
        return terms

    def _sums(self, composition: Composition) -> list[str]:
        """What the free components must sum to, so that the last one is within its limits."""
        if len(composition.names) == 2:
            return []
        *free, last = composition.names
        most = LinearConstraint(dict.fromkeys(free, 1.0), 1.0 - composition.low(last))
        least = LinearConstraint(dict.fromkeys(free, -1.0), composition.high(last) - 1.0)
        wanted = [most] if composition.high(last) >= 1.0 else [most, least]
        found = [self._expression(one) for one in wanted]
        return [text for one in found if one and (text := _inequality(*one))]


def _inequality(terms: Mapping[str, float], limit: float) -> str:
    """The constraint as Ax reads it; empty where nothing is limited."""
    words = [f"{factor!r} * {name}" for name, factor in terms.items() if factor]
    return f"{' + '.join(words)} <= {limit!r}" if words else ""
