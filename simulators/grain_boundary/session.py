"""The atoms of one boundary inside one LAMMPS instance, moved and relaxed again and again."""

import ctypes
from dataclasses import dataclass

import ase
import numpy as np
import numpy.typing as npt

from simulators.grain_boundary.bicrystal import LOWER, UPPER
from simulators.grain_boundary.lammps_engine import pair_commands, start_lammps, translated_errors
from simulators.grain_boundary.potentials import Potential
from simulators.grain_boundary.relaxation import Relaxation

VACUUM = 5.0
"""Empty space (Å) above and below the atoms that the session starts with."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Total energy (eV), norm of all forces and largest force on an atom (eV/Å), displacements (Å, shape (n, 3))."""

    energy: float
    force: float
    max_force: float
    iterations: int
    displacements: npt.NDArray[np.float64]


class Session:
    """LAMMPS with the atoms of one boundary in it.

    The box fits `widest`, the two grains at the largest gap that will be asked for. Atoms are created once and keep
    their places in memory, so that the same positions give the same energy, whatever came before.
    Raises EngineMissing and EngineFault.
    """

    def __init__(self, widest: ase.Atoms, potential: Potential) -> None:
        self._edges = widest.cell.lengths()[:2]
        self._engine = start_lammps()
        with translated_errors():
            self._create(widest, potential)

    def relaxed(self, start: ase.Atoms, relaxation: Relaxation) -> Relaxed:
        """Relaxes `start`, whose atoms lie inside the cell in x and y and are in the order of the first ones."""
        with translated_errors():
            self._scatter(start.positions)
            self._engine.command("reset_timestep 0")
            if relaxation.mode == "static":
                self._engine.command("run 0 post no")
            else:
                self._minimize(relaxation)
            forces = self._gather("f")
            return Relaxed(
                energy=float(self._engine.get_thermo("pe")),
                force=float(np.linalg.norm(forces)),
                max_force=float(np.linalg.norm(forces, axis=1).max()),
                iterations=int(self._engine.get_thermo("step")),
                displacements=self._nearest(self._gather("x") - start.positions),
            )

    def close(self) -> None:
        """Ends LAMMPS."""
        self._engine.close()

    def _create(self, atoms: ase.Atoms, potential: Potential) -> None:
        heights = atoms.positions[:, 2]
        bounds = (0, self._edges[0], 0, self._edges[1], heights.min() - VACUUM, heights.max() + VACUUM)
        self._engine.commands_list(
            [
                "units metal",
                "atom_style atomic",
                "boundary p p f",
                "atom_modify map array sort 0 0",
                "region box block " + " ".join(f"{bound:.15g}" for bound in bounds),
                "create_box 1 box",
                "mass 1 1.0",
                *pair_commands(potential),
            ]
        )
        numbers = list(range(1, len(atoms) + 1))
        self._engine.create_atoms(len(atoms), numbers, [1] * len(atoms), atoms.positions.ravel().tolist())
        self._engine.commands_list(
            [
                f"group lower_rim id {_rim(atoms, LOWER)}",
                f"group upper_rim id {_rim(atoms, UPPER)}",
                "neigh_modify every 1 delay 0 check yes",
                "min_style cg",
                "min_modify dmax 0.1 line quadratic",
            ]
        )

    def _minimize(self, relaxation: Relaxation) -> None:
        # `aveforce` with zeros gives every atom of the rim their mean force; with NULL it would do nothing, and the
        # rim's outer surface would relax unnoticed.
        slides = relaxation.mode == "atoms"
        steps = relaxation.iterations
        self._engine.commands_list(
            [
                "fix hold lower_rim setforce 0.0 0.0 0.0",
                "fix rigid upper_rim aveforce 0.0 0.0 0.0",
                *([] if slides else ["fix upright upper_rim setforce 0.0 0.0 NULL"]),
                f"minimize 0.0 {relaxation.force_tolerance:.15g} {steps} {20 * steps}",
                *([] if slides else ["unfix upright"]),
                "unfix rigid",
                "unfix hold",
            ]
        )

    def _scatter(self, positions: npt.NDArray[np.float64]) -> None:
        flat = np.ascontiguousarray(positions, dtype=np.float64).ravel()
        self._engine.scatter_atoms("x", 1, 3, flat.ctypes.data_as(ctypes.POINTER(ctypes.c_double)))

    def _gather(self, name: str) -> npt.NDArray[np.float64]:
        return np.array(self._engine.gather_atoms(name, 1, 3), dtype=np.float64).reshape(-1, 3)

    def _nearest(self, displacements: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        displacements[:, :2] -= np.round(displacements[:, :2] / self._edges) * self._edges
        return displacements


def _rim(atoms: ase.Atoms, grain: int) -> str:
    numbers = np.flatnonzero(atoms.arrays["rim"] & (atoms.arrays["grain"] == grain)) + 1
    return " ".join(map(str, numbers))
