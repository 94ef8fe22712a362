"""`executor: {kind: command, ...}`: any program as an experiment."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, NonNegativeFloat, NonNegativeInt, field_validator

from orchestrator.campaign.paths import CampaignPath
from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.frozen import frozen
from orchestrator.executors.outcome import FailureKind
from orchestrator.executors.output_rules import FailureSign, FileName, OutputRule, Pattern, Sign
from orchestrator.executors.place import FolderWork
from orchestrator.executors.runs_on import LocalSettings, RunsOn, executor_for
from orchestrator.executors.templates import Template

FUNCTION = "command"
YEAR = 366 * 86400.0
STAGING = 60.0
"""Seconds that an attempt has beside those of its program: to copy files, and to read its output."""

ExitCode = Annotated[int, Field(ge=-64, le=255)]
Scalar = int | float | bool | str


class Correction(BaseModel):
    """A rule that repairs a run: where `regex` is seen in `file`, `set` and `multiply` change `variables`.

    At most `times` in one attempt. The first rule that applies is taken, the program is run once more in the same
    folder with its input files made anew, and what was changed is kept with the outcome.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: FileName = "stdout.txt"
    regex: Pattern
    set: dict[str, Scalar] = {}
    multiply: dict[str, float] = {}
    times: int = Field(default=3, ge=1, le=100)


