"""Linear limits on parameters."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from optimizers.errors import UnusableConstraint


@dataclass(frozen=True)
class LinearConstraint:
    """sum of coefficient * parameter <= `at_most`. A parameter that does not exist at a point counts as 0.

    Raises UnusableConstraint for numbers that are not finite and where no coefficient differs from 0.
    """

    coefficients: Mapping[str, float]
    at_most: float

    def __post_init__(self) -> None:
        numbers = (*self.coefficients.values(), self.at_most)
        if not all(math.isfinite(number) for number in numbers):
            raise UnusableConstraint(f"constraint {self}: every number must be finite.")
        if not any(self.coefficients.values()):
            raise UnusableConstraint(f"constraint {self}: it limits no parameter.")

    def __str__(self) -> str:
        words = ""
        for name, factor in self.coefficients.items():
            sign = "-" if factor < 0 else "+" if words else ""
            size = "" if abs(factor) == 1.0 else f"{abs(factor):g}*"
            words += f" {sign} {size}{name}" if words else f"{sign}{size}{name}"
        return f"{words or '0'} <= {self.at_most:g}"
