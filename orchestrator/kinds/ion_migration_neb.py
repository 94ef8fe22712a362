"""`executor: {kind: migration_neb}`: migration barriers by nudged elastic band with any calculator of ASE."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from orchestrator.executors import ase_run
from orchestrator.executors.ase_settings import CalculatorSettings, filled
from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.calculation_cache import Calculation, CalculationCache, cache_folder
from orchestrator.executors.checkpoint import earlier_attempts, take_over
from orchestrator.executors.command import STAGING, YEAR
from orchestrator.executors.errors import ExecutorError, system
from orchestrator.executors.foreign import calculation as script
from orchestrator.executors.frozen import frozen, require_unchanged
from orchestrator.executors.leftovers import kill_leftovers
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.executors.place import FolderWork
from orchestrator.executors.runs_on import LocalSettings, RunsOn, executor_for
from orchestrator.executors.structures import ImpossibleStructure, StructureSettings
from orchestrator.kinds import ion_migration_neb_program as program
from orchestrator.kinds.ion_migration import COMPOUND, Tavorites
from simulators.ion_migration import errors, neb

if TYPE_CHECKING:
    from ase import Atoms

FUNCTION = "migration_neb"
BARRIER = "barrier"
CHECKPOINT = (neb.STAGES, "endpoint.traj", "other-endpoint.traj", "midpoint.traj", "band.traj")
"""What a new attempt takes over: stages that have ended, and where the others were."""
Angle = Annotated[float, Field(gt=0, lt=180)]


class BandGoals(BaseModel):
    """When a stage has converged, and how the band is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: PositiveFloat = 0.05
    """Largest force in the relaxed ends, eV/Å."""
    band: PositiveFloat = 0.05
    """Largest force on the band, eV/Å."""
    images: PositiveInt = 3
    """Images between the ends; on half a path, between one end and its middle."""
    spring: PositiveFloat = 1.0
    """eV/Å²."""
    steps: PositiveInt = 300
    """Steps of a stage, after which it counts as unconverged."""


