"""A cheap proof that constraints can be kept: a setting that keeps them all, found by relaxation."""

from typing import TYPE_CHECKING

from optimizers.history import Parameter
from optimizers.parameters.parameter import Choice, Fixed, Integer, Range

if TYPE_CHECKING:
    from optimizers.parameters.constraint import LinearConstraint
    from optimizers.parameters.space import ParameterSpace

PASSES = 60
BEYOND = 1.2
"""Steps go this many times as far as the edge of a broken constraint, and so end within it."""


def is_easily_kept(space: "ParameterSpace") -> bool:
    """Whether a setting that keeps every constraint was found. False proves nothing.

    From the middle of the space to the far side of each broken constraint in turn (Agmon 1954, Can. J. Math. 6, 382),
    in plain Python, so that a campaign file with ordinary constraints is checked without a linear programme.
    Conditional parameters and constrained fractions are not looked at.
    """
    components = {name for composition in space.compositions for name in composition.names}
    limited = {name for constraint in space.constraints for name in constraint.coefficients}
    conditional = any(not isinstance(one, Fixed) and one.when is not None for one in space.parameters)
    if conditional or limited & components:
        return False
    numbers = {one.name: one for one in space.parameters if isinstance(one, Range | Integer)}
    values = {name: 0.5 * (one.low + one.high) for name, one in numbers.items()}
    for _ in range(PASSES):
        if not space.broken(_setting(space, values)):
            return True
        for constraint in space.constraints:
            _relax(constraint, values, numbers)
    return False


def _relax(constraint: "LinearConstraint", values: dict[str, float], numbers: dict[str, Range | Integer]) -> None:
    """Move the values beyond the edge of the constraint, if they break it, in units of their ranges."""
    factors = {name: factor for name, factor in constraint.coefficients.items() if name in numbers}
    widths = {name: float(numbers[name].high - numbers[name].low) for name in factors}
    excess = sum(factor * values[name] for name, factor in factors.items()) - constraint.at_most
    size = sum((factor * widths[name]) ** 2 for name, factor in factors.items())
    if excess <= 0.0 or size == 0.0:
        return
    for name, factor in factors.items():
        moved = values[name] - BEYOND * excess * factor * widths[name] ** 2 / size
        values[name] = min(max(moved, float(numbers[name].low)), float(numbers[name].high))


def _setting(space: "ParameterSpace", values: dict[str, float]) -> dict[str, Parameter]:
    setting: dict[str, Parameter] = {}
    for parameter in space.parameters:
        match parameter:
            case Fixed():
                setting[parameter.name] = parameter.value
            case Choice():
                setting[parameter.name] = parameter.values[0]
            case Range() | Integer():
                setting[parameter.name] = parameter.rounded(values[parameter.name])
    return setting
