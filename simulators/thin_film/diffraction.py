"""X-ray diffraction of a film: where its lines lie, how wide and how high they are, and the counts of a scan.

A sketch without strain. Line widths by Scherrer 1918 (K = 0.9) and the instrument in quadrature.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulators.thin_film.elementary import Array
from simulators.thin_film.film import Film
from simulators.thin_film.lithium_cobaltate import ORIENTED, RANDOM, SPINEL
from simulators.thin_film.mixed_oxide import BIXBYITE, WURTZITE
from simulators.thin_film.niobium_titanate import ANATASE, RUTILE

WAVELENGTH = 1.5406
"""Copper K-alpha 1, in angstrom."""
INSTRUMENT_WIDTH = 0.08
"""In degrees of 2 theta."""


@dataclass(frozen=True)
class Line:
    """Lattice spacing in angstrom, and height relative to the strongest line of the phase."""

    spacing: float
    weight: float

    @property
    def position(self) -> float:
        """2 theta in degrees, by Bragg's law."""
        return 2.0 * float(np.degrees(np.arcsin(WAVELENGTH / (2.0 * self.spacing))))


LINES: Mapping[str, tuple[Line, ...]] = {
    ANATASE: (Line(3.520, 1.0), Line(2.378, 0.2), Line(1.892, 0.35)),
    RUTILE: (Line(3.247, 1.0), Line(2.487, 0.5), Line(1.687, 0.6)),
    ORIENTED: (Line(4.685, 1.0),),
    RANDOM: (Line(4.685, 0.5), Line(2.403, 0.25), Line(2.002, 0.45)),
    SPINEL: (Line(2.437, 0.6), Line(2.858, 0.2), Line(1.429, 0.2)),
    BIXBYITE: (Line(2.921, 1.0), Line(2.529, 0.3), Line(1.788, 0.35)),
    WURTZITE: (Line(2.603, 1.0), Line(2.476, 0.4)),
}
"""Spacings of the real crystals: LiCoO2 (003), (101), (104); Co3O4 (311), (220), (440); In2O3 (222), (400), (440)."""


def pattern(two_theta: npt.ArrayLike, film: Film | None) -> Array:
    """Mean counts at angles in degrees, same shape: background, and the lines of the film if there is one."""
    angles = np.asarray(two_theta, dtype=np.float64)
    counts: Array = np.add(30.0, 400.0 * np.exp(-(angles - 22.0) / 9.0))
    for phase, share in film.phases.items() if film is not None else ():
        for line in LINES.get(phase, ()):
            assert film is not None
            counts = counts + _profile(angles, line, share, film)
    return counts


def line_width(position: float, crystallite: float) -> float:
    """Full width at half maximum in degrees of a line at `position` degrees, of grains of `crystallite` nm."""
    theta = np.radians(position / 2.0)
    scherrer = np.degrees(0.9 * WAVELENGTH / 10.0 / (crystallite * np.cos(theta)))
    return float(np.hypot(INSTRUMENT_WIDTH, scherrer))


def scan_counts(two_theta: npt.ArrayLike, film: Film | None, chance: np.random.Generator) -> npt.NDArray[np.int64]:
    """The counts of a scan: whole numbers, Poisson distributed."""
    counts: npt.NDArray[np.int64] = chance.poisson(pattern(two_theta, film))
    return counts


def scan_angles(start: float, stop: float, step: float) -> Array:
    """The angles of a scan in degrees, both ends included."""
    angles: Array = start + step * np.arange(round((stop - start) / step) + 1, dtype=np.float64)
    return angles


def _profile(angles: Array, line: Line, share: float, film: Film) -> Array:
    width = line_width(line.position, film.crystallite)
    height = 2e4 * line.weight * share * (film.thickness / 100.0) * 0.15 * (INSTRUMENT_WIDTH / width)
    profile: Array = height / (1.0 + ((angles - line.position) / (0.5 * width)) ** 2)
    return profile
