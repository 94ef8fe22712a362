"""Named rules that read a number, or a sign of failure, out of what a program wrote."""

import csv
import io
import json
import math
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import FailureKind

STANDARD_OUTPUT = "stdout.txt"
STANDARD_ERROR = "stderr.txt"

LARGEST_FILE = 256 * 2**20
"""A file that is read by rules may have this many bytes."""


class RuleMatchesNothing(ExecutorError):
    """What a rule looks for is not in the file."""


class NoNumber(ExecutorError):
    """A rule found something that is no finite number. `found` is what it is."""

    def __init__(self, message: str, found: str) -> None:
        super().__init__(message)
        self.found = found


def _inside(name: str) -> str:
    if not name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"'{name}' is not a file in the trial's own folder. Write a name such as out.txt.")
    return name


FileName = Annotated[str, AfterValidator(_inside)]
"""A file in the folder of the trial."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"'{text}' is not a regular expression: {error}.") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Which = Literal["first", "last", "only"]


class OutputRule(BaseModel):
    """Reads one number from `file`, by exactly one of `regex`, `json`, `csv` and `line`.

    regex   the number is the group of the expression (the whole match if it has none); ^ and $ are line ends
    json    a path such as `results.energy` or `steps.-1.energy`; the file must be one whole JSON document
    csv     a column by its name in the first row; the number of the row that `take` says
    line    `first`, `last`, or the number of a line from 1 (-1 is the last), without empty ones; the number is word
            number `word` of it

    `take` says which match counts if there are several: the last, the first, or `only` one allowed. A number at the
    very end of a file that lacks its last line end may be cut off and is refused; `complete` of the executor, a sign
    that the program came to its end, lifts that. Units are not converted: the objective's unit is the program's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: FileName = STANDARD_OUTPUT
    regex: Pattern | None = None
    json_path: str | None = Field(default=None, alias="json", min_length=1)
    csv: str | None = Field(default=None, min_length=1)
    line: Literal["first", "last"] | int | None = None
    take: Which = "last"
    word: int = Field(default=-1, description="Which word of the line, from 1; -1 is the last.")
    separator: str = Field(default=",", min_length=1, max_length=1)

    @field_validator("regex")
    @classmethod
    def _one_group(cls, regex: str | None) -> str | None:
        if regex is not None and re.compile(regex).groups > 1:
            raise ValueError("has several groups. Leave one pair of parentheses, and write the others as (?:...).")
        return regex

    @model_validator(mode="after")
    def _one_way(self) -> "OutputRule":
        ways = {"regex": self.regex, "json": self.json_path, "csv": self.csv, "line": self.line}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"a rule reads by exactly one of {', '.join(ways)}, but found {found}.")
        if self.line == 0 or self.word == 0:
            raise ValueError("lines and words are counted from 1; -1 is the last.")
        return self

    def number(self, folder: Path, is_complete: bool = False) -> float:
        """The number. Raises RuleMatchesNothing or NoNumber."""
        text = read(folder, self.file)
        if self.json_path is not None:
            found = self._from_json(text, self.json_path)
        elif self.csv is not None:
            found = self._from_csv(text, self.csv, is_complete)
        else:
            found = self._from_text(text, is_complete)
        try:
            number = float(str(found).strip().replace("D", "E").replace("d", "e"))  # Fortran writes 1.0D-3
        except ValueError:
            raise NoNumber(f"{self.file} has '{str(found)[:60]}' where a number was expected.", str(found)) from None
        if not math.isfinite(number):
            raise NoNumber(f"{self.file} says {found}, which is not a value.", str(found))
        return number

    def _from_text(self, text: str, is_complete: bool) -> str:
        if self.regex is not None:
            group = re.compile(self.regex).groups
            places = [match.span(group) for match in re.finditer(self.regex, text, re.MULTILINE)]
            start, end = self._taken(places, text, f"no line that matches {self.regex!r}")
        else:
            start, end = self._word_place(text)
        self._refuse_cut(text[end:], is_complete)
        return text[start:end]

    def _word_place(self, text: str) -> tuple[int, int]:
        lines = list(re.finditer(r"^.*\S.*$", text, re.MULTILINE))
        number = {"first": 1, "last": -1}.get(str(self.line), self.line)
        assert isinstance(number, int)
        try:
            line = lines[number - 1 if number > 0 else number]
            words = list(re.finditer(r"[^\s,;]+", line.group()))
            word = words[self.word - 1 if self.word > 0 else self.word]
        except IndexError:
            raise self._nothing(text, f"no word {self.word} in line {self.line}") from None
        return line.start() + word.start(), line.start() + word.end()

    def _from_json(self, text: str, path: str) -> Any:
        try:
            value = json.loads(text)
        except ValueError as error:
            raise self._nothing(text, f"no whole JSON document ({error})") from error
        for step in path.split("."):
            try:
                value = value[int(step) if isinstance(value, list) else step]
            except (KeyError, IndexError, TypeError, ValueError):
                known = f", only {', '.join(map(str, list(value)[:8]))}" if isinstance(value, dict) else ""
                raise self._nothing(text, f"no '{step}' (of {path}) in its JSON{known}") from None
        return value

    def _from_csv(self, text: str, column: str, is_complete: bool) -> str:
        if text and not text.endswith("\n"):
            self._refuse_cut("", is_complete)
        rows = list(csv.reader(io.StringIO(text), delimiter=self.separator))
        header = [name.strip() for name in rows[0]] if rows else []
        if column not in header:
            raise self._nothing(text, f"no column '{column}', only {', '.join(header[:12]) or 'no header'}")
        values = [row[header.index(column)] for row in rows[1:] if len(row) > header.index(column)]
        return str(self._taken(values, text, f"no row with a value of '{column}'"))

    def _taken(self, found: list[Any], text: str, missing: str) -> Any:
        if not found:
            raise self._nothing(text, missing)
        if self.take == "only" and len(found) > 1:
            raise RuleMatchesNothing(f"{self.file} has {len(found)} matches where `take: only` allows one.")
        return found[0 if self.take == "first" else -1]

    def _refuse_cut(self, rest: str, is_complete: bool) -> None:
        if not rest and not is_complete:
            raise RuleMatchesNothing(
                f"{self.file} ends in the middle of a line, right after the value: it may be cut off. If the program "
                "writes so, say by `complete` how to see that it came to its end."
            )

    def _nothing(self, text: str, missing: str) -> RuleMatchesNothing:
        lines = [line for line in text.splitlines() if line.strip()]
        end = f"its last line is '{lines[-1].strip()[:80]}'" if lines else "it is empty"
        return RuleMatchesNothing(f"{self.file} has {missing}; {end}.")


