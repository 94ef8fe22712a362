"""The energy of a candidate: two grains at one rigid translation, in J/m²."""

from dataclasses import dataclass

import ase
import numpy as np

from simulators.grain_boundary.bicrystal import UPPER, USUAL_SLAB, Slab, bicrystal
from simulators.grain_boundary.calibration import Crystal, crystal
from simulators.grain_boundary.coincidence import TiltBoundary
from simulators.grain_boundary.errors import Unconverged, UnusablePotential
from simulators.grain_boundary.potentials import Potential
from simulators.grain_boundary.relaxation import Relaxation
from simulators.grain_boundary.session import Relaxed, Session

JOULE_PER_SQUARE_METRE = 16.0217663
"""One eV/Å²."""

SEPARATED = 25.0
"""The gap (Å) at which two grains no longer feel each other."""

USUAL_RELAXATION = Relaxation()


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What became of one candidate.

    `energy` is in J/m². `force` is the norm of all forces that are left, `max_force` the largest on one atom (eV/Å).
    `translation` is where the upper grain ended (tx, ty, gap in Å, not wrapped), `expansion` the excess volume per
    area (Å), `atoms` the final structure with the arrays `grain` and `rim`.
    """

    energy: float
    force: float
    max_force: float
    iterations: int
    translation: tuple[float, float, float]
    expansion: float
    atoms: ase.Atoms


class BoundaryEnergies:
    """Energies of the candidates of one boundary. Holds one LAMMPS instance, started by the first evaluation.

    γ = (E − N·E_coh)/A − 2γ_s, with the energy E_coh of an atom in the perfect crystal of the same potential, and
    the energy γ_s of an unrelaxed surface from the same two grains pulled apart, where there are four of them.
    Every evaluation starts from the ideal positions of its own candidate: what was evaluated before has no influence.
    """

    def __init__(
        self,
        boundary: TiltBoundary,
        potential: Potential,
        relaxation: Relaxation = USUAL_RELAXATION,
        slab: Slab = USUAL_SLAB,
    ) -> None:
        self.boundary = boundary
        self.potential = potential
        self.relaxation = relaxation
        self.slab = slab
        self._session: Session | None = None
        self._surfaces = 0.0

    @property
    def crystal(self) -> Crystal:
        """The perfect crystal that energies are measured against."""
        return crystal(self.potential)

    def evaluate(self, tx: float, ty: float, gap: float) -> Evaluation:
        """Builds and relaxes the candidate at this translation (Å).

        Raises Unconverged, EngineFault, EngineMissing, and UnusablePotential if the rims are thinner than the reach
        of the potential.
        """
        start = self._atoms(tx, ty, gap)
        relaxed = self._relaxed(start, self.relaxation)
        if self.relaxation.mode != "static" and not relaxed.force <= self.relaxation.force_tolerance:
            raise Unconverged(relaxed.force, self.relaxation.force_tolerance, relaxed.iterations)
        final = start.copy()  # type: ignore[no-untyped-call]
        final.positions += relaxed.displacements
        rigid = final.arrays["rim"] & (final.arrays["grain"] == UPPER)
        moved = np.array([tx, ty, gap]) + relaxed.displacements[rigid].mean(axis=0)
        return Evaluation(
            energy=self._excess(relaxed.energy, start) - self._surfaces,
            force=relaxed.force,
            max_force=relaxed.max_force,
            iterations=relaxed.iterations,
            translation=(float(moved[0]), float(moved[1]), float(moved[2])),
            expansion=float(moved[2] - self.boundary.spacing * self.crystal.lattice),
            atoms=final,
        )

    def close(self) -> None:
        """Ends the LAMMPS instance; the next evaluation starts another."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _relaxed(self, start: ase.Atoms, relaxation: Relaxation) -> Relaxed:
        try:
            if self._session is None:
                self._start()
            assert self._session is not None
            return self._session.relaxed(start, relaxation)
        except Exception:
            self.close()  # an engine that stopped half-way is not to be trusted with the next candidate
            raise

    def _start(self) -> None:
        if self.slab.rim < self.potential.cutoff:
            raise UnusablePotential(
                f"{self.potential.file.name} reaches {self.potential.cutoff:.2f} Å, further than the rim of "
                f"{self.slab.rim:g} Å: the outer surfaces would feel the boundary. Use a thicker rim."
            )
        separated = self._atoms(0.0, 0.0, SEPARATED)
        self._session = Session(separated, self.potential)
        four_surfaces = self._session.relaxed(separated, Relaxation("static")).energy
        self._surfaces = self._excess(four_surfaces, separated) / 2

    def _atoms(self, tx: float, ty: float, gap: float) -> ase.Atoms:
        return bicrystal(self.boundary, self.potential.element, self.crystal.lattice, (tx, ty, gap), self.slab)

    def _excess(self, energy: float, atoms: ase.Atoms) -> float:
        """Energy above that of the perfect crystal, per area, J/m²."""
        lx, ly = atoms.cell.lengths()[:2]
        return float((energy - len(atoms) * self.crystal.cohesive_energy) / (lx * ly) * JOULE_PER_SQUARE_METRE)
