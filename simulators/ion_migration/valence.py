"""Bond valences of a tavorite, and how far a structure is from what they ask for.

s = exp((R0 - r) / 0.37), with R0 of O'Keeffe and Brese 1991, J. Am. Chem. Soc. 113, 3226, eq. 3.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from simulators.ion_migration.crystal import ALKALI_ROWS, ANIONS, LABELS, METAL_ROWS, SITES, Crystal
from simulators.ion_migration.ions import Ion, ion

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

SOFTNESS = 0.37
CUTOFF = 4.5
REACH = 7.0
"""Pairs that are farther apart in the prototype, Å, are never looked at: no relaxation moves atoms by so much."""


def bond_length(one: Ion, other: Ion) -> float:
    """R0 of a pair, Å: the length of a bond of valence 1."""
    a, b = one, other
    difference = sqrt(a.softness) - sqrt(b.softness)
    return a.size + b.size - a.size * b.size * difference**2 / (a.softness * a.size + b.softness * b.size)


@dataclass(frozen=True, eq=False)
class Pairs:
    """n ordered pairs of atoms: rows `first` and `second` of the crystal, and the cell of the second, shape (n, 3)."""

    first: Rows
    second: Rows
    shift: Array

    def __len__(self) -> int:
        return len(self.first)

    def where(self, chosen: npt.NDArray[np.bool_] | Rows) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.first[chosen], self.second[chosen], self.shift[chosen])

    def vectors(self, lattice: Array, fractional: Array) -> Array:
        """From the first to the second, Å: shape (m, n, 3) for m structures, (m, 3, 3) and (m, 16, 3)."""
        steps = fractional[:, self.second] + self.shift - fractional[:, self.first]
        result: Array = np.matmul(steps, lattice)
        return result

    def lengths(self, lattice: Array, fractional: Array) -> Array:
        """Distances, Å, shape (m, n)."""
        result: Array = np.sqrt(np.square(self.vectors(lattice, fractional)).sum(axis=-1))
        return result


def pairs_of_sites(crystal: Crystal, reach: float = REACH) -> Pairs:
    """All pairs of an independent site and any other atom within `reach`, by first site, then distance."""
    limit = int(np.ceil(reach / 4.0))
    steps = range(-limit, limit + 1)
    shifts = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float64)
    shape = (len(SITES), len(LABELS), len(shifts))
    first, second, which = (index.ravel() for index in np.indices(shape))
    pairs = Pairs(first, second, shifts[which])
    lengths = pairs.lengths(crystal.lattice[None], crystal.fractional[None])[0]
    near = np.flatnonzero((lengths > 1e-6) & (lengths <= reach))
    return pairs.where(near[np.lexsort((np.round(lengths[near], 9), first[near]))])


def is_anion(rows: Rows) -> npt.NDArray[np.bool_]:
    """Which of the atoms are Z or O."""
    return np.isin(rows, ANIONS)


def is_alkali(rows: Rows) -> npt.NDArray[np.bool_]:
    """Which of the atoms are A."""
    return np.isin(rows, ALKALI_ROWS)


def is_metal(rows: Rows) -> npt.NDArray[np.bool_]:
    """Which of the atoms are M."""
    return np.isin(rows, METAL_ROWS)


def ions_of(crystal: Crystal) -> tuple[Ion, ...]:
    """The ion of every atom. Raises NotInTheFamily for an element without parameters."""
    return tuple(
        ion(element, int(charge), 4 if label[0] == "X" else 6)
        for element, charge, label in zip(crystal.elements, crystal.charges, LABELS, strict=True)
    )


class BondValences:
    """The bonds of one compound, found in its prototype: between every independent site and ions of the other sign."""

    def __init__(self, crystal: Crystal) -> None:
        around = pairs_of_sites(crystal)
        self.pairs = around.where(is_anion(around.first) != is_anion(around.second))
        ions = ions_of(crystal)
        self._lengths = np.array(
            [bond_length(ions[i], ions[j]) for i, j in zip(self.pairs.first, self.pairs.second, strict=True)]
        )
        self._charges = np.abs(crystal.charges[: len(SITES)])

    def valences(self, lattice: Array, fractional: Array) -> Array:
        """The valence of each bond, 0 beyond 4.5 Å, shape (m, n)."""
        distances = self.pairs.lengths(lattice, fractional)
        result: Array = np.where(distances < CUTOFF, np.exp((self._lengths - distances) / SOFTNESS), 0.0)
        return result

    def sums(self, valences: Array) -> Array:
        """The valence sum of each independent site, shape (m, 9)."""
        starts = np.searchsorted(self.pairs.first, np.arange(len(SITES)))
        result: Array = np.add.reduceat(valences, starts, axis=1)
        return result

    def surplus(self, valences: Array) -> Array:
        """Valence sum minus charge of each independent site, shape (m, 9)."""
        return self.sums(valences) - self._charges


def instability(surplus: Array) -> float:
    """The global instability index: root mean square of the surplus over the 16 atoms; `surplus` has shape (9,).

    Salinas-Sanchez et al. 1992, J. Solid State Chem. 100, 201.
    """
    copies = np.array([1.0 if row in METAL_ROWS else 2.0 for row in range(len(SITES))])
    return float(np.sqrt((copies * surplus**2).sum() / copies.sum()))
