"""`executor: {kind: station, ...}`: a robot station grows and measures a film for each trial."""

import hashlib
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

from orchestrator.analysis.section import Analysis
from orchestrator.campaign.errors import CampaignFileError
from orchestrator.campaign.paths import CampaignPath
from orchestrator.campaign.suggestion import did_you_mean
from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.place import FolderWork
from orchestrator.executors.runs_on import LocalSettings
from orchestrator.kinds.space_corners import outermost
from orchestrator.kinds.thin_film_laboratory import LaboratorySettings

if TYPE_CHECKING:
    from optimizers import Parameters
    from orchestrator.kinds.thin_film_files import StationFiles

FUNCTION = "station"
DURATION = "duration"
"""What every growth measures: its time in s, from the first step to the last."""
YEAR = 366 * 86400.0
PACKAGES = {"serial": "pyserial", "h5py": "h5py"}
DRIVER_PACKAGES = {"pymeasure": "PyMeasure", "modbus": "minimalmodbus"}
IMPORTED = {"PyMeasure": "pymeasure", "minimalmodbus": "minimalmodbus"}


class StationSettings(BaseModel):
    """Grows a film on a fresh substrate with the instruments of a rig file, by the steps of a recipe file.

    What the recipe measures is turned into values by `analysis`. Rig and recipe are read once when the campaign
    starts; later changes of the files are refused. With ports that are all `sim://` the instruments are simulated,
    and `world` describes the laboratory.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["station"] = "station"
    rig: CampaignPath
    """The rig file: instruments, limits, interlocks, places, stock, calibrations."""
    recipe: CampaignPath
    """The recipe file: the steps of a growth. Its parameters are those of the space."""
    analysis: Analysis
    """Steps that turn raw data into values, such as `{kind: sheet_resistance}`."""
    world: LaboratorySettings | None = None
    """The simulated laboratory behind `sim://` ports."""
    station: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    """The name of the station, if not that of the rig file: laboratories that differ need names that differ."""
    patience: float = Field(default=3600.0, ge=0, le=YEAR)
    """Seconds that a question to a person may stay open, the rig being safe, before the attempt counts as a fault."""
    walltime: PositiveFloat = Field(default=86400.0, le=YEAR)
    """Seconds of an attempt, of which the simulated time of simulated instruments is no part."""
    exports: tuple[Literal["tables", "maiml"], ...] = ()
    """Further files of each growth: `tables` (CSV and Parquet), `maiml` (JIS K 0200)."""
    owner: str = "laboratory"
    """Whose data they are, for MaiML."""

    @model_validator(mode="after")
    def _each_value_once(self) -> "StationSettings":
        if not self.analysis:
            raise ValueError(
                "analysis: nothing turns raw data into values. Give a step, such as {kind: sheet_resistance}."
            )
        names = self.quantities
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"analysis: two steps call a value '{twice}'. Give one of them another name.")
        return self

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names of everything a growth measures."""
        return (DURATION, *(name for step in self.analysis for name in step.quantities()))

    def build(self, context: ExecutorContext) -> Executor:
        """The executor. Starts nothing and opens nothing. Raises ExecutorError, CampaignFileError."""
        self.check(context)
        work = FolderWork(FUNCTION, self.prepared(context.objectives), self.walltime, context.objectives, workers=1)
        return LocalSettings().build(work, context)

    def prepared(self, objectives: tuple[str, ...]) -> dict[str, Any]:
        """What a worker is given: the files as they are now, and their digests."""
        return {
            "executor": self.model_dump(mode="json"),
            "files": self.files.plain(),
            "hashes": {"rig": _sha256(self.rig), "recipe": _sha256(self.recipe)},
            "objectives": list(objectives),
        }

    def check(self, context: ExecutorContext) -> None:
        """Everything that can be found before a trial, no port being opened. Raises ExecutorError, CampaignFileError
        with the line of the rig or the recipe."""
        files = self.files
        if context.parallel != 1:
            raise ExecutorError("executor: a station grows one film at a time. Write `parallel: 1`.")
        self._check_world(files)
        self._check_objectives(context)
        self._check_parameters(files, context)
        self._check_corners(files, context)
        self._check_packages(files)

    def cost(self, _context: ExecutorContext) -> str:
        """A sentence for `junkan plan`."""
        steps = len(self.files.recipe.content.steps)
        where = "seconds of one core, simulated" if self.files.is_simulated else "an hour or so of the station"
        return f"{where}, and one substrate: {steps} steps of {self.recipe.name} on {self.rig.name}"

    def plan(self, _context: ExecutorContext, parameters: "Parameters") -> list[str]:
        """What a growth would do, step by step. Raises ExecutorError if limits or interlocks forbid it."""
        from devices.plan import plan

        self._check_world(self.files)
        found = plan(self.files.recipe.content, self.files.rig.content, dict(parameters))
        if found.refusals:
            raise ExecutorError("executor.recipe: " + " ".join(found.refusals))
        lines = [*found.lines, *(f"infeasible: {line}" for line in found.infeasible)]
        return [*lines, f"plasma burns for {found.seconds_of_plasma:g} s"]

    def station_name(self) -> str:
        """The name under which the ledger keeps the log of the station."""
        return self.station or self.files.rig.content.station

    def rig_file(self) -> Path:
        """The file that describes the station."""
        return self.rig

    @cached_property
    def files(self) -> "StationFiles":
        """Rig and recipe. Raises CampaignFileError."""
        from orchestrator.kinds.thin_film_files import read_files

        return read_files(self.rig, self.recipe)

    def _check_world(self, files: "StationFiles") -> None:
        if self.world is None:
            return
        if not files.is_simulated:
            raise ExecutorError(
                "executor.world: the rig has ports that are not sim://, so its instruments are not simulated here. "
                "Leave `world` out."
            )
        try:
            self.world.world(files.rig.content.positions)
        except ValueError as error:
            raise ExecutorError(f"executor.world: {error}") from error
        for place in self.world.fill:
            if place not in files.rig.content.positions:
                raise ExecutorError(
                    f"executor.world.fill: the rig has no place '{place}'."
                    f"{did_you_mean(place, files.rig.content.positions)}"
                )

    def _check_objectives(self, context: ExecutorContext) -> None:
        for name in context.objectives:
            if name not in self.quantities:
                raise ExecutorError(
                    f"executor.analysis: no step measures '{name}'.{did_you_mean(name, self.quantities)} "
                    f"Measured are: {', '.join(self.quantities)}."
                )

    def _check_parameters(self, files: "StationFiles", context: ExecutorContext) -> None:
        asked, given = files.recipe.content.parameters(), context.space.build().names
        for name in asked:
            if name not in given:
                raise ExecutorError(
                    f"executor.recipe: it asks for '{name}', which is no parameter of the space."
                    f"{did_you_mean(name, given)}"
                )
        for name in given:
            if name not in asked:
                raise ExecutorError(
                    f"executor.recipe: it does not use '{name}', a parameter of the space, which would then change "
                    f"nothing.{did_you_mean(name, asked)}"
                )

    def _check_corners(self, files: "StationFiles", context: ExecutorContext) -> None:
        from devices.plan import plan

        for parameters in outermost(context.space.build()):
            refusals = plan(files.recipe.content, files.rig.content, dict(parameters)).refusals
            if refusals:
                shown = ", ".join(f"{name} = {_shown(value)}" for name, value in parameters.items())
                raise ExecutorError(
                    f"executor.recipe: the space allows {shown}, and the rig does not: {refusals[0]}. "
                    "Narrow the space, or change the recipe."
                )

    def _check_packages(self, files: "StationFiles") -> None:
        drivers = {device.driver.kind for device in files.rig.content.devices.values()}
        needed = {**PACKAGES, **{IMPORTED[name]: name for kind, name in DRIVER_PACKAGES.items() if kind in drivers}}
        extra = "devices"
        if "maiml" in self.exports:
            needed, extra = {**needed, "pymaiml": "pymaiml"}, "devices,maiml"
        for module, package in needed.items():
            if find_spec(module) is None:
                raise ExecutorError(f"executor: the package {package} is missing: pip install 'junkan[{extra}]'")


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _sha256(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise CampaignFileError([]) from error
