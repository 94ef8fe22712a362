"""The lowest energies of copper boundaries over random starts: `python -m benchmarks.reference_energies`."""

import argparse
import sys
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.landscapes import BOUNDARIES
from simulators.grain_boundary.coincidence import TiltBoundary, tilt_boundary
from simulators.grain_boundary.energies import BoundaryEnergies
from simulators.grain_boundary.errors import Unconverged
from simulators.grain_boundary.potentials import potential
from simulators.grain_boundary.relaxation import Relaxation

FULL = Relaxation("atoms", force_tolerance=1e-3, iterations=500)
GAP_RANGE = (0.5, 2.1)
"""Å; tx and ty are drawn from the whole cell."""

SAME = 1e-3
"""J/m²: energies this close count as the same minimum."""

QUOTED = {"cu_sigma5_210": 0.951, "cu_sigma5_310": 0.905, "cu_sigma3_111": 0.022}
"""J/m², the values usually quoted for the potential of Mishin et al. 2001."""


@dataclass(frozen=True)
class Lowest:
    """The lowest energy (J/m²) over all starts, the share of starts that reach it, and how many failed."""

    energy: float
    share: float
    unconverged: int


def lowest(boundary: TiltBoundary, starts: int, seed: int = 0) -> Lowest:
    """Full relaxation of a copper boundary from `starts` random translations."""
    energies = BoundaryEnergies(boundary, potential("Cu"), FULL)
    lx, ly, _ = (energies.crystal.lattice * length for length in boundary.lengths)
    rng = np.random.default_rng(seed)
    found = []
    for start in rng.uniform([0, 0, GAP_RANGE[0]], [lx, ly, GAP_RANGE[1]], (starts, 3)):
        try:
            found.append(energies.evaluate(*start).energy)
        except Unconverged:
            continue
    energies.close()
    best = min(found)
    return Lowest(best, float(np.mean(np.array(found) < best + SAME)), starts - len(found))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Lowest energies of copper boundaries from random starts.")
    parser.add_argument("--starts", type=int, default=60)
    starts = parser.parse_args().starts
    named = {"cu_sigma3_111": (3, (1, -1, 0), (1, 1, 1)), **BOUNDARIES}
    rows = []
    for name in track(named, "relaxing", console=Console(stderr=True)):
        sigma, axis, plane = named[name]
        boundary = tilt_boundary(axis, plane, sigma)
        found = lowest(boundary, starts)
        rows.append(
            f"| {boundary} | {found.energy:.4f} | {QUOTED.get(name, '')} | {found.share:.2f} | {found.unconverged} |"
        )
    print("| boundary | γ, J/m² | quoted | share of starts | unconverged |\n|---|---|---|---|---|")
    print("\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
