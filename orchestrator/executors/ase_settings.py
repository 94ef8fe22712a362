"""`executor: {kind: ase, ...}`: energies and relaxations by any calculator of ASE, each in its own folder."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
)

from orchestrator.campaign.paths import CampaignPath
from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.codes import Remedy, code, refuse_lies
from orchestrator.executors.command import STAGING, YEAR, missing_program
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.frozen import frozen
from orchestrator.executors.output_rules import FailureSign
from orchestrator.executors.place import FolderWork
from orchestrator.executors.runs_on import LocalSettings, RunsOn, executor_for
from orchestrator.executors.structures import StructureSettings
from orchestrator.executors.templates import Template

FUNCTION = "ase"
QUANTITIES: Mapping[str, str] = {
    "energy": "eV, of the cell",
    "energy_per_atom": "eV",
    "volume": "Å³, of the cell",
    "volume_per_atom": "Å³",
    "max_force": "eV/Å",
}
"""What is measured, with its unit."""

CacheUse = Literal["use", "refresh", "none"]


class CalculatorSettings(BaseModel):
    """A calculator of ASE. With `interpreter` it runs under another Python, one that has the code's own package.

    `profile` holds the keys that the user's ASE configuration (~/.config/ase/config.ini, or $ASE_CONFIG_PATH) has in
    the section of the calculator, such as `command` and `pseudo_dir`; what is not given is taken from there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calculator: str
    settings: dict[str, JsonValue] = {}
    """Keyword arguments of the calculator. Words in them are templates: "{{ cutoff }}" becomes a number."""
    profile: dict[str, str] | None = None
    interpreter: str | None = None
    environment: dict[str, str] = {}
    potentials: tuple[CampaignPath, ...] = ()
    """Files that the calculation depends on and that cannot be told from its settings."""
    unconverged: tuple[FailureSign, ...] = ()
    """Signs of failure in what the code writes, beside those that Junkan knows."""
    corrections: tuple[Remedy, ...] = ()
    """Remedies, beside those that Junkan knows."""
    budget: NonNegativeInt = 5
    """Corrections in one attempt, of all remedies together; they need custodian. 0 for none."""
    cache: CacheUse = "use"
    """Whether finished calculations of all campaigns are used, made anew and kept (`refresh`), or neither."""

    @field_validator("calculator")
    @classmethod
    def _known_calculator(cls, name: str) -> str:
        from ase.calculators.names import names

        from orchestrator.campaign.suggestion import not_known
        from orchestrator.executors.foreign.calculation import EXTERNAL

        known = sorted({*names, *EXTERNAL})
        if name not in known:
            raise ValueError(not_known(name, known))
        return name

    def check_calculator(self, where: str = "executor") -> None:
        """What can be found before a trial. Raises ExecutorError."""
        refuse_lies(self.settings, f"{where}.settings")
        if self.budget and self.remedies:
            self._require_custodian(where)
        for word in (self.interpreter, (self.profile or {}).get("command", "").split(" ")[0]):
            if word and shutil.which(word) is None:
                at = "interpreter" if word == self.interpreter else "profile.command"
                raise ExecutorError(f"{where}.{at}: {missing_program(word)}")
        self._check_configured(where)
        self._check_potentials(where)

    def setting_templates(self, where: str = "executor") -> Iterator[Template]:
        """The words of the settings that hold a template."""
        yield from _templates(self.settings, f"{where}.settings")

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """Those of the campaign, then those that Junkan knows."""
        return (*self.corrections, *code(self.calculator).remedies)

    @property
    def signs(self) -> list[dict[str, str]]:
        """As the calculation wants them."""
        own = [sign.model_dump(mode="json") for sign in self.unconverged]
        return [*own, *(sign.plain() for sign in code(self.calculator).signs)]

    @property
    def python(self) -> str:
        """The interpreter under which the calculator is imported."""
        return self.interpreter or sys.executable

    def _require_custodian(self, where: str) -> None:
        from importlib.util import find_spec

        if find_spec("custodian") is None:
            raise ExecutorError(
                f"{where}.budget: corrections need custodian: pip install 'junkan[dft]'. Or write `budget: 0`."
            )

    def _check_configured(self, where: str) -> None:
        """ASE says too late, and for all trials, that it does not know how to start a code."""
        from ase.calculators.names import templates
        from ase.config import cfg

        is_ours = self.interpreter is None and self.profile is None
        if is_ours and self.calculator in templates and self.calculator not in cfg.parser:
            raise ExecutorError(
                f"{where}.profile: ASE does not know how to start '{self.calculator}'. Write "
                f"`profile: {{command: ...}}` here, or a section [{self.calculator}] into ~/.config/ase/config.ini."
            )

    def _check_potentials(self, where: str) -> None:
        from ase.config import cfg

        given = self.settings.get("pseudopotentials")
        folder = (self.profile or {}).get("pseudo_dir")
        if folder is None and cfg.parser.has_option(self.calculator, "pseudo_dir"):
            folder = cfg.parser.get(self.calculator, "pseudo_dir")
        if not isinstance(given, dict) or folder is None:
            return
        for element, name in given.items():
            if isinstance(name, str) and "{{" not in name and not Path(folder, name).is_file():
                raise ExecutorError(
                    f"{where}.settings.pseudopotentials.{element}: there is no file {Path(folder, name)}."
                )


