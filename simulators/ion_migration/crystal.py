"""A tavorite crystal: cell and nine symmetry-independent sites, of which seven have an inverted partner.

P-1 with Z = 2: M1 at (0, 0, 0), M2 at (0, 0, 1/2), and A, X, Z, O1 to O4 at ±(x, y, z), which makes 16 atoms.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulators.ion_migration.family import Compound

if TYPE_CHECKING:
    from ase import Atoms

Array = npt.NDArray[np.float64]

FREE_SITES = ("A", "X", "Z", "O1", "O2", "O3", "O4")
SITES = ("A", "M1", "M2", "X", "Z", "O1", "O2", "O3", "O4")
"""The independent sites; the inverted partners of the free ones follow in the same order."""
LABELS = (*SITES, *(f"{name}'" for name in FREE_SITES))
FREE_ROWS = tuple(SITES.index(name) for name in FREE_SITES)
ANIONS = tuple(row for row, label in enumerate(LABELS) if label[0] in "ZO")
ALKALI_ROWS = (0, len(SITES))
METAL_ROWS = (1, 2)


@dataclass(frozen=True, eq=False)
class Crystal:
    """`cell` holds a, b, c in Å and α, β, γ in degrees, shape (6,); `free` the fractional coordinates of the free
    sites, shape (7, 3)."""

    compound: Compound
    cell: Array
    free: Array

    @property
    def lattice(self) -> Array:
        """The lattice vectors as rows, Å, shape (3, 3)."""
        result: Array = lattices(self.cell[None])[0]
        return result

    @property
    def fractional(self) -> Array:
        """All atoms in the order of `LABELS`, shape (16, 3)."""
        result: Array = all_sites(self.free[None])[0]
        return result

    @property
    def volume(self) -> float:
        """Å³."""
        return float(np.linalg.det(self.lattice))

    @property
    def elements(self) -> tuple[str, ...]:
        """The element of every atom."""
        return tuple(getattr(self.compound, label[0].lower()) if label[0] != "O" else "O" for label in LABELS)

    @property
    def charges(self) -> Array:
        """The formal charge of every atom, shape (16,)."""
        of = dict(zip("AMXZ", self.compound.charges, strict=True)) | {"O": -2}
        return np.array([of[label[0]] for label in LABELS], dtype=np.float64)

    def atoms(self) -> "Atoms":
        """The crystal for ASE, in the order of `LABELS`, with its formal charges as initial charges."""
        from ase import Atoms

        return Atoms(
            self.elements, scaled_positions=self.fractional, cell=self.lattice, pbc=True, charges=self.charges.tolist()
        )


def lattices(cells: Array) -> Array:
    """Lattice vectors, shape (n, 3, 3), from a, b, c, α, β, γ, shape (n, 6); a along x, b in the xy plane."""
    a, b, c = cells[:, 0], cells[:, 1], cells[:, 2]
    cosine, sine = np.cos(np.radians(cells[:, 3:])), np.sin(np.radians(cells[:, 3:]))
    vectors = np.zeros((len(cells), 3, 3))
    vectors[:, 0, 0] = a
    vectors[:, 1, 0], vectors[:, 1, 1] = b * cosine[:, 2], b * sine[:, 2]
    along_b = (cosine[:, 0] - cosine[:, 1] * cosine[:, 2]) / sine[:, 2]
    vectors[:, 2, 0], vectors[:, 2, 1] = c * cosine[:, 1], c * along_b
    vectors[:, 2, 2] = c * np.sqrt(1.0 - cosine[:, 1] ** 2 - along_b**2)
    return vectors


def all_sites(free: Array) -> Array:
    """Fractional coordinates of all atoms, shape (n, 16, 3), from those of the free sites, shape (n, 7, 3)."""
    sites = np.zeros((len(free), len(LABELS), 3))
    sites[:, FREE_ROWS] = free
    sites[:, SITES.index("M2"), 2] = 0.5
    sites[:, len(SITES) :] = -free
    return sites


def inverted(row: int) -> int:
    """The row of the atom onto which inversion maps the atom in `row`."""
    if row in METAL_ROWS:
        return row
    if row < len(SITES):
        return len(SITES) + FREE_ROWS.index(row)
    return FREE_ROWS[row - len(SITES)]
