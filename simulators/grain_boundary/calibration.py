"""The perfect crystal of a potential: what boundary energies are measured against."""

from dataclasses import dataclass
from functools import cache

from simulators.grain_boundary.errors import UnusablePotential
from simulators.grain_boundary.lammps_engine import pair_commands, start_lammps, translated_errors
from simulators.grain_boundary.potentials import Potential


@dataclass(frozen=True)
class Crystal:
    """Lattice parameter (Å) and energy per atom (eV) of the relaxed face-centred cubic crystal."""

    lattice: float
    cohesive_energy: float


@cache
def crystal(potential: Potential) -> Crystal:
    """The relaxed crystal of `potential`, measured once per process.

    Lattice parameters from 3 to 6 Å are searched. Raises UnusablePotential if no crystal is bound there,
    EngineFault if LAMMPS cannot read the file.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar

    engine = start_lammps()
    cells = 2
    try:
        with translated_errors():
            engine.commands_list(_cubic_box(cells, potential))

            def energy(lattice: float) -> float:
                edges = " ".join(f"{axis} final 0 {cells * lattice:.12f}" for axis in "xyz")
                engine.commands_list([f"change_box all {edges} remap units box", "run 0 post no"])
                return float(engine.get_thermo("pe")) / (4 * cells**3)

            scan = np.arange(3.0, 6.0, 0.05)
            start = scan[int(np.argmin([energy(lattice) for lattice in scan]))]
            best = minimize_scalar(
                energy, bounds=(start - 0.05, start + 0.05), method="bounded", options={"xatol": 1e-9}
            )
    finally:
        engine.close()
    if not (scan[0] < start < scan[-1] and best.fun < 0):
        raise UnusablePotential(f"{potential.file} binds no face-centred cubic {potential.element} between 3 and 6 Å.")
    return Crystal(lattice=float(best.x), cohesive_energy=float(best.fun))


def _cubic_box(cells: int, potential: Potential) -> list[str]:
    return [
        "units metal",
        "atom_style atomic",
        "boundary p p p",
        "lattice fcc 4.0",
        f"region box block 0 {cells} 0 {cells} 0 {cells}",
        "create_box 1 box",
        "create_atoms 1 box",
        "mass 1 1.0",
        *pair_commands(potential),
    ]
