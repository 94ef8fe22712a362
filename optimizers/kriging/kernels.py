"""Stationary kernels of unit variance, as functions of the squared scaled distance."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
KernelName = Literal["matern52", "rbf"]


@dataclass(frozen=True)
class Kernel:
    """A kernel k(r²) with k(0) = 1. `value` overwrites its argument; `slope` is dk/d(r²)."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _matern52(squares: Array) -> Array:
    """(1 + s + s²/3) exp(-s) with s² = 5 r². Rasmussen and Williams 2006, eq. 4.17."""
    np.maximum(squares, 0.0, out=squares)
    squares *= 5.0
    distance = np.sqrt(squares)
    squares *= 1.0 / 3.0
    squares += distance
    squares += 1.0
    np.negative(distance, out=distance)
    np.exp(distance, out=distance)
    squares *= distance
    return squares


def _matern52_slope(squares: Array) -> Array:
    """-(5/6) (1 + s) exp(-s)."""
    distance = np.sqrt(np.maximum(squares, 0.0))
    distance *= sqrt(5.0)
    slope = distance + 1.0
    np.negative(distance, out=distance)
    np.exp(distance, out=distance)
    slope *= distance
    slope *= -5.0 / 6.0
    return slope


def _rbf(squares: Array) -> Array:
    """exp(-r²/2)."""
    np.maximum(squares, 0.0, out=squares)
    squares *= -0.5
    return np.exp(squares, out=squares)


def _rbf_slope(squares: Array) -> Array:
    """-exp(-r²/2) / 2."""
    slope = np.maximum(squares, 0.0)
    slope *= -0.5
    np.exp(slope, out=slope)
    slope *= -0.5
    return slope


KERNELS: dict[KernelName, Kernel] = {
    "matern52": Kernel(_matern52, _matern52_slope),
    "rbf": Kernel(_rbf, _rbf_slope),
}
