"""A space of parameters: what can be set, how a model sees it, and how it is drawn from."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from optimizers.history import Parameter, Parameters
from optimizers.parameters.composition import Composition
from optimizers.parameters.constraint import LinearConstraint
from optimizers.parameters.parameter import AnyParameter, Fixed, allowed_values, same
from optimizers.parameters.relaxation import is_easily_kept
from optimizers.parameters.structure import require_consistent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from optimizers.parameters.encoding import Encoding
    from optimizers.parameters.polytope import Polytope

    Array: TypeAlias = npt.NDArray[np.float64]
    Mask: TypeAlias = npt.NDArray[np.bool_]

TOLERANCE = 1e-8
"""A constraint counts as kept if it is broken by no more than this share of the size of its terms."""
DIGITS = 12
"""Numbers that agree in so many digits are the same setting."""

ColumnKind = Literal["range", "integer", "ordered", "label", "fraction"]


@dataclass(frozen=True)
class Column:
    """One coordinate of the encoding: of which parameter, what it is, and for a `label` which value it stands for."""

    name: str
    kind: ColumnKind
    label: Parameter = None


@dataclass(frozen=True, eq=False)
class ParameterSpace:
    """Every setting of some parameters and compositions that keeps linear constraints.

    Encoded, a setting is a vector of D numbers from 0 to 1: ranges on their scale, integers and ordered choices at
    the middle of equal cells, other choices as one coordinate per value, a composition as its fractions; a
    parameter that does not exist at a point stands at a neutral value. Fixed parameters have no coordinate.

    Raises UnusableSpace for names given twice, conditions or constraints on parameters that do not exist or cannot
    carry them, and conditions in a circle. `require_feasible` checks that some setting keeps the constraints.
    """

    parameters: tuple[AnyParameter, ...]
    compositions: tuple[Composition, ...] = ()
    constraints: tuple[LinearConstraint, ...] = ()

    def __post_init__(self) -> None:
        require_consistent(self.parameters, self.compositions, self.constraints)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters, then those of the components."""
        components = tuple(name for composition in self.compositions for name in composition.names)
        return (*(parameter.name for parameter in self.parameters), *components)

    @cached_property
    def size(self) -> int | None:
        """How many settings there are; None for a continuum, or for too many to count under constraints."""
        from optimizers.parameters.listing import count

        return count(self)

    @property
    def dimension(self) -> int:
        """D, the length of an encoded setting."""
        return len(self.columns)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What each coordinate of the encoding is."""
        return self.encoding.columns

    @cached_property
    def encoding(self) -> "Encoding":
        """The encoding of many settings at once."""
        from optimizers.parameters.encoding import Encoding

        return Encoding(self)

    @cached_property
    def polytope(self) -> "Polytope":
        """The constraints, and what keeps them."""
        from optimizers.parameters.polytope import Polytope

        return Polytope(self)

    def describe(self) -> str:
        """What is searched, for people: "3 parameters, a composition of 3 and 1 constraint"."""
        free = [parameter for parameter in self.parameters if not isinstance(parameter, Fixed)]
        parts = [_counted(len(free), "parameter")] if free else []
        parts += [f"a composition of {len(composition.names)}" for composition in self.compositions]
        parts += [_counted(len(self.constraints), "constraint")] if self.constraints else []
        words = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else "fixed parameters"
        return words if self.size is None else f"{words} ({self.size:,} settings)"

    def encode(self, parameters: Parameters) -> "Array":
        """The setting as a vector, shape (D,). Values outside their limits lie outside 0 to 1.

        Raises UnusableSpace if a parameter is missing, or has a value that has no place on its scale.
        """
        return self.encoding.encode(parameters)

    def decode(self, vector: "Array | Sequence[float]") -> dict[str, Parameter]:
        """The setting nearest to a vector of shape (D,)."""
        return self._kept(self.encoding.decode(vector))

    def settable(self, parameters: Parameters) -> dict[str, Parameter]:
        """The nearest setting: within limits, on the steps, with the sums and the constraints kept.

        Raises UnusableSpace if a parameter is missing, or is text where a number is due, or an unknown value.
        """
        return self._kept(self.encoding.rounded(parameters))

    def refusal(self, parameters: Parameters) -> str | None:
        """Why these parameters are no setting of this space, as a sentence; None if they are one."""
        from optimizers.parameters.refusal import refusal

        return refusal(self, parameters)

    def sample(self, count: int, seed: "int | Sequence[int]") -> list[dict[str, Parameter]]:
        """At most `count` different settings spread over the space: a scrambled Sobol sequence.

        The same seed gives the same settings, and a smaller count the first of them, as long as half of the space
        keeps the constraints. Fewer come only where fewer exist.
        """
        from optimizers.parameters.sampling import sample

        return sample(self, count, seed)

    def listing(self) -> list[dict[str, Parameter]]:
        """Every setting. Raises UnusableSpace where `size` is None or larger than 100,000."""
        from optimizers.parameters.listing import listing

        return listing(self)

    def key(self, parameters: Parameters) -> Hashable:
        """Equal for parameters that are the same setting."""
        return tuple(_key(parameters.get(name)) for name in self.names)

    def require_feasible(self) -> None:
        """Raises UnusableSpace if nothing keeps the constraints."""
        if self.constraints and not is_easily_kept(self):
            self.polytope.require_feasible()

    def exists(self, parameters: Parameters) -> dict[str, bool]:
        """Which parameters exist at a point, given the values of those that others depend on."""
        existing: dict[str, bool] = {}
        for parameter in self.by_dependence:
            when = {} if isinstance(parameter, Fixed) or parameter.when is None else parameter.when
            existing[parameter.name] = all(
                existing[other] and any(same(parameters.get(other), value) for value in allowed_values(values))
                for other, values in when.items()
            )
        return existing | {name: True for composition in self.compositions for name in composition.names}

    @cached_property
    def by_dependence(self) -> tuple[AnyParameter, ...]:
        """The parameters, each behind those that it depends on."""
        known = {parameter.name: parameter for parameter in self.parameters}
        ordered: dict[str, AnyParameter] = {}

        def place(parameter: AnyParameter) -> None:
            if not isinstance(parameter, Fixed) and parameter.when is not None:
                for other in parameter.when:
                    if other not in ordered:
                        place(known[other])
            ordered.setdefault(parameter.name, parameter)

        for parameter in self.parameters:
            place(parameter)
        return tuple(ordered.values())

    def broken(self, parameters: Parameters) -> list[LinearConstraint]:
        """The constraints that these parameters do not keep."""
        return [constraint for constraint in self.constraints if not _keeps(constraint, parameters)]

    def inequalities(self) -> "tuple[Array, Array]":
        """A, shape (m, D), and b, shape (m,): encoded settings keep the constraints where A u <= b.

        Steps and whole numbers are not taken into account. Raises UnusableSpace if a constrained parameter is on a
        logarithmic scale, where no such A exists.
        """
        return self.encoding.inequalities()

    def equalities(self) -> "tuple[Array, Array]":
        """A, shape (m, D), and b, shape (m,): encoded settings have A u = b. One row per composition and per choice
        without an order."""
        return self.encoding.equalities()

    def _kept(self, values: dict[str, Parameter]) -> dict[str, Parameter]:
        return self.polytope.nearest(values) if self.constraints and self.broken(values) else values


def numbers(constraint: LinearConstraint, parameters: Parameters) -> list[float]:
    """The terms of a constraint."""
    return [
        factor * float(parameters.get(name) or 0.0)  # what does not exist counts as 0
        for name, factor in constraint.coefficients.items()
    ]


def _keeps(constraint: LinearConstraint, parameters: Parameters) -> bool:
    terms = numbers(constraint, parameters)
    size = sum(abs(term) for term in terms) + abs(constraint.at_most)
    return math.fsum(terms) - constraint.at_most <= TOLERANCE * size


def _key(value: Parameter) -> Hashable:
    if isinstance(value, bool):
        return ("truth", value)
    return float(f"{value:.{DIGITS}g}") if isinstance(value, int | float) else value


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
