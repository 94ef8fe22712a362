"""Grain boundaries: the translations of one boundary as a space, their energies as an executor."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
    model_validator,
)

from optimizers import CandidatePool, SymmetryOperation
from orchestrator.campaign.paths import CampaignPath
from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import Outcome, Value
from simulators.grain_boundary import potentials
from simulators.grain_boundary.coincidence import TiltBoundary, tilt_boundary
from simulators.grain_boundary.errors import GrainBoundaryError, Unconverged, UnknownElement
from simulators.grain_boundary.translations import GAPS, count, invariances, periods, table

if TYPE_CHECKING:
    from simulators.grain_boundary.energies import BoundaryEnergies, Evaluation

FUNCTION = "grain_boundary_energy"
STRUCTURE = "structure.extxyz"

MOST_CANDIDATES = 2_000_000
"""More are a slip in `step`, not a search."""

LATTICE_TOLERANCE = 2e-4
"""How much the lattice parameters of the space and of the potential may differ, as a fraction."""

SECONDS_PER_ATOM = {"static": 3e-5, "surface": 2e-4, "atoms": 2e-4}
"""Of one core, with an embedded-atom potential: measured on copper boundaries of 60 to 200 atoms."""

Index = tuple[int, int, int]
Gap = Annotated[float, Field(gt=0, le=5)]


class GrainBoundaryTranslations(BaseModel):
    """Every rigid translation of one symmetric tilt boundary of a face-centred cubic metal, on a grid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["grain_boundary_translations"] = "grain_boundary_translations"
    element: str
    """The metal, such as Cu."""
    sigma: PositiveInt
    """Σ of the boundary, checked against the plane."""
    axis: Index
    """The tilt axis, such as [0, 0, 1]; it lies in the plane."""
    plane: Index
    """The boundary plane, such as [2, 1, 0]; both grains are mirror images in it."""
    step: Annotated[float, Field(gt=0, le=1)]
    """Distance between neighbouring translations in the boundary, Å (rounded so that the grid fits the cell)."""
    gaps: Annotated[tuple[Gap, ...], Field(min_length=1)] = GAPS
    """Distances between the facing planes of the two grains that are tried, Å, increasing."""
    lattice: Annotated[float, Field(gt=2, lt=8)] | None = None
    """Lattice parameter, Å; that of the element's usual potential when absent."""

    @field_validator("plane")
    @classmethod
    def _a_boundary(cls, plane: Index, info: ValidationInfo) -> Index:
        if {"axis", "sigma"} <= info.data.keys():
            tilt_boundary(info.data["axis"], plane, info.data["sigma"])
        return plane

    @field_validator("gaps")
    @classmethod
    def _increasing(cls, gaps: tuple[float, ...]) -> tuple[float, ...]:
        if list(gaps) != sorted(set(gaps)):
            raise ValueError("the gaps must increase, each named once.")
        return gaps

    @model_validator(mode="after")
    def _a_search(self) -> "GrainBoundaryTranslations":
        if self.lattice is None:
            _require_known(self.element)
        candidates = count(self.boundary, self.lattice_parameter, self.step, self.gaps)
        if candidates > MOST_CANDIDATES:
            raise ValueError(
                f"step: {self.step:g} Å gives {candidates:,} candidates, more than {MOST_CANDIDATES:,}. "
                "Write a larger step."
            )
        return self

    @property
    def boundary(self) -> TiltBoundary:
        """The boundary, as the simulator knows it."""
        return tilt_boundary(self.axis, self.plane)

    @property
    def lattice_parameter(self) -> float:
        """The lattice parameter of the candidates, Å."""
        return potentials.known(self.element).lattice if self.lattice is None else self.lattice

    def build(self) -> CandidatePool:
        """The candidates: columns tx, ty, gap in Å, with the periods and the symmetry of the boundary."""
        boundary, lattice = self.boundary, self.lattice_parameter
        return CandidatePool(
            table=table(boundary, lattice, self.step, self.gaps),
            periods=periods(boundary, lattice),
            symmetry=tuple(SymmetryOperation(it.sign, it.shift) for it in invariances(boundary, lattice)),
        )


class GrainBoundarySettings(BaseModel):
    """Energies of grain-boundary translations by LAMMPS, each in J/m², with the relaxed structure as a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["grain_boundary"] = "grain_boundary"
    relax: Literal["static", "surface", "atoms"] = "surface"
    """What moves: nothing; the atoms, while one grain follows along the normal; or that grain in all directions."""
    potential: CampaignPath | None = None
    """A potential file (.eam.alloy, .eam.fs, .eam); the element's usual one when absent."""
    thickness: Annotated[float, Field(ge=12, le=100)] = 22.0
    """Thickness of each grain, Å. Its outer 8 Å never relax: increase it until the energy no longer changes."""
    timeout: PositiveFloat = 60.0
    """Seconds after which a trial is given up."""
    force_tolerance: Annotated[float, Field(gt=0, le=0.1)] = 3e-3
    """A relaxation has ended when the norm of all forces is at most this, eV/Å."""
    iterations: PositiveInt = 300
    """A relaxation that needs more is unconverged."""

    def build(self, context: ExecutorContext) -> Executor:
        """The executor; no process is started yet. Raises ExecutorError if it could not evaluate this campaign."""
        from orchestrator.executors.process import ProcessExecutor

        space, objective = _space(context), _objective(context)
        self._check_potential(space)
        settings = {
            "objective": objective,
            "space": space.model_dump(mode="json"),
            "executor": self.model_dump(mode="json"),
        }
        return ProcessExecutor(FUNCTION, settings, context.parallel, self.timeout, context.objectives)

    def cost(self, context: ExecutorContext) -> str:
        """The size of a trial and roughly its time. Raises ExecutorError if this campaign could not be evaluated."""
        space = _space(context)
        atoms = space.boundary.atoms(self.thickness / space.lattice_parameter)
        seconds = atoms * SECONDS_PER_ATOM[self.relax]
        return f"about {seconds:.1g} s of one core for {atoms} atoms, relax: {self.relax}; at most {self.timeout:g} s"

    def _check_potential(self, space: GrainBoundaryTranslations) -> None:
        from simulators.grain_boundary.lammps_engine import require_lammps

        try:
            require_lammps()
            potential = potentials.potential(space.element, self.potential)
            if self.potential is not None:
                _check_lattice(potential, space)
        except GrainBoundaryError as error:
            raise ExecutorError(f"potential: {error}") from error


