"""Two grains facing each other, as atoms."""

from dataclasses import dataclass
from itertools import product

import ase
import numpy as np
import numpy.typing as npt

from simulators.grain_boundary.coincidence import TiltBoundary, plane_step

LOWER, UPPER = 0, 1


@dataclass(frozen=True)
class Slab:
    """How thick each grain is: at least `thickness` Å, of which the outer `rim` Å never relax.

    The rim must be thicker than the reach of the potential, so that the outer surface does not feel the boundary.
    Most boundaries are converged to 0.1 mJ/m² with 16 Å; wide ones, such as Σ3(112) in Cu, need 22 Å.
    """

    thickness: float = 22.0
    rim: float = 8.0


USUAL_SLAB = Slab()


def slab_for(cutoff: float, thickness: float = USUAL_SLAB.thickness) -> Slab:
    """A slab of this thickness (Å); both it and its rims grow where the potential reaches further than usual."""
    rim = max(USUAL_SLAB.rim, cutoff)
    return Slab(thickness=thickness + rim - USUAL_SLAB.rim, rim=rim)


def bicrystal(
    boundary: TiltBoundary,
    symbol: str,
    lattice: float,
    translation: tuple[float, float, float],
    slab: Slab = USUAL_SLAB,
) -> ase.Atoms:
    """The lower grain, and its mirror image moved rigidly by `translation` = (tx, ty, gap) Å.

    Atoms are periodic in x and y and wrapped there; z is open. The lower grain ends with the plane z = 0; `gap` is
    the distance between that plane and the one it faces. Per-atom arrays: `grain` (0 lower, 1 upper) and `rim`
    (True for the atoms that never relax). The order of the atoms does not depend on `translation`.
    """
    lower = grain(boundary, lattice, slab.thickness)
    upper = lower * [1, 1, -1] + np.asarray(translation, dtype=float)
    positions = np.vstack([lower, upper])
    edges = lattice * np.array(boundary.lengths[:2])
    positions[:, :2] %= edges
    positions[:, :2][positions[:, :2] == edges] = 0.0  # the remainder of a tiny negative number is the divisor itself
    cell = [*edges, np.ptp(positions[:, 2])]
    atoms = ase.Atoms([symbol] * len(positions), positions, cell=cell, pbc=(True, True, False))
    is_rim = lower[:, 2] < lower[:, 2].min() + slab.rim
    atoms.arrays["grain"] = np.repeat([LOWER, UPPER], len(lower))
    atoms.arrays["rim"] = np.concatenate([is_rim, is_rim])
    return atoms


def grain(boundary: TiltBoundary, lattice: float, thickness: float) -> npt.NDArray[np.float64]:
    """Positions (Å, shape (n, 3)) of the lower grain.

    Whole lattice planes, from z = 0 down to the first one at or beyond `thickness` (Å).
    """
    edges = np.array(boundary.edges[:2])
    normal = np.array(boundary.plane)
    step = plane_step(boundary.plane)
    planes = boundary.planes(thickness / lattice)
    points = _points_around(np.vstack([edges, -normal * (planes * step / (normal @ normal))]))
    along = points @ edges.T
    depth = -(points @ normal)
    inside = np.all((along >= 0) & (along < np.sum(edges**2, axis=1)), axis=1) & (depth >= 0) & (depth <= planes * step)
    axes = np.vstack([edges, normal])
    positions = points[inside] @ (axes / np.linalg.norm(axes, axis=1, keepdims=True)).T * (lattice / 2)
    return np.asarray(positions[np.lexsort(np.round(positions, 6).T)])


def _points_around(edges: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Every lattice point (half units) in a box that contains the cell spanned by three `edges`."""
    corners = np.array([weights @ edges for weights in map(np.array, product((0, 1), repeat=3))])
    lows, highs = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    ranges = [np.arange(low, high + 1) for low, high in zip(lows, highs, strict=True)]
    points = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
    return np.asarray(points[points.sum(axis=1) % 2 == 0])