class MigrationNebSettings(CalculatorSettings):
    """The barrier of one hop of one ion into a vacancy beside it, in eV. A band that did not converge has none.

    `structure` is `relaxed` or `prototype` for the compounds of the space `tavorites`, or a section as in the executor
    `ase`. The cell is not relaxed.
    """

    kind: Literal["migration_neb"] = "migration_neb"
    structure: Literal["relaxed", "prototype"] | StructureSettings = "relaxed"
    cell: tuple[PositiveFloat, PositiveFloat, PositiveFloat, Angle, Angle, Angle] | None = None
    """Lengths in Å and angles in degrees in place of those of the prototype."""
    mobile: str | None = None
    """The element that moves; that of the compound when it is left out."""
    start: int = Field(default=1, ge=1)
    """Which atom of that element moves, counted from 1."""
    hop: int = Field(default=1, ge=1, le=100)
    """Which hop: 1 is the shortest."""
    charge: int = 0
    """Of the cell with its vacancy, in elementary charges: -1 where a cation was taken out."""
    goals: BandGoals = BandGoals()
    walltime: float = Field(default=86400.0, gt=0, le=YEAR)
    """Seconds of an attempt; it then stops after a step, and the next one goes on from there."""
    runs_on: RunsOn

    @model_validator(mode="after")
    def _whose_cell(self) -> "MigrationNebSettings":
        if self.cell is not None and self.structure != "prototype":
            raise ValueError("cell: only `structure: prototype` can be put into another cell.")
        if self.mobile is None and isinstance(self.structure, StructureSettings):
            raise ValueError("mobile: which element moves?")
        return self

    def build(self, context: ExecutorContext) -> Executor:
        """The executor. Starts nothing yet. Raises ExecutorError, also for what `check` finds."""
        self.check(context)
        prepared = {
            "executor": self.model_dump(mode="json"),
            "frozen": frozen(self),
            "objective": context.objectives[0],
            "cache": str(cache_folder()),
        }
        limit = (self.budget * bool(self.remedies) + 1) * (self.walltime + STAGING) + STAGING
        return executor_for(self.runs_on, FolderWork(FUNCTION, prepared, limit, context.objectives), context)

    def check(self, context: ExecutorContext) -> None:
        """Everything that can be found before a trial. Raises ExecutorError, saying where."""
        if len(context.objectives) != 1:
            raise ExecutorError(f"kind: '{self.kind}' measures one quantity, a barrier in eV.")
        self.calculator_settings()
        if isinstance(self.structure, StructureSettings):
            known = set(context.space.build().names)
            for template in (*self.structure.templates(), *self.setting_templates()):
                template.check(known)
        elif not isinstance(context.space, Tavorites):
            kind = getattr(context.space, "kind", type(context.space).__name__)
            raise ExecutorError(
                f"executor.structure: '{self.structure}' makes compounds of the space 'tavorites', not of '{kind}'. "
                "Write a section with a `template`, or change the space."
            )
        else:
            self._check_setups(context.space)
        if isinstance(self.runs_on, LocalSettings):
            self.check_calculator()

    def calculator_settings(self) -> dict[str, Any]:
        """The settings with the charge in them. Raises ExecutorError where nobody knows how to say it."""
        given: dict[str, Any] = dict(self.settings)
        if not self.charge:
            return given
        if self.calculator == "gpaw":
            return {**given, "charge": self.charge}
        if self.calculator == "espresso":
            data: dict[str, Any] = {**(given.get("input_data") or {})}
            return {**given, "input_data": {**data, "system": {**data.get("system", {}), "tot_charge": self.charge}}}
        raise ExecutorError(
            f"executor.charge: Junkan does not know how '{self.calculator}' is told of a charge. Write it into "
            "`settings`, and leave `charge` out."
        )

    def _check_setups(self, space: Tavorites) -> None:
        """GPAW finds out in the middle of a trial that it has no setup for an element."""
        folders = self.environment.get("GPAW_SETUP_PATH") or os.environ.get("GPAW_SETUP_PATH") or ""
        if self.calculator != "gpaw" or not folders:
            return
        for compound in space.members():
            for element in (compound.a, compound.m, compound.x, compound.z, "O"):
                if not any(list(Path(it).glob(f"{element}.*")) for it in folders.split(":")):
                    raise ExecutorError(
                        f"executor.environment.GPAW_SETUP_PATH: there is no setup for {element}, so {compound.formula} "
                        "cannot be calculated here. Leave it out: `compounds` of the space lists those to be searched."
                    )


