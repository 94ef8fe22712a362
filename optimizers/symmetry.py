"""Operations on the parameters that leave the objective unchanged."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SymmetryOperation:
    """Maps column c to `sign[c] * x + shift[c]`, modulo its period; columns not named stay as they are.

    Signs are +1 or -1; shifts are in the unit of the column.
    """

    sign: Mapping[str, int] = field(default_factory=dict)
    shift: Mapping[str, float] = field(default_factory=dict)