class AseSettings(CalculatorSettings):
    """Energy of a structure, as it is or relaxed first. A cycle that did not converge is a failure, never a number.

    Each objective is one of the quantities energy, energy_per_atom, volume, volume_per_atom, max_force; `measure` says
    which, for an objective of another name.
    """

    kind: Literal["ase"] = "ase"
    structure: StructureSettings
    task: Literal["energy", "relax", "relax_cell"] = "energy"
    fmax: PositiveFloat = 0.05
    """Largest force of a relaxed structure, eV/Å."""
    steps: PositiveInt = 200
    """Steps of a relaxation."""
    variables: dict[str, JsonValue] = {}
    measure: dict[str, str] = {}
    walltime: float = Field(default=86400.0, gt=0, le=YEAR)
    """Seconds for one calculation; a relaxation is stopped then, and a new attempt goes on from where it was."""
    runs_on: RunsOn

    @field_validator("measure")
    @classmethod
    def _known_quantities(cls, measure: Mapping[str, str]) -> Mapping[str, str]:
        from orchestrator.campaign.suggestion import not_known

        for name, quantity in measure.items():
            if quantity not in QUANTITIES:
                raise ValueError(f"{name}: {not_known(quantity, sorted(QUANTITIES))}")
        return measure

    def build(self, context: ExecutorContext) -> Executor:
        """The executor. Starts nothing yet. Raises ExecutorError, also for what `check` finds."""
        from orchestrator.executors.calculation_cache import cache_folder

        self.check(context)
        prepared = {
            "executor": self.model_dump(mode="json"),
            "frozen": frozen(self),
            "quantities": self.quantities(context.objectives),
            "cache": str(cache_folder()),
        }
        limit = (self.budget * bool(self.remedies) + 1) * (self.walltime + STAGING) + STAGING
        return executor_for(self.runs_on, FolderWork(FUNCTION, prepared, limit, context.objectives), context)

    def check(self, context: ExecutorContext) -> None:
        """Everything that can be found before a trial. Raises ExecutorError, saying where."""
        parameters = context.space.build().names
        known = {*parameters, *self.variables}
        used: set[str] = set()
        for template in (*self.structure.templates(), *self.setting_templates()):
            template.check(known)
            used |= template.variables
        if not used & set(parameters):
            raise ExecutorError(
                f"executor.structure: no parameter of the space ({', '.join(parameters)}) reaches the calculation."
            )
        self.quantities(context.objectives)
        if isinstance(self.runs_on, LocalSettings):
            self.check_calculator()

    def quantities(self, objectives: tuple[str, ...]) -> dict[str, str]:
        """The quantity that each objective is. Raises ExecutorError."""
        from orchestrator.campaign.suggestion import did_you_mean, not_known

        for name in self.measure:
            if name not in objectives:
                raise ExecutorError(
                    f"executor.measure: '{name}' is not an objective of the campaign.{did_you_mean(name, objectives)}"
                )
        found = {name: self.measure.get(name, name) for name in objectives}
        for name, quantity in found.items():
            if quantity not in QUANTITIES:
                raise ExecutorError(
                    f"executor.measure: which quantity is the objective '{name}'? "
                    f"{not_known(quantity, sorted(QUANTITIES))}"
                )
        return found


def _templates(value: Any, where: str) -> Iterator[Template]:
    if isinstance(value, str) and "{" in value:
        yield Template(value, where)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _templates(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _templates(inner, f"{where}[{number}]")


def filled(value: Any, values: Mapping[str, Any], where: str = "executor.settings") -> Any:
    """`value` with every template in it rendered; a word that is a number or truth value then becomes one."""
    import ast

    if isinstance(value, dict):
        return {key: filled(inner, values, f"{where}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, values, f"{where}[{number}]") for number, inner in enumerate(value)]
    if not (isinstance(value, str) and "{" in value):
        return value
    text = Template(value, where).render(values)
    try:
        found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return text
    return found if isinstance(found, int | float | bool) else text
