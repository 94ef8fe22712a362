"""Bond-valence site energies: what it costs to put the mobile ion at any point of a crystal.

The softBV form: a Morse term for every anion and a screened Coulomb repulsion from every immobile cation,

    E(r) = 1/2 Σ_anions D0 [(exp(α (R_min - r)) - 1)² - 1]
         + Σ_cations 14.4 eV Å q q' / (r √(n n')) erfc(r / (f (ρ + ρ')))

with the principal quantum numbers n of the outermost shells, covalent radii ρ and the screening factor f = 0.74 (Adams
and Rao 2011, Phys. Status Solidi A 208, 1746; Chen, Wong and Adams 2019, Acta Cryst. B 75, 18). All mobile ions are
taken out of the framework. Radii: Cordero et al. 2008, Dalton Trans. 2832, as in ASE.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erfc

from simulators.ion_migration.crystal import Crystal
from simulators.ion_migration.errors import UnusableGrid

Array = npt.NDArray[np.float64]

COULOMB = 14.4
"""e²/(4πε0) in eV Å, rounded as in the published form."""
SCREENING = 0.74
MOST_POINTS = 2_000_000
FEWEST_INTERVALS = 5
CHUNK = 4_000_000
"""Pairs of a point and an ion that are treated at once."""


@dataclass(frozen=True)
class Morse:
    """Attraction of the mobile ion to one kind of anion: `depth` in eV, `steepness` in 1/Å, `minimum` in Å."""

    depth: float
    steepness: float
    minimum: float


MORSE = {
    ("Li", "O"): Morse(0.98816, 1.937984, 1.940013),
    ("Li", "F"): Morse(0.49611, 1.968504, 1.87265),
    ("Li", "Cl"): Morse(0.49302, 1.577287, 2.39647),
    ("Li", "Br"): Morse(0.4491, 1.481481, 2.58255),
    ("Li", "I"): Morse(0.44117, 1.360544, 2.78807),
    ("Na", "O"): Morse(0.575227, 2.074689, 2.374335),
    ("Na", "F"): Morse(0.295862, 2.109705, 2.232158),
    ("Na", "Cl"): Morse(0.315458, 1.663894, 2.748011),
    ("Na", "Br"): Morse(0.292879, 1.560062, 2.915883),
    ("Na", "I"): Morse(0.285612, 1.426534, 3.198502),
}
"""The softBV constants of Chen, Wong and Adams 2019."""


@dataclass(frozen=True)
class Grid:
    """How finely and how far the energies are summed: `spacing` and `cutoff` in Å."""

    spacing: float = 0.25
    cutoff: float = 8.0

    def shape(self, lengths: Array) -> tuple[int, int, int]:
        """The points along each axis of a cell with these edges.

        One less than whole spacings fit, so that a point is at most about 10 % farther from the next than `spacing`.
        This is the count of bvlain (a mesh with both ends), with which published values were made. Raises UnusableGrid.
        """
        n = [int(length // self.spacing) - 1 for length in lengths]
        points = int(np.prod([max(one, 0) for one in n]))
        if min(n) < FEWEST_INTERVALS:
            raise UnusableGrid(
                f"a grid of {self.spacing:g} Å puts {min(n)} points along an edge of {min(lengths):.2f} Å; "
                f"at least {FEWEST_INTERVALS} are needed. Write a smaller spacing."
            )
        if points > MOST_POINTS:
            raise UnusableGrid(
                f"a grid of {self.spacing:g} Å has {points:,} points in this cell, more than {MOST_POINTS:,}. "
                "Write a larger spacing."
            )
        return n[0], n[1], n[2]


class SiteEnergies:
    """The site energy of the mobile ion A of one crystal, anywhere."""

    def __init__(self, crystal: Crystal, cutoff: float) -> None:
        from ase.data import atomic_numbers, covalent_radii

        self._crystal, self._cutoff = crystal, cutoff
        mobile = crystal.elements[0]
        kept = [row for row, element in enumerate(crystal.elements) if element != mobile]
        self._rows = np.array(kept)
        charges = crystal.charges[kept]
        elements = [crystal.elements[row] for row in kept]
        numbers = [atomic_numbers[element] for element in elements]
        self._is_anion = charges < 0.0
        morse = [MORSE.get((mobile, element), Morse(0.0, 1.0, 1.0)) for element in elements]
        self._depth = np.array([one.depth for one in morse])
        self._steepness = np.array([one.steepness for one in morse])
        self._minimum = np.array([one.minimum for one in morse])
        shells = np.array([_period(number) for number in numbers], dtype=np.float64)
        own = atomic_numbers[mobile]
        self._repulsion = COULOMB * charges / np.sqrt(shells * _period(own))
        self._range = SCREENING * (covalent_radii[numbers] + covalent_radii[own])

    def at(self, fractional: Array) -> Array:
        """Energies at n points, shape (n, 3) in fractional coordinates, in eV."""
        lattice = self._crystal.lattice
        wrapped = fractional % 1.0
        images, of = self._images()
        positions = images @ lattice
        points = wrapped @ lattice
        energies = np.empty(len(points))
        step = max(CHUNK // max(len(positions), 1), 1)
        for first in range(0, len(points), step):
            part = slice(first, first + step)
            energies[part] = self._sum(points[part], positions, of)
        return energies

    def on(self, shape: tuple[int, int, int]) -> Array:
        """Energies on a periodic grid of this shape, in eV."""
        steps = [np.arange(n) / n for n in shape]
        mesh = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
        return self.at(mesh).reshape(shape)

    def _images(self) -> tuple[Array, npt.NDArray[np.intp]]:
        """Fractional coordinates of all framework ions that any point of the cell may see, and which ion each is."""
        lattice = self._crystal.lattice
        heights = 1.0 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
        reach = self._cutoff / heights
        sites = self._crystal.fractional[self._rows] % 1.0
        limits = [range(-int(np.ceil(far)), int(np.ceil(far)) + 1) for far in reach]
        shifts = np.stack(np.meshgrid(*limits, indexing="ij"), axis=-1).reshape(-1, 3)
        images = (sites[:, None] + shifts[None]).reshape(-1, 3)
        of = np.repeat(np.arange(len(sites)), len(shifts))
        outside = np.maximum(np.maximum(-images, images - 1.0), 0.0)
        near = (outside <= reach).all(axis=1)
        return images[near], of[near]

    def _sum(self, points: Array, positions: Array, of: npt.NDArray[np.intp]) -> Array:
        squares = np.square(points).sum(axis=1)[:, None] + np.square(positions).sum(axis=1)[None, :]
        squares -= 2.0 * (points @ positions.T)
        total = np.zeros(len(points))
        for ion in range(len(self._rows)):
            distances = np.sqrt(np.maximum(squares[:, of == ion], 1e-12))
            terms = self._term(ion, distances)
            terms[distances > self._cutoff] = 0.0
            total += terms.sum(axis=1)
        return total

    def _term(self, ion: int, distances: Array) -> Array:
        if self._is_anion[ion]:
            wall = np.exp(self._steepness[ion] * (self._minimum[ion] - distances)) - 1.0
            result: Array = 0.5 * self._depth[ion] * (wall * wall - 1.0)
            return result
        repulsion: Array = self._repulsion[ion] / distances * erfc(distances / self._range[ion])
        return repulsion


def _period(number: int) -> int:
    """The row of the periodic table: the principal quantum number of the outermost shell."""
    return 1 + sum(number > last for last in (2, 10, 18, 36, 54, 86))
