"""Pairs of objectives that cannot both be had, with fronts that are known."""

from collections.abc import Sequence

import numpy as np


def zdt1(x: Sequence[float]) -> dict[str, float]:
    """A convex front second = 1 - sqrt(first), reached where all but the first of x, shape (d,), are 0.

    Zitzler, Deb and Thiele 2000, Evolutionary Computation 8, 173, eq. 7.
    """
    first = float(x[0])
    height = 1 + 9 * float(np.mean(np.asarray(x[1:], dtype=np.float64)))
    return {"first": first, "second": height * (1 - (first / height) ** 0.5)}


def bnh(x: float, y: float) -> dict[str, float]:
    """Two bowls and two limits in 0 <= x <= 5, 0 <= y <= 3: `disc` must not exceed 25 and `hole` not -7.7.

    Binh and Korn 1997. The front runs along x = y up to (3, 3) and then along y = 3.
    """
    return {
        "first": 4 * x**2 + 4 * y**2,
        "second": (x - 5) ** 2 + (y - 5) ** 2,
        "disc": (x - 5) ** 2 + y**2,
        "hole": -((x - 8) ** 2) - (y + 3) ** 2,
    }
