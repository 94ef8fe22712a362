"""The perfect crystal of a potential: what boundary energies are measured against."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from simulators.grain_boundary.errors import EngineFault, UnusablePotential
from simulators.grain_boundary.lammps_engine import pair_commands, start_lammps, translated_errors
from simulators.grain_boundary.potentials import Potential

SMALLEST, LARGEST, SCAN_STEP = 3.0, 6.0, 0.05
"""Lattice parameters (Å) among which the crystal is looked for."""

CELLS = 2
"""Cubic cells along each edge of the periodic box."""


@dataclass(frozen=True)
class Crystal:
    """Lattice parameter (Å) and energy per atom (eV) of the relaxed face-centred cubic crystal."""

    lattice: float
    cohesive_energy: float


@cache
def crystal(potential: Potential) -> Crystal:
    """The relaxed crystal of `potential`, measured once per process.

    Raises UnusablePotential if LAMMPS cannot read the file or if it binds no crystal, EngineMissing, EngineFault.
    """
    with closing(start_lammps()) as engine:
        _fill(engine, potential)
        energy = _energy_per_atom(engine)
        scan = np.arange(SMALLEST, LARGEST, SCAN_STEP)
        with translated_errors():
            start = scan[int(np.argmin([energy(lattice) for lattice in scan]))]
            around = (start - SCAN_STEP, start + SCAN_STEP)
            best = minimize_scalar(energy, bounds=around, method="bounded", options={"xatol": 1e-9})
    if not (scan[0] < start < scan[-1] and best.fun < 0):
        raise UnusablePotential(
            f"{potential.file} binds no face-centred cubic {potential.element} with a lattice parameter "
            f"between {SMALLEST:g} and {LARGEST:g} Å."
        )
    return Crystal(lattice=float(best.x), cohesive_energy=float(best.fun))


def _fill(engine: Any, potential: Potential) -> None:
    box = [
        "units metal",
        "atom_style atomic",
        "boundary p p p",
        "lattice fcc 4.0",
        f"region box block 0 {CELLS} 0 {CELLS} 0 {CELLS}",
        "create_box 1 box",
        "create_atoms 1 box",
        "mass 1 1.0",
    ]
    with translated_errors():
        engine.commands_list(box)
    try:
        with translated_errors():
            engine.commands_list(pair_commands(potential))
    except EngineFault as error:
        raise UnusablePotential(
            f"{potential.file} cannot be read as a potential of kind {potential.style} for {potential.element}. "
            f"{str(error).splitlines()[0]}"
        ) from error


def _energy_per_atom(engine: Any) -> Callable[[float], float]:
    def energy(lattice: float) -> float:
        edges = " ".join(f"{axis} final 0 {CELLS * lattice:.12f}" for axis in "xyz")
        engine.commands_list([f"change_box all {edges} remap units box", "run 0 post no"])
        return float(engine.get_thermo("pe")) / (4 * CELLS**3)

    return energy
