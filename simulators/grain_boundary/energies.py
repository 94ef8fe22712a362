"""The energy of a candidate: two grains at one rigid translation, in J/m²."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from simulators.grain_boundary.bicrystal import UPPER, Slab, bicrystal
from simulators.grain_boundary.calibration import Crystal, crystal
from simulators.grain_boundary.coincidence import TiltBoundary
from simulators.grain_boundary.errors import UnusablePotential, Unconverged
from simulators.grain_boundary.lammps_engine import pair_commands, start_lammps, translated_errors
from simulators.grain_boundary.potentials import Potential

if TYPE_CHECKING:
    import ase

EV_PER_SQUARE_ANGSTROM = 16.0217663
"""In J/m²."""

SEPARATED = 25.0
"""The gap (Å) at which two grains no longer feel each other."""

Relaxation = Literal["static", "surface", "atoms"]


@dataclass(frozen=True)
class Protocol:
    """How a candidate is brought to its energy.

    - `static`: nothing moves.
    - `surface`: all atoms outside the rims relax, the upper rim follows along z as a rigid body.
    - `atoms`: the same, and the upper rim also slides in x and y.

    Relaxation ends when the norm of all forces (eV/Å, the rim counted as the rigid body it is) falls below
    `force_tolerance`; it has failed when that takes more than `iterations`.
    """

    relax: Relaxation = "surface"
    force_tolerance: float = 3e-3
    iterations: int = 300


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What became of one candidate.

    `energy` is in J/m². `force` is the norm of all forces left, `max_force` the largest on one atom (eV/Å).
    `translation` is where the upper grain ended (tx, ty, gap in Å, not wrapped), `expansion` the excess volume per
    area (Å), `atoms` the final structure.
    """

    energy: float
    force: float
    max_force: float
    iterations: int
    translation: tuple[float, float, float]
    expansion: float
    atoms: "ase.Atoms"


