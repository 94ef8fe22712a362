"""Stationary kernels of unit variance, as functions of the scaled squared distance."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
KernelName = Literal["matern52", "rbf"]


@dataclass(frozen=True)
class Kernel:
    """A kernel k(s) with k(0) = 1 and s = `stretch` * r². `value` overwrites its argument; `slope` is dk/ds.

    Rounding may make s slightly negative; both take its size.
    """

    stretch: float
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _matern52(s: Array) -> Array:
    """(1 + d + d²/3) exp(-d) with d² = s = 5 r². Rasmussen and Williams 2006, eq. 4.17."""
    np.abs(s, out=s)
    distance = np.sqrt(s)
    s *= 1.0 / 3.0
    s += distance
    s += 1.0
    np.negative(distance, out=distance)
    np.exp(distance, out=distance)
    s *= distance
    return s


def _matern52_slope(s: Array) -> Array:
    """-(1 + d) exp(-d) / 6."""
    distance = np.sqrt(np.abs(s))
    slope = distance + 1.0
    np.negative(distance, out=distance)
    np.exp(distance, out=distance)
    slope *= distance
    slope *= -1.0 / 6.0
    return slope


def _rbf(s: Array) -> Array:
    """exp(-s) with s = r²/2."""
    np.negative(s, out=s)
    return np.exp(s, out=s)


def _rbf_slope(s: Array) -> Array:
    """-exp(-s)."""
    slope = np.negative(s)
    np.exp(slope, out=slope)
    return np.negative(slope, out=slope)


KERNELS: dict[KernelName, Kernel] = {
    "matern52": Kernel(5.0, _matern52, _matern52_slope),
    "rbf": Kernel(0.5, _rbf, _rbf_slope),
}