class CommandSettings(BaseModel):
    """Runs a program for each trial, in the folder of the attempt, and reads what it wrote.

    `command` is a list of words, no shell. Each word, and each file named under `inputs`, is a template in the
    language of Jinja: `{{ x }}` is the parameter x, or a value of `variables`. A variable without a value is an error
    before anything runs. `files` are copied as they are.

    `outputs` has one rule for each objective. `failures` are signs of failure in what the program wrote, whatever
    its exit code; `exit_codes` says what codes other than 0 mean. `complete` is a sign that it came to its end,
    without which no number is taken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: Literal["command"] = "command"
    command: tuple[str, ...] = Field(min_length=1)
    inputs: dict[FileName, CampaignPath] = {}
    """Files to write, each from its template."""
    files: dict[FileName, CampaignPath] = {}
    """Files to copy, under the names they are to have."""
    variables: dict[str, JsonValue] = {}
    environment: dict[str, str] = {}
    walltime: float = Field(default=3600.0, gt=0, le=YEAR)
    """Seconds that the program may take; then it is asked to end, and killed after `grace` more."""
    grace: NonNegativeFloat = 10.0
    outputs: dict[str, OutputRule] = Field(min_length=1)
    standard_errors: dict[str, OutputRule] = {}
    details: dict[str, OutputRule] = {}
    """Diagnostics: numbers that are kept with the outcome if they are there."""
    complete: Sign | None = None
    failures: tuple[FailureSign, ...] = ()
    exit_codes: dict[FailureKind | Literal["good"], tuple[ExitCode, ...]] = {}
    """What exit codes mean: infeasible, unconverged, timeout, fault (all codes but 0 that are not named), or good."""
    checkpoint: tuple[FileName, ...] = ()
    """Files (with * and ?) that a new attempt takes over from the one before."""
    restart: tuple[str, ...] = ()
    """Words to be added to the command when there was something to take over."""
    corrections: tuple[Correction, ...] = ()
    budget: NonNegativeInt = 5
    """Corrections in one attempt, of all rules together."""
    keep: tuple[FileName, ...] = ()
    """Files to be listed with the outcome."""
    runs_on: RunsOn

    @field_validator("exit_codes")
    @classmethod
    def _one_meaning(cls, codes: Mapping[str, tuple[int, ...]]) -> Mapping[str, tuple[int, ...]]:
        seen: dict[int, str] = {}
        for kind, numbers in codes.items():
            for number in numbers:
                if number in seen and seen[number] != kind:
                    raise ValueError(f"exit code {number} cannot mean both {seen[number]} and {kind}.")
                seen[number] = kind
        return codes

    def build(self, context: ExecutorContext) -> Executor:
        """The executor. Starts nothing yet. Raises ExecutorError, also for what `check` finds."""
        self.check(context)
        prepared = {"executor": self.model_dump(mode="json", by_alias=True), "frozen": frozen(self)}
        return executor_for(self.runs_on, FolderWork(FUNCTION, prepared, self.limit, context.objectives), context)

    @property
    def limit(self) -> float:
        """Seconds that an attempt may take."""
        return (1 + bool(self.corrections) * self.budget) * (self.walltime + self.grace) + STAGING

    def check(self, context: ExecutorContext) -> None:
        """Everything that can be found before a trial. Raises ExecutorError, saying where."""
        self._check_rules(context)
        parameters = context.space.build().names
        twice = sorted(set(parameters) & set(self.variables))
        if twice:
            raise ExecutorError(
                f"executor.variables: '{twice[0]}' is a parameter of the space as well. Rename one of them."
            )
        used: set[str] = set()
        for template in self.templates():
            template.check({*parameters, *self.variables})
            used |= template.variables
        if not used & set(parameters):
            raise ExecutorError(
                f"executor.command: no parameter of the space ({', '.join(parameters)}) reaches the program. Write "
                "{{ " + parameters[0] + " }} into a word of the command, or into a file under `inputs`."
            )
        if isinstance(self.runs_on, LocalSettings):
            self._check_program()

    def templates(self) -> Iterator[Template]:
        """Every template, as far as it can be read. Raises UnusableTemplate."""
        for number, word in enumerate(self.command):
            yield Template(word, f"executor.command[{number}]")
        for number, word in enumerate(self.restart):
            yield Template(word, f"executor.restart[{number}]")
        for name, value in self.environment.items():
            yield Template(value, f"executor.environment.{name}")
        for name, file in self.inputs.items():
            yield Template.read(file, f"executor.inputs.{name}")

    def _check_rules(self, context: ExecutorContext) -> None:
        from orchestrator.campaign.suggestion import did_you_mean

        for where, rules in (("outputs", self.outputs), ("standard_errors", self.standard_errors)):
            for name in rules:
                if name not in context.objectives:
                    raise ExecutorError(
                        f"executor.{where}: '{name}' is not an objective of the campaign."
                        f"{did_you_mean(name, context.objectives)} Put other numbers under `details`."
                    )
        for name in context.objectives:
            if name not in self.outputs:
                raise ExecutorError(f"executor.outputs: no rule reads the objective '{name}'.")
        both = sorted(set(self.inputs) & set(self.files))
        if both:
            raise ExecutorError(f"executor.files: '{both[0]}' is made from a template under `inputs` as well.")
        for number, correction in enumerate(self.corrections):
            for name in (*correction.set, *correction.multiply):
                if name not in self.variables:
                    raise ExecutorError(
                        f"executor.corrections[{number}]: '{name}' is not under `variables`."
                        f"{did_you_mean(name, self.variables)} A correction changes variables."
                    )
            for name in correction.multiply:
                if not isinstance(self.variables[name], int | float):
                    raise ExecutorError(f"executor.corrections[{number}].multiply: the variable '{name}' is no number.")

    def _check_program(self) -> None:
        word = self.command[0]
        if "{{" in word or "{%" in word or word in self.files or word.removeprefix("./") in self.files:
            return
        if shutil.which(word) is None:
            raise ExecutorError(f"executor.command[0]: {missing_program(word)}")


def missing_program(word: str) -> str:
    """Why `word` cannot be run, and what to do."""
    path = Path(word)
    if path.is_absolute() and path.exists():
        return f"'{word}' is not executable. Make it so (chmod +x), or run it by its interpreter."
    place = "" if path.is_absolute() else " on the PATH, nor among `files`"
    return f"there is no program '{word}'{place}. Install it, or write its whole path."