class Sign(BaseModel):
    """An expression in a file that means something: that a program came to its end, or that it failed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: FileName = STANDARD_OUTPUT
    regex: Pattern

    def seen(self, folder: Path) -> str | None:
        """The line in which it stands (the last one), or None."""
        try:
            text = read(folder, self.file)
        except RuleMatchesNothing:
            return None
        found = list(re.finditer(self.regex, text, re.MULTILINE))
        if not found:
            return None
        start = text.rfind("\n", 0, found[-1].start()) + 1
        return text[start:].split("\n", 1)[0].strip()[:200] or found[-1].group()[:200]


class FailureSign(Sign):
    """A sign of a failure of kind `kind`, whatever the exit code says."""

    kind: FailureKind


def read(folder: Path, name: str) -> str:
    """The text of a file in `folder`. Raises RuleMatchesNothing."""
    path = folder / name
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RuleMatchesNothing(f"{name} is larger than {LARGEST_FILE >> 20} MiB. Have the program write less.")
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        siblings = sorted(it.name for it in folder.iterdir()) if folder.is_dir() else []
        shown = ", ".join(it for it in siblings if not it.startswith((".", "claim-")))[:200]
        raise RuleMatchesNothing(f"the program left no file {name}. It left: {shown or 'nothing'}.") from None
    except OSError as error:
        raise RuleMatchesNothing(f"{name} cannot be read: {error.strerror}.") from error
