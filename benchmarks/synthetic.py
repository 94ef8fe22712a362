"""Synthetic boundaries: two slabs of Morse atoms, one translated over the other.

The landscape has the shape of an unrelaxed grain boundary (periodic in the plane, a repulsive wall when the gap
closes, shallow valleys between) and costs nothing to tabulate, at any size. It is easier than a real boundary.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.tabulated import Tabulated
from optimizers import CandidatePool

Array: TypeAlias = npt.NDArray[np.float64]

CELL = np.array([3.6, 5.7])
GAPS = (0.6, 2.4)
ATOMS_PER_SLAB = 6
NEAREST = 2.6
STIFFNESS = 1.4
GRIDS = {2_000: (10, 10, 20), 20_000: (20, 25, 40), 40_000: (40, 25, 40), 200_000: (50, 80, 50)}
"""Shapes by number of candidates."""


def morse_slabs(shape: tuple[int, int, int], seed: int) -> Tabulated:
    """Energies of two Morse slabs on a grid of `shape` (translations along x and y, gap), in units of the well depth.

    The seed places the atoms.
    """
    chance = np.random.default_rng(seed)
    lower, upper = (_slab(chance) for _ in range(2))
    tx, ty, gap = (
        axis.ravel()
        for axis in np.meshgrid(
            np.arange(shape[0]) * CELL[0] / shape[0],
            np.arange(shape[1]) * CELL[1] / shape[1],
            np.linspace(*GAPS, shape[2]),
            indexing="ij",
        )
    )
    table = pd.DataFrame({"tx": tx, "ty": ty, "gap": gap})
    pool = CandidatePool(table=table, periods={"tx": float(CELL[0]), "ty": float(CELL[1])})
    return Tabulated(f"morse-{len(tx)}-{seed}", pool, interaction(lower, upper, tx, ty, gap))


def interaction(lower: Array, upper: Array, tx: Array, ty: Array, gap: Array) -> Array:
    """Energy between two slabs for N translations (ångström, shape (N,) each), in units of the well depth.

    A slab has shape (atoms, 3): place in the cell and depth below its surface. Pair energy
    e(r) = (1 - exp(-a (r - r0)))^2 - 1 (Morse 1929, Phys. Rev. 34, 57, eq. 4), nine nearest images of each pair.
    """
    energy = np.zeros(len(tx))
    for below in lower:
        for above in upper:
            dx = _nearest(tx + above[0] - below[0], CELL[0])
            dy = _nearest(ty + above[1] - below[1], CELL[1])
            height = gap + above[2] + below[2]
            for image in np.ndindex(3, 3):
                x, y = (np.array(image) - 1) * CELL
                distance = np.sqrt((dx + x) ** 2 + (dy + y) ** 2 + height**2)
                energy += (1.0 - np.exp(-STIFFNESS * (distance - NEAREST))) ** 2 - 1.0
    return energy


def _slab(chance: np.random.Generator) -> Array:
    return np.column_stack([chance.random((ATOMS_PER_SLAB, 2)) * CELL, chance.random(ATOMS_PER_SLAB) * 2.0])


def _nearest(distance: Array, period: float) -> Array:
    nearest: Array = (distance + period / 2) % period - period / 2
    return nearest
