"""The function `command`: one attempt at a trial by a program. Runs in a worker process."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator.executors.checkpoint import earlier_attempts, take_over
from orchestrator.executors.command import CommandSettings, missing_program
from orchestrator.executors.errors import system
from orchestrator.executors.frozen import FileChanged, require_unchanged
from orchestrator.executors.leftovers import kill_leftovers
from orchestrator.executors.outcome import FailureKind, Outcome, Value
from orchestrator.executors.output_rules import (
    STANDARD_ERROR,
    STANDARD_OUTPUT,
    NoNumber,
    OutputRule,
    RuleMatchesNothing,
    read,
)
from orchestrator.executors.program import Ended, Program
from orchestrator.executors.templates import OURS, Template, UnusableTemplate

LAST_LINES = 1500
"""How much of the end of what the program printed is kept with a failure, in characters."""


def command_function(settings: Mapping[str, Any]) -> "CommandFunction":
    """The function `command`, from what `CommandSettings.build` put into `settings`."""
    return CommandFunction(CommandSettings.model_validate(settings["executor"]), settings["frozen"])


class CommandFunction:
    """Writes the input files, runs the program, reads its output; again with corrections as long as rules apply."""

    def __init__(self, settings: CommandSettings, frozen: Mapping[str, str]) -> None:
        self._settings = settings
        self._frozen = frozen

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """What came of the attempt in `folder`."""
        for earlier in earlier_attempts(folder):
            kill_leftovers(earlier)
        try:
            require_unchanged(self._frozen)
            taken = take_over(self._settings.checkpoint, folder)
            return self._corrected(parameters, folder, taken)
        except (UnusableTemplate, FileChanged) as error:
            return Outcome.failed("fault", str(error))
        except OSError as error:
            return Outcome.failed("fault", system(error))

    def _corrected(self, parameters: Mapping[str, Any], folder: Path, taken: tuple[str, ...]) -> Outcome:
        from orchestrator.executors.corrections import Patches

        patches = Patches(self._settings.corrections, self._settings.variables, self._settings.budget)
        while True:
            outcome = self._run(parameters, patches.variables, folder, bool(taken))
            if outcome.failure is None or outcome.failure.kind in ("infeasible", "timeout", "cancelled"):
                break
            if not patches.apply(folder, outcome.failure.reason):
                break
        details = dict(outcome.details)
        if patches.made:
            details["corrections"] = patches.made
        if taken:
            details["continued_from"] = list(taken)
        return outcome.model_copy(update={"details": details, "files": self._files(folder)})

    def _run(
        self, parameters: Mapping[str, Any], variables: Mapping[str, Any], folder: Path, is_restart: bool
    ) -> Outcome:
        ours = {"folder": str(folder), "attempt": len(earlier_attempts(folder)) + 1, "restart": is_restart}
        values = {**variables, **parameters, OURS: ours}
        self._write_inputs(values, folder)
        program = self._program(values, is_restart)
        try:
            ended = program.run(folder)
        except (FileNotFoundError, PermissionError) as error:
            if error.filename in (None, program.words[0], str(folder / program.words[0])):
                return Outcome.failed("fault", missing_program(program.words[0]))
            raise
        return self._outcome(ended, folder)

    def _write_inputs(self, values: Mapping[str, Any], folder: Path) -> None:
        for name, file in self._settings.files.items():
            _place(folder / name).unlink(missing_ok=True)
            shutil.copy2(file, folder / name)
        for name, file in self._settings.inputs.items():
            text = Template.read(file, f"executor.inputs.{name}").render(values)
            _place(folder / name).write_text(text, encoding="utf-8")
        for name in (STANDARD_OUTPUT, STANDARD_ERROR):
            (folder / name).unlink(missing_ok=True)

    def _program(self, values: Mapping[str, Any], is_restart: bool) -> Program:
        settings = self._settings
        words = [Template(word, f"executor.command[{number}]") for number, word in enumerate(settings.command)]
        if is_restart:
            words += [Template(word, f"executor.restart[{number}]") for number, word in enumerate(settings.restart)]
        environment = {name: Template(it, f"executor.environment.{name}") for name, it in settings.environment.items()}
        return Program(
            [word.render(values) for word in words],
            {name: template.render(values) for name, template in environment.items()},
            settings.walltime,
            settings.grace,
        )

    def _outcome(self, ended: Ended, folder: Path) -> Outcome:
        failed = self._failure(ended, folder)
        if failed is None:
            failed = self._values(ended, folder)
        if failed.failure is None:
            return failed
        words = _last_words(folder)
        return failed.model_copy(update={"details": {**failed.details, **words, "seconds": round(ended.seconds, 3)}})

    def _failure(self, ended: Ended, folder: Path) -> Outcome | None:
        for sign in self._settings.failures:
            if (line := sign.seen(folder)) is not None:
                return Outcome.failed(sign.kind, f"{sign.file} says: {line}")
        if ended.over_time:
            return Outcome.failed(
                "timeout", f"the program did not end within its walltime of {self._settings.walltime:g} s"
            )
        kind = self._meaning(ended.code)
        if kind is not None:
            return Outcome.failed(kind, f"the program ended with {ended.how}")
        complete = self._settings.complete
        if complete is not None and complete.seen(folder) is None:
            return Outcome.failed(
                "fault", f"{complete.file} lacks the sign that the program came to its end ({complete.regex})"
            )
        return None

    def _meaning(self, code: int) -> FailureKind | None:
        for kind, codes in self._settings.exit_codes.items():
            if code in codes:
                return None if kind == "good" else kind
        return None if code == 0 else "fault"

    def _values(self, ended: Ended, folder: Path) -> Outcome:
        is_complete = self._settings.complete is not None
        values = {}
        for name, rule in self._settings.outputs.items():
            try:
                value = rule.number(folder, is_complete)
                error = self._standard_error(name, folder, is_complete)
                values[name] = Value(value=value, standard_error=error)
            except NoNumber as refused:
                # The program came to its end and has no number to show: it diverged. The same again changes nothing.
                kind: FailureKind = "unconverged" if _is_no_value(refused.found) else "fault"
                return Outcome.failed(kind, f"executor.outputs.{name}: {refused}")
            except (RuleMatchesNothing, ValueError) as refused:
                return Outcome.failed("fault", f"executor.outputs.{name}: {refused}")
        found = {name: _number_or_none(rule, folder, is_complete) for name, rule in self._settings.details.items()}
        return Outcome(values=values, details={**found, "seconds": round(ended.seconds, 3)})

    def _standard_error(self, name: str, folder: Path, is_complete: bool) -> float | None:
        rule = self._settings.standard_errors.get(name)
        return None if rule is None else rule.number(folder, is_complete)

    def _files(self, folder: Path) -> tuple[str, ...]:
        kept = sorted({it for pattern in self._settings.keep for it in folder.glob(pattern) if it.is_file()})
        return tuple(str(it.relative_to(folder)) for it in kept)


def _place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _is_no_value(found: str) -> bool:
    """Whether `found` is how a program writes that it has no number: nan, inf, or the stars of a Fortran field."""
    text = found.strip().strip("+-").lower()
    return text in ("nan", "inf", "infinity") or (bool(text) and set(text) == {"*"})


def _number_or_none(rule: OutputRule, folder: Path, is_complete: bool) -> float | None:
    try:
        return rule.number(folder, is_complete)
    except (RuleMatchesNothing, NoNumber):
        return None


def _last_words(folder: Path) -> dict[str, str]:
    words = {}
    for name in (STANDARD_OUTPUT, STANDARD_ERROR):
        try:
            text = read(folder, name)[-LAST_LINES:].strip()
        except RuleMatchesNothing:
            continue
        if text:
            words[name.removesuffix(".txt")] = text
    return words
