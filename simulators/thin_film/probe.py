"""Four points in a row on a film: the voltage between the inner two for a current through the outer two.

Geometry is decided once: the spacing of the needles makes one factor per set-up of the probe, known to 1 %. It is
systematic, so every film measured with the set-up is wrong by the same factor, repeating a measurement does not help,
and the stated uncertainty carries it.
"""

from dataclasses import dataclass
from math import hypot, log, pi, sqrt

import numpy as np

from simulators.thin_film.elementary import Array

GEOMETRY = log(2.0) / pi
"""Voltage per current of a large film of one ohm per square (Smits 1958, Bell Syst. Tech. J. 37, 711)."""
OFFSET = 3e-6
"""Of the voltmeter and the contacts, in V: reversing the current removes it."""
NOISE = 0.2e-6
"""Standard deviation of one reading, in V."""
COMPLIANCE = 20.0
"""The largest voltage of the source, in V."""
LARGEST_CURRENT = 1e-4
SYSTEMATIC = 0.01
"""Relative standard uncertainty of the geometry."""


@dataclass(frozen=True)
class SheetResistance:
    """In ohm per square, with its standard uncertainty."""

    value: float
    std: float


def probe_current(sheet_resistance: float) -> float:
    """The current in A that a careful operator takes: as much as the compliance allows, and not more than 0.1 mA."""
    return min(LARGEST_CURRENT, COMPLIANCE / (sheet_resistance * GEOMETRY))


def geometry_factor(seed: int, setup: int, std: float = SYSTEMATIC) -> float:
    """By how much set-up `setup` of the probe shows every sheet resistance too large."""
    return 1.0 + std * float(np.random.default_rng([seed, setup, 4]).standard_normal())


def voltages(current: Array, sheet_resistance: float, geometry: float, chance: np.random.Generator) -> Array:
    """What the voltmeter shows in V for each current in A, same shape; clipped at the compliance."""
    true = current * (sheet_resistance * GEOMETRY * geometry)
    shown: Array = np.clip(true + OFFSET + NOISE * chance.standard_normal(current.shape), -COMPLIANCE, COMPLIANCE)
    return shown


def measure(
    sheet_resistance: float, chance: np.random.Generator, geometry: float = 1.0, reversals: int = 10
) -> SheetResistance:
    """A measurement with `reversals` pairs of opposite currents, evaluated.

    R = mean((V+ - V-) / 2) / (I k); the uncertainty adds the scatter of the mean and the geometry in quadrature.
    """
    current = probe_current(sheet_resistance)
    pairs = voltages(current * np.array([[1.0, -1.0]] * reversals), sheet_resistance, geometry, chance)
    halves = (pairs[:, 0] - pairs[:, 1]) / (2.0 * current * GEOMETRY)
    value = float(halves.mean())
    return SheetResistance(value, hypot(float(halves.std(ddof=1)) / sqrt(reversals), SYSTEMATIC * value))