class EnergyFunction:
    """Evaluates candidates of one boundary with one LAMMPS instance: the registered function, prepared."""

    def __init__(self, energies: "BoundaryEnergies", objective: str, about: Mapping[str, Any]) -> None:
        self._energies = energies
        self._objective = objective
        self._about = dict(about)

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """The energy at `parameters` (tx, ty, gap in Å) in J/m²; the structure is written into `folder`."""
        from simulators.grain_boundary.structure import write_structure

        tx, ty, gap = (float(parameters[name]) for name in ("tx", "ty", "gap"))
        try:
            evaluation = self._energies.evaluate(tx, ty, gap)
        except Unconverged as unconverged:
            return Outcome.failed(
                "unconverged",
                str(unconverged),
                force=unconverged.force,
                iterations=unconverged.iterations,
                **self._about,
            )
        write_structure(folder / STRUCTURE, evaluation, title=self._about["boundary"])
        return Outcome(
            values={self._objective: Value(value=evaluation.energy)},
            files=(STRUCTURE,),
            details={**_details(evaluation), **self._about},
        )


def energy_function(settings: Mapping[str, Any]) -> EnergyFunction:
    """The function `grain_boundary_energy`, from what `GrainBoundarySettings.build` put into `settings`."""
    from simulators.grain_boundary.bicrystal import slab_for
    from simulators.grain_boundary.energies import BoundaryEnergies
    from simulators.grain_boundary.relaxation import Relaxation

    space = GrainBoundaryTranslations.model_validate(settings["space"])
    executor = GrainBoundarySettings.model_validate(settings["executor"])
    potential = potentials.potential(space.element, executor.potential)
    relaxation = Relaxation(executor.relax, executor.force_tolerance, executor.iterations)
    energies = BoundaryEnergies(space.boundary, potential, relaxation, slab_for(potential.cutoff, executor.thickness))
    return EnergyFunction(energies, settings["objective"], _about(space, executor, potential))


def _require_known(element: str) -> None:
    try:
        potentials.known(element)
    except UnknownElement as error:
        raise ValueError(
            f"element: {error} For another metal name its potential in the executor and its lattice parameter here."
        ) from error


def _space(context: ExecutorContext) -> GrainBoundaryTranslations:
    if not isinstance(context.space, GrainBoundaryTranslations):
        kind = getattr(context.space, "kind", type(context.space).__name__)
        raise ExecutorError(
            f"kind: 'grain_boundary' evaluates the space 'grain_boundary_translations', not '{kind}'. "
            "Change the kind of one of them."
        )
    return context.space


def _objective(context: ExecutorContext) -> str:
    if len(context.objectives) != 1:
        raise ExecutorError(
            f"kind: 'grain_boundary' measures one objective, the boundary energy, not {len(context.objectives)}: "
            f"{', '.join(context.objectives) or 'none'}."
        )
    return context.objectives[0]


def _check_lattice(potential: potentials.Potential, space: GrainBoundaryTranslations) -> None:
    from simulators.grain_boundary.calibration import crystal

    measured = crystal(potential).lattice
    if abs(measured / space.lattice_parameter - 1) > LATTICE_TOLERANCE:
        raise ExecutorError(
            f"potential: {potential.file} gives {space.element} a lattice parameter of {measured:.5f} Å, but the "
            f"candidates were made for {space.lattice_parameter:.5f} Å. Write `lattice: {measured:.5f}` in the space."
        )


def _about(
    space: GrainBoundaryTranslations, executor: GrainBoundarySettings, potential: potentials.Potential
) -> dict[str, Any]:
    import hashlib
    from importlib.metadata import version

    return {
        "boundary": f"{space.element} {space.boundary}",
        "relax": executor.relax,
        "engine": f"lammps {version('lammps')}",
        "potential": {
            "file": potential.file.name,
            "sha256": hashlib.sha256(potential.file.read_bytes()).hexdigest(),
        },
    }


def _details(evaluation: "Evaluation") -> dict[str, Any]:
    return {
        "atoms": len(evaluation.atoms),
        "iterations": evaluation.iterations,
        "force": evaluation.force,
        "max_force": evaluation.max_force,
        "expansion": evaluation.expansion,
        "final_translation": dict(zip(("tx", "ty", "gap"), evaluation.translation, strict=True)),
    }
