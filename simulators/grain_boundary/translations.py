"""The candidates: rigid translations of the upper grain against the lower one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.grain_boundary.coincidence import TiltBoundary

if TYPE_CHECKING:
    import pandas as pd

GAPS = (0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
"""Usual distances (Å) between the facing planes of two metal grains."""


@dataclass(frozen=True)
class Invariance:
    """The energy stays when each named coordinate c becomes `sign[c] · c + shift[c]` (Å), modulo its period."""

    sign: dict[str, int] = field(default_factory=dict)
    shift: dict[str, float] = field(default_factory=dict)


def table(boundary: TiltBoundary, lattice: float, step: float, gaps: Sequence[float] = GAPS) -> "pd.DataFrame":
    """Every candidate of one boundary: columns tx, ty, gap in Å, one row each, gap running fastest.

    tx and ty cover the planar cell on a grid of even counts, the nearest to `step` Å, so that every point has its
    mirror image on the grid.
    """
    import numpy as np
    import pandas as pd

    edges = periods(boundary, lattice).values()
    axes = [
        np.arange(points) * (edge / points)
        for edge, points in zip(edges, _points(boundary, lattice, step), strict=True)
    ]
    tx, ty, gap = (axis.ravel() for axis in np.meshgrid(*axes, np.asarray(gaps, dtype=float), indexing="ij"))
    return pd.DataFrame({"tx": tx, "ty": ty, "gap": gap})


def count(boundary: TiltBoundary, lattice: float, step: float, gaps: Sequence[float] = GAPS) -> int:
    """The number of rows of `table`, without making it."""
    x, y = _points(boundary, lattice, step)
    return x * y * len(gaps)


def periods(boundary: TiltBoundary, lattice: float) -> dict[str, float]:
    """Edges of the planar cell in Å."""
    lx, ly, _ = boundary.lengths
    return {"tx": lattice * lx, "ty": lattice * ly}


def invariances(boundary: TiltBoundary, lattice: float) -> tuple[Invariance, ...]:
    """Generators of the translations' symmetry.

    Exchanging the grains always gives (tx, ty) → (−tx, −ty). A mirror plane of the crystal that stands upright on
    the boundary, as for ⟨001⟩ and ⟨110⟩ axes, reverses tx or ty alone. A centred planar cell adds half of both periods.
    """
    reversals = [{"tx": -1}, {"ty": -1}] if boundary.has_mirror else [{"tx": -1, "ty": -1}]
    found = [Invariance(sign=signs) for signs in reversals]
    if boundary.is_centred:
        found.append(Invariance(shift={name: period / 2 for name, period in periods(boundary, lattice).items()}))
    return tuple(found)


def _points(boundary: TiltBoundary, lattice: float, step: float) -> tuple[int, int]:
    """The number of grid points along x and y: even, and nearest to `step` apart."""
    x, y = (max(2, 2 * round(edge / step / 2)) for edge in periods(boundary, lattice).values())
    return x, y
