"""A small objective whose limits are the hard part: they are measured, not known."""

import math


def gramacy(x: float, y: float) -> dict[str, float]:
    """A plane `cost` and two limited quantities in the unit square; `ripple` and `radius` must not exceed 0.

    The least admissible cost is 0.59979 at (0.1954, 0.4044). Gramacy et al. 2016, Technometrics 58, 1, eq. 1.
    """
    return {
        "cost": x + y,
        "ripple": 1.5 - x - 2 * y - 0.5 * math.sin(2 * math.pi * (x**2 - 2 * y)),
        "radius": x**2 + y**2 - 1.5,
    }
