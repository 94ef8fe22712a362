"""The residual pressure of a chamber, by time: pumped down, closed, or open to the air. Exact for any step."""

from dataclasses import dataclass
from math import exp, inf, log

import numpy as np

from simulators.thin_film.elementary import Array

ATMOSPHERE = 1e5
ROUGH, FINE = 25.0, 60.0
"""Time constants in s above and below `TURN`."""
TURN = 0.1
"""Pressure in Pa at which gas in the volume has gone and gas from the walls begins to matter."""


def pumped_down(start: float, seconds: float, floor: float) -> float:
    """Residual pressure in Pa, `seconds` after it was `start`, with the pump running."""
    if start > TURN:
        rough = ROUGH * log(start / TURN)
        if seconds <= rough:
            return start * exp(-seconds / ROUGH)
        start, seconds = TURN, seconds - rough
    return floor + (start - floor) * exp(-seconds / FINE)


def time_to(pressure: float, start: float, floor: float) -> float:
    """Seconds until a pumped chamber comes down to `pressure` from `start`, both in Pa; infinite if it never does."""
    if pressure >= start:
        return 0.0
    if pressure >= TURN:
        return ROUGH * log(start / pressure)
    if pressure <= floor:
        return inf
    rough = ROUGH * log(start / TURN) if start > TURN else 0.0
    return rough + FINE * log((min(start, TURN) - floor) / (pressure - floor))


@dataclass(frozen=True)
class Residual:
    """The gas that does not come from the gas lines, since the last thing that happened; pressures in Pa.

    `rise` in Pa/s is what a chamber that is not pumped gains. `open_to_air` holds atmosphere.
    """

    start: float
    pumped: bool
    open_to_air: bool
    floor: float
    rise: float

    def during(self, seconds: Array) -> Array:
        """The pressure then, shape of `seconds`."""
        return np.array([self.after(float(one)) for one in seconds])

    def after(self, seconds: float) -> float:
        """The pressure then."""
        if self.open_to_air:
            return ATMOSPHERE
        if self.pumped:
            return pumped_down(self.start, seconds, self.floor)
        return min(ATMOSPHERE, self.start + self.rise * seconds)
