"""Landscapes over real parameters that the literature on global optimisation measures itself by."""

from collections.abc import Sequence

import numpy as np

HARTMANN_WEIGHTS = (1.0, 1.2, 3.0, 3.2)
HARTMANN_WIDTHS = (
    (10.0, 3.0, 17.0, 3.5, 1.7, 8.0),
    (0.05, 10.0, 17.0, 0.1, 8.0, 14.0),
    (3.0, 3.5, 1.7, 10.0, 17.0, 8.0),
    (17.0, 8.0, 0.05, 10.0, 0.1, 14.0),
)
HARTMANN_CENTRES = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def branin(x: float, y: float) -> float:
    """Three equal minima of 0.397887 in -5 <= x <= 10, 0 <= y <= 15. Branin 1972; Dixon and Szegö 1978."""
    bent = y - 5.1 * x**2 / (4 * np.pi**2) + 5 * x / np.pi - 6
    return float(bent**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10)


def hartmann6(x: Sequence[float]) -> float:
    """Four wells in the unit cube, x of shape (6,), the deepest -3.32237. Hartmann 1973; Dixon and Szegö 1978."""
    distances = np.asarray(HARTMANN_WIDTHS) * (np.asarray(x, dtype=np.float64) - np.asarray(HARTMANN_CENTRES)) ** 2
    return float(-np.asarray(HARTMANN_WEIGHTS) @ np.exp(-distances.sum(axis=1)))


def ackley(x: Sequence[float]) -> float:
    """A funnel with a ripple on it, 0 at the origin, x of shape (d,). Ackley 1987, with a = 20, b = 0.2, c = 2π."""
    point = np.asarray(x, dtype=np.float64)
    funnel = -20 * np.exp(-0.2 * np.sqrt(np.mean(point**2)))
    return float(funnel - np.exp(np.mean(np.cos(2 * np.pi * point))) + 20 + np.e)