class MigrationNeb:
    """The registered function `migration_neb`."""

    def __init__(
        self, settings: MigrationNebSettings, objective: str, cache: CalculationCache, frozen: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._frozen = frozen
        self._objective = objective
        self._cache = cache

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """The barrier of one candidate; stages that an earlier attempt has finished are not done again."""
        for earlier in earlier_attempts(folder):
            kill_leftovers(earlier)
        try:
            require_unchanged(self._frozen)
            asked = self._asked(parameters, folder)
            return self._cached_or_calculated(asked, folder)
        except (ImpossibleStructure, errors.ImpossibleStructure) as error:
            return Outcome.failed("infeasible", str(error))
        except errors.NotRelaxed as error:
            return Outcome.failed("unconverged", str(error))
        except (ExecutorError, errors.IonMigrationError) as error:
            return Outcome.failed("fault", str(error))
        except OSError as error:
            return Outcome.failed("fault", system(error))

    def _asked(self, parameters: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        settings = self._settings
        atoms, mobile = self._crystal(parameters, folder)
        rows = [row for row, symbol in enumerate(atoms.symbols) if symbol == mobile]
        if len(rows) < max(2, settings.start):
            raise ExecutorError(
                f"executor.start: the crystal has {len(rows)} atoms of {mobile}; a hop needs atom {settings.start} "
                "and another one that makes room."
            )
        return {
            **ase_run.common_input(settings, filled(settings.calculator_settings(), parameters), forces=True),
            "structure": script.plain(atoms),
            "mobile": mobile,
            "start": rows[settings.start - 1],
            "hop": settings.hop,
            "goals": settings.goals.model_dump(),
            "walltime": settings.walltime,
            "modules": {"calculation": script.__file__, "neb": neb.__file__},
        }

    def _crystal(self, parameters: Mapping[str, Any], folder: Path) -> "tuple[Atoms, str]":
        settings = self._settings
        if isinstance(settings.structure, StructureSettings):
            return settings.structure.atoms(parameters, folder), str(settings.mobile)
        import numpy as np

        from simulators.ion_migration.crystal import Crystal
        from simulators.ion_migration.family import compound
        from simulators.ion_migration.prototypes import prototype
        from simulators.ion_migration.relaxation import relaxed

        wanted = compound(str(parameters[COMPOUND]))
        crystal = prototype(wanted)
        if settings.cell is not None:
            crystal = Crystal(wanted, np.array(settings.cell), crystal.free)
        if settings.structure == "relaxed":
            crystal = relaxed(crystal).crystal
        atoms: Any = crystal.atoms()
        atoms.set_initial_charges(None)  # formal ones, which a code would take for a first guess
        return atoms, settings.mobile or wanted.a

    def _cached_or_calculated(self, asked: dict[str, Any], folder: Path) -> Outcome:
        ase_run.write_input(asked, folder)
        use = self._settings.cache
        calculation = None if use == "none" else self._calculation(asked, folder)
        if calculation is not None and use == "use" and (known := self._cache.find(calculation)) is not None:
            source = {"source": known["source"], "at": known["at"], "key": calculation.key}
            return self._outcome(known["result"], folder, cached=source)
        taken = take_over(CHECKPOINT, folder)
        result, corrections = ase_run.calculate(self._settings, self._settings.walltime, folder, Path(program.__file__))
        about: dict[str, Any] = {"corrections": corrections} if corrections else {}
        outcome = self._outcome(result, folder, **about, **({"continued_from": list(taken)} if taken else {}))
        if calculation is not None and outcome.failure is None:
            self._cache.store(calculation, result, ase_run.attempt_key(folder), renew=use == "refresh")
        return outcome

    def _calculation(self, asked: Mapping[str, Any], folder: Path) -> Calculation | None:
        code = ase_run.describe(self._settings, folder, Path(program.__file__))
        names = ("calculator", "settings", "mobile", "start", "hop", "goals")
        told = {**{name: asked[name] for name in names}, "task": FUNCTION, "version": neb.VERSION}
        # Which atom moves depends on their order: only the very same crystal is the same calculation.
        told["from"] = asked["structure"]["positions"][asked["start"]]
        return Calculation(asked["structure"], told, code) if code.get("is_known") else None

    def _outcome(self, result: Mapping[str, Any], folder: Path, **about: Any) -> Outcome:
        files = tuple(sorted({*ase_run.files(folder), *(it for it in CHECKPOINT if (folder / it).exists())}))
        trouble = result.get("trouble")
        if trouble:
            rest = {name: value for name, value in trouble.items() if name not in ("kind", "reason")}
            outcome = Outcome.failed(trouble["kind"], trouble["reason"], **rest, **about)
        else:
            details = {**{name: value for name, value in result.items() if name != BARRIER}, **about}
            outcome = Outcome(values={self._objective: Value(value=result[BARRIER])}, details=details)
        return outcome.model_copy(update={"files": files})


def migration_neb(settings: Mapping[str, Any]) -> MigrationNeb:
    """The function `migration_neb`, from what `MigrationNebSettings.build` put into `settings`."""
    executor = MigrationNebSettings.model_validate(settings["executor"])
    cache = CalculationCache(Path(settings["cache"]))
    return MigrationNeb(executor, settings["objective"], cache, settings["frozen"])
