"""A measured quantity with everything needed to use it: value, unit, time, standard uncertainty."""

from dataclasses import dataclass
from typing import TypeAlias

Scalar: TypeAlias = float | bool | str


@dataclass(frozen=True)
class Reading:
    """One reading of one channel. `value` is in `unit`, as the rig file declares it; `at` is the clock's time in s."""

    value: Scalar
    unit: str
    at: float
    std: float | None = None
    """Standard uncertainty, systematic part included, in `unit`."""
