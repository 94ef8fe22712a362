"""`executor: {kind: bond_valence}`: migration barriers of tavorites, in stages that are each done once."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.executors.place import FolderWork
from orchestrator.executors.runs_on import RunsOn, executor_for
from orchestrator.kinds.ion_migration import COMPOUND, STRUCTURE_PARAMETER, Structure
from simulators.ion_migration.errors import ImpossibleStructure, NotInTheFamily, NotRelaxed, UnusableGrid
from simulators.ion_migration.family import Compound, compound

if TYPE_CHECKING:
    from simulators.ion_migration.crystal import Crystal

FUNCTION = "bond_valence_barrier"
VALUES = ("barrier", "barrier_2d", "barrier_3d")
"""What is measured, eV: the energy above the minimum at which the ion gets through in one, two, three dimensions."""
STAGES = ("structure", "relaxation", "barrier")
CIF = "structure.cif"
VERSION = 1
"""Of the stage files, and of what is computed: a file of another version is not taken over."""


class BondValenceSettings(BaseModel):
    """Barriers by bond-valence site energies, each in eV, of the relaxed structure or of the bare prototype."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["bond_valence"] = "bond_valence"
    structure: Structure = "relaxed"
    """`prototype` leaves out the relaxation. The parameter `structure` of a trial, where there is one, comes first."""
    spacing: Annotated[float, Field(ge=0.05, le=0.5)] = 0.25
    """Distance of the grid points, Å. Barriers depend on it: 0.08 eV between 0.3 and 0.1 Å for LiVPO4F."""
    prototype_spacing: Annotated[float, Field(ge=0.05, le=0.5)] | None = None
    """The same for prototypes, where it is to be another."""
    cutoff: Annotated[float, Field(ge=4.0, le=12.0)] = 8.0
    """Distance up to which ions are summed, Å."""
    limit: Annotated[float, Field(gt=0.0, le=20.0)] = 5.0
    """Energy above the minimum, eV, up to which a way through is looked for; beyond it a trial is infeasible."""
    timeout: PositiveFloat = 600.0
    """Seconds after which a trial is given up; what its stages have finished is kept for the next attempt."""
    runs_on: RunsOn

    def build(self, context: ExecutorContext) -> Executor:
        """The executor; no process is started yet. Raises ExecutorError if it could not evaluate this campaign."""
        unknown = [name for name in context.objectives if name not in VALUES]
        if unknown:
            raise ExecutorError(
                f"kind: 'bond_valence' does not measure '{unknown[0]}'. It measures {', '.join(VALUES)}."
            )
        _check_compounds(context)
        settings = self.model_dump(mode="json", exclude={"kind", "timeout", "runs_on"})
        work = FolderWork(
            FUNCTION, settings | {"objectives": list(context.objectives)}, self.timeout, context.objectives
        )
        return executor_for(self.runs_on, work, context)

    def cost(self, context: ExecutorContext) -> str:  # noqa: ARG002
        """Roughly the time of a trial."""
        seconds = 0.4 * (0.25 / self.spacing) ** 3 + (0.2 if self.structure == "relaxed" else 0.0)
        return f"about {seconds:.1g} s of one core for a grid of {self.spacing:g} Å; at most {self.timeout:g} s"


