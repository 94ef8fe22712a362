"""Numeric columns as the model sees them: each axis turns raw values into coordinates of comparable scale."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from optimizers.kriging.kernels import Array

TURN = 2.0 * np.pi


class Axis(Protocol):
    """One numeric column. Its coordinates share one length-scale."""

    @property
    def name(self) -> str:
        """The column's name."""
        ...

    @property
    def width(self) -> int:
        """How many coordinates the axis has."""
        ...

    @property
    def unit_length(self) -> float:
        """The length in the column's unit that corresponds to 1 in the coordinates, near their origin."""
        ...

    def coordinates(self, values: Array) -> Array:
        """Shape (n,) raw values to shape (width, n) coordinates."""
        ...


@dataclass(frozen=True)
class PlainAxis:
    """A column scaled to [0, 1] over the pool."""

    name: str
    lowest: float
    span: float
    width: int = 1

    @property
    def unit_length(self) -> float:
        """The column's span over the pool."""
        return self.span

    def coordinates(self, values: Array) -> Array:
        """(x - lowest) / span."""
        return ((values - self.lowest) / self.span)[None, :]


@dataclass(frozen=True)
class PeriodicAxis:
    """A circle of circumference 2: the distance of two phases is 2 |sin πΔ| / π, with slope 2 at Δ = 0."""

    name: str
    period: float
    width: int = 2

    @property
    def unit_length(self) -> float:
        """Half a period."""
        return self.period / 2.0

    def coordinates(self, values: Array) -> Array:
        """(cos 2πu, sin 2πu) / π with u = x / period."""
        angle = TURN * (values / self.period)
        return np.stack([np.cos(angle), np.sin(angle)]) / np.pi


@dataclass(frozen=True)
class MirrorAxis:
    """A column whose mirror image about `centre` is equivalent: the distance from the mirror, scaled to [0, 1].

    On a periodic column this is the arc distance 2 min(f, 1 - f) of the phase f, not a cosine of it: a cosine
    would flatten the neighbourhood of the special positions, where minima like to sit.
    """

    name: str
    centre: float
    half: float
    period: float | None
    width: int = 1

    @property
    def unit_length(self) -> float:
        """The distance from the mirror to the farthest point: half a period on a periodic column."""
        return self.half

    def coordinates(self, values: Array) -> Array:
        """Distance from the nearest mirror plane, in units of `half`."""
        offset = np.abs(values - self.centre)
        if self.period is not None:
            offset %= self.period
            offset = np.minimum(offset, self.period - offset)
        return (offset / self.half)[None, :]
