"""Whether parameters, compositions and constraints fit together."""

from collections.abc import Mapping, Sequence

from optimizers.errors import UnusableConstraint, UnusableParameter, UnusableSpace
from optimizers.parameters.composition import Composition
from optimizers.parameters.constraint import LinearConstraint
from optimizers.parameters.parameter import AnyParameter, Choice, Fixed, Integer, Range, allowed_values, same


def require_consistent(
    parameters: Sequence[AnyParameter], compositions: Sequence[Composition], constraints: Sequence[LinearConstraint]
) -> None:
    """Raises UnusableSpace with the first thing that does not fit."""
    names = [parameter.name for parameter in parameters]
    names += [name for composition in compositions for name in composition.names]
    if not names:
        raise UnusableSpace("the space has no parameters. Give at least one.")
    for place, name in enumerate(names):
        if name in names[:place]:
            raise UnusableParameter(name, "two parameters have this name.")
    known = {parameter.name: parameter for parameter in parameters}
    for parameter in parameters:
        _check_conditions(parameter, known)
    _check_circles(known)
    components = {name for composition in compositions for name in composition.names}
    for constraint in constraints:
        _check_constraint(constraint, known, components)


def _check_conditions(parameter: AnyParameter, known: Mapping[str, AnyParameter]) -> None:
    if isinstance(parameter, Fixed) or parameter.when is None:
        return
    for other, values in parameter.when.items():
        decider = known.get(other)
        if decider is None:
            raise UnusableParameter(parameter.name, f"it exists when {other} has some value, but there is no {other}.")
        if isinstance(decider, Range):
            raise UnusableParameter(
                parameter.name,
                f"it exists when {other} has some value, but {other} is a range. "
                "Only choices, whole numbers and fixed values decide whether a parameter exists.",
            )
        for value in allowed_values(values):
            if not _can_be(decider, value):
                raise UnusableParameter(parameter.name, f"it exists when {other} is {value}, which {other} never is.")


def _can_be(decider: AnyParameter, value: object) -> bool:
    match decider:
        case Choice():
            return any(same(value, known) for known in decider.values)  # type: ignore[arg-type]
        case Integer():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and value == int(value) and decider.low <= value <= decider.high  # type: ignore
        case Fixed():
            return same(value, decider.value)  # type: ignore[arg-type]
    return False


def _check_circles(known: Mapping[str, AnyParameter]) -> None:
    for start in known:
        path = [start]
        while path:
            ahead = _deciders(known[path[-1]])
            if start in ahead:
                raise UnusableParameter(start, f"whether it exists depends on itself ({' <- '.join([*path, start])}).")
            step = next((other for other in ahead if other not in path), None)
            if step is None:
                break
            path.append(step)


def _deciders(parameter: AnyParameter) -> tuple[str, ...]:
    return () if isinstance(parameter, Fixed) or parameter.when is None else tuple(parameter.when)


def _check_constraint(constraint: LinearConstraint, known: Mapping[str, AnyParameter], components: set[str]) -> None:
    for name in constraint.coefficients:
        if name in components:
            continue
        match known.get(name):
            case None:
                raise UnusableConstraint(f"constraint {constraint}: there is no parameter {name}.")
            case Choice():
                raise UnusableConstraint(f"constraint {constraint}: {name} is a choice. Only numbers can be limited.")
            case Fixed(value=value) if isinstance(value, bool) or not isinstance(value, int | float):
                raise UnusableConstraint(f"constraint {constraint}: {name} is {value}. Only numbers can be limited.")