class BarrierSettings(BaseModel):
    """The `settings` of the registered function: those of `bond_valence`, and the values that are wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    structure: Structure = "relaxed"
    spacing: Annotated[float, Field(ge=0.05, le=0.5)] = 0.25
    prototype_spacing: Annotated[float, Field(ge=0.05, le=0.5)] | None = None
    cutoff: Annotated[float, Field(ge=4.0, le=12.0)] = 8.0
    limit: Annotated[float, Field(gt=0.0, le=20.0)] = 5.0
    objectives: tuple[Literal["barrier", "barrier_2d", "barrier_3d"], ...] = ("barrier",)

    def of(self, parameters: Mapping[str, Any]) -> "BarrierSettings":
        """The settings of one trial: its structure, and the grid for that."""
        structure = parameters.get(STRUCTURE_PARAMETER, self.structure)
        own = self.prototype_spacing if structure == "prototype" else None
        spacing = self.spacing if own is None else own
        plain = self.model_dump() | {"structure": structure, "spacing": spacing, "prototype_spacing": None}
        return BarrierSettings.model_validate(plain)


class BarrierFunction:
    """The registered function `bond_valence_barrier`: structure, relaxation, barrier, each written once it is done.

    A stage that an earlier attempt of the same trial has finished, with the same settings, is read and not done again.
    """

    def __init__(self, settings: BarrierSettings) -> None:
        self._settings = settings

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """The barriers of the compound named in `parameters`."""
        from orchestrator.executors.checkpoint import take_over

        wanted = compound(str(parameters[COMPOUND]))
        settings = self._settings.of(parameters)
        take_over([_name("*")], folder)
        stages = Stages(folder, {"compound": wanted.formula, **settings.model_dump(mode="json")})
        try:
            return _outcome(wanted, settings, stages, folder)
        except ImpossibleStructure as impossible:
            return Outcome.failed("infeasible", str(impossible), stages=stages.rows)
        except NotRelaxed as stopped:
            return Outcome.failed("unconverged", str(stopped), stages=stages.rows)


class Stages:
    """The stages of one trial, each a file in the folder of the attempt; `rows` says what became of each."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder = folder
        self._about = {"version": VERSION, **about}
        self.rows: list[dict[str, Any]] = []

    def done(self, stage: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What came of `stage`: read where it was finished before, else of `work`, and written."""
        from orchestrator.executors.durable import replace

        file = self._folder / _name(stage)
        about = json.loads(json.dumps(self._about))
        kept = _read(file)
        resumed = kept is not None and kept.get("about") == about
        if not resumed:
            kept = {"about": about, "stage": stage, "found": work()}
            replace(file, json.dumps(kept))
        assert kept is not None
        self.rows.append({"stage": stage, "resumed": resumed})
        found: dict[str, Any] = kept["found"]
        return found


def barrier_function(settings: Mapping[str, Any]) -> BarrierFunction:
    """The function `bond_valence_barrier`; `settings` are those of `bond_valence`, all of them optional."""
    return BarrierFunction(BarrierSettings.model_validate(dict(settings)))


def _check_compounds(context: ExecutorContext) -> None:
    """Every candidate must be a compound of the family, before anything runs. Raises ExecutorError."""
    pool = context.space.build()
    if COMPOUND not in pool.names:
        raise ExecutorError(
            f"kind: 'bond_valence' evaluates the parameter '{COMPOUND}', a formula such as LiMgSO4F; the space has "
            f"{', '.join(pool.names)}. Use the space 'tavorites', or a table with such a column."
        )
    table = getattr(pool, "table", None)
    for formula in [] if table is None else table[COMPOUND].tolist():
        try:
            compound(str(formula))
        except NotInTheFamily as error:
            raise ExecutorError(f"space: {error}") from error


def _outcome(wanted: Compound, settings: BarrierSettings, stages: Stages, folder: Path) -> Outcome:
    crystal = _crystal(wanted, stages.done("structure", lambda: _structure(wanted)))
    details: dict[str, Any] = {}
    if settings.structure == "relaxed":
        found = stages.done("relaxation", lambda: _relaxation(crystal))
        crystal, details = _crystal(wanted, found), {"instability": found["instability"]}
    _write_structure(crystal, folder)
    measured = stages.done("barrier", lambda: _barrier(crystal, settings))
    details |= {**measured, "volume": crystal.volume, "stages": stages.rows}
    values = {name: measured[name] for name in settings.objectives}
    missing = [name for name, value in values.items() if value is None]
    if missing:
        reason = f"no percolation below {settings.limit:g} eV ({missing[0]})"
        return Outcome.failed("infeasible", reason, **details)
    files = (CIF, *(_name(row["stage"]) for row in stages.rows))
    return Outcome(values={name: Value(value=value) for name, value in values.items()}, files=files, details=details)


def _structure(wanted: Compound) -> dict[str, Any]:
    from simulators.ion_migration.prototypes import prototype

    return _written(prototype(wanted))


def _relaxation(start: "Crystal") -> dict[str, Any]:
    from simulators.ion_migration.relaxation import relaxed

    found = relaxed(start)
    return _written(found.crystal) | {"instability": found.instability, "evaluations": found.evaluations}


def _barrier(crystal: "Crystal", settings: BarrierSettings) -> dict[str, Any]:
    from simulators.ion_migration.barrier import Engine, migration_barriers
    from simulators.ion_migration.site_energy import Grid

    try:
        found = migration_barriers(crystal, Engine(Grid(settings.spacing, settings.cutoff), settings.limit))
    except UnusableGrid as error:
        raise ExecutorError(f"spacing: {error}") from error
    return {"barrier": found.one, "barrier_2d": found.two, "barrier_3d": found.three, "limit": found.limit}


def _written(crystal: "Crystal") -> dict[str, Any]:
    return {"cell": crystal.cell.tolist(), "free_sites": crystal.free.tolist()}


def _crystal(wanted: Compound, found: Mapping[str, Any]) -> "Crystal":
    import numpy as np

    from simulators.ion_migration.crystal import Crystal

    return Crystal(wanted, np.array(found["cell"]), np.array(found["free_sites"]))


def _write_structure(crystal: "Crystal", folder: Path) -> None:
    from ase.io import write

    write(folder / CIF, crystal.atoms(), format="cif")


def _name(stage: str) -> str:
    return f"stage-{stage}.json"


def _read(file: Path) -> dict[str, Any] | None:
    """The file, unless it is absent or was cut short."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return kept if isinstance(kept, dict) else None