class BoundaryEnergies:
    """Energies of the candidates of one boundary. Holds one LAMMPS instance, started by the first evaluation.

    γ = (E − N·E_coh)/A − 2γ_s, where the energy γ_s of the unrelaxed outer surfaces comes from the same two grains
    pulled apart by 25 Å (four surfaces), and E_coh from the same potential. Every evaluation starts from the ideal
    positions of its own candidate: the result does not depend on what was evaluated before.
    """

    def __init__(
        self, boundary: TiltBoundary, potential: Potential, protocol: Protocol = Protocol(), slab: Slab = Slab()
    ) -> None:
        self.boundary = boundary
        self.potential = potential
        self.protocol = protocol
        self.slab = slab
        self._session: _Session | None = None

    def evaluate(self, tx: float, ty: float, gap: float) -> Evaluation:
        """Builds and relaxes the candidate (Å). Raises Unconverged, EngineFault, EngineMissing, UnusablePotential."""
        session = self._started()
        start = self._atoms(session.crystal, (tx, ty, gap))
        try:
            relaxed = session.relaxed(start, self.protocol)
        except Exception:
            self.close()  # an engine that stopped half-way is not to be trusted with the next candidate
            raise
        if relaxed.force > self.protocol.force_tolerance and self.protocol.relax != "static":
            raise Unconverged(relaxed.force, self.protocol.force_tolerance, relaxed.iterations)
        return self._evaluation(session, start, relaxed, (tx, ty, gap))

    @property
    def crystal(self) -> Crystal:
        """The perfect crystal that energies are measured against."""
        return crystal(self.potential)

    def close(self) -> None:
        """Ends the LAMMPS instance; the next evaluation starts another."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _started(self) -> "_Session":
        if self._session is None:
            if self.slab.rim < self.potential.cutoff:
                raise UnusablePotential(
                    f"{self.potential.file.name} reaches {self.potential.cutoff:.2f} Å, further than the rim of "
                    f"{self.slab.rim:g} Å: the outer surfaces would feel the boundary. Use a thicker rim."
                )
            perfect = self.crystal
            self._session = _Session(self._atoms(perfect, (0.0, 0.0, SEPARATED)), perfect, self.potential)
        return self._session

    def _atoms(self, perfect: Crystal, translation: tuple[float, float, float]) -> "ase.Atoms":
        return bicrystal(self.boundary, self.potential.element, perfect.lattice, translation, self.slab)

    def _evaluation(
        self, session: "_Session", start: "ase.Atoms", relaxed: "_Relaxed", translation: tuple[float, float, float]
    ) -> Evaluation:
        final = start.copy()
        final.positions += relaxed.displacements
        rigid = final.arrays["rim"] & (final.arrays["grain"] == UPPER)
        tx, ty, gap = np.asarray(translation) + relaxed.displacements[rigid].mean(axis=0)
        return Evaluation(
            energy=session.excess(relaxed.energy) - session.surfaces,
            force=relaxed.force,
            max_force=relaxed.max_force,
            iterations=relaxed.iterations,
            translation=(float(tx), float(ty), float(gap)),
            expansion=float(gap - self.boundary.spacing * session.crystal.lattice),
            atoms=final,
        )


@dataclass(frozen=True, eq=False)
class _Relaxed:
    energy: float
    force: float
    max_force: float
    iterations: int
    displacements: npt.NDArray[np.float64]


class _Session:
    """One LAMMPS instance that holds the atoms of one boundary."""

    def __init__(self, separated: "ase.Atoms", perfect: Crystal, potential: Potential) -> None:
        self.crystal = perfect
        self._cell = separated.cell.lengths()[:2]
        self._engine = start_lammps()
        with translated_errors():
            self._create(separated, potential)
        self.surfaces = self.excess(self.relaxed(separated, Protocol(relax="static")).energy) / 2

    def excess(self, energy: float) -> float:
        """Energy per area above the perfect crystal, J/m²; half of it where two slabs share the area."""
        count = self._engine.get_natoms()
        return float((energy - count * self.crystal.cohesive_energy) / np.prod(self._cell) * EV_PER_SQUARE_ANGSTROM)

    def relaxed(self, start: "ase.Atoms", protocol: Protocol) -> _Relaxed:
        """Relaxes `start` and returns total energy (eV), forces and displacements from `start`."""
        with translated_errors():
            self._scatter(start.positions)
            if protocol.relax == "static":
                self._engine.command("run 0 post no")
            else:
                self._minimize(protocol)
            forces = self._gather("f")
            return _Relaxed(
                energy=float(self._engine.get_thermo("pe")),
                force=float(np.linalg.norm(forces)),
                max_force=float(np.linalg.norm(forces, axis=1).max()),
                iterations=int(self._engine.get_thermo("step")),
                displacements=self._nearest(self._gather("x") - start.positions),
            )

    def close(self) -> None:
        self._engine.close()

    def _create(self, atoms: "ase.Atoms", potential: Potential) -> None:
        lx, ly = self._cell
        low, high = atoms.positions[:, 2].min() - 5.0, atoms.positions[:, 2].max() + 5.0
        lower_rim, upper_rim = (
            np.flatnonzero(atoms.arrays["rim"] & (atoms.arrays["grain"] == it)) + 1 for it in (0, 1)
        )
        self._engine.commands_list(
            [
                "units metal",
                "atom_style atomic",
                "boundary p p f",
                "atom_modify map array sort 0 0",
                f"region box block 0 {lx:.15g} 0 {ly:.15g} {low:.15g} {high:.15g}",
                "create_box 1 box",
                "mass 1 1.0",
                *pair_commands(potential),
            ]
        )
        count = len(atoms)
        self._engine.create_atoms(count, list(range(1, count + 1)), [1] * count, atoms.positions.ravel().tolist())
        self._engine.commands_list(
            [
                "group lower_rim id " + " ".join(map(str, lower_rim)),
                "group upper_rim id " + " ".join(map(str, upper_rim)),
                "neigh_modify every 1 delay 0 check yes",
                "min_style cg",
                "min_modify dmax 0.1 line quadratic",
            ]
        )

    def _minimize(self, protocol: Protocol) -> None:
        """The lower rim is held. A rim moves rigidly when each atom gets the mean force: `aveforce` with zeros, for NULL does nothing."""
        sideways = ["fix slide upper_rim setforce 0.0 0.0 NULL"] if protocol.relax == "surface" else []
        self._engine.commands_list(
            [
                "reset_timestep 0",
                "fix hold lower_rim setforce 0.0 0.0 0.0",
                "fix rigid upper_rim aveforce 0.0 0.0 0.0",
                *sideways,
                f"minimize 0.0 {protocol.force_tolerance:.15g} {protocol.iterations} {20 * protocol.iterations}",
                *(["unfix slide"] if sideways else []),
                "unfix rigid",
                "unfix hold",
            ]
        )

    def _scatter(self, positions: npt.NDArray[np.float64]) -> None:
        import ctypes

        flat = np.ascontiguousarray(positions, dtype=np.float64).ravel()
        self._engine.scatter_atoms("x", 1, 3, flat.ctypes.data_as(ctypes.POINTER(ctypes.c_double)))

    def _gather(self, name: str) -> npt.NDArray[np.float64]:
        return np.array(self._engine.gather_atoms(name, 1, 3), dtype=np.float64).reshape(-1, 3)

    def _nearest(self, displacements: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        displacements[:, :2] -= np.round(displacements[:, :2] / self._cell) * self._cell
        return displacements
