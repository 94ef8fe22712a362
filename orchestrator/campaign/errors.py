"""What is wrong with a campaign file, and where."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The keys and list positions that lead to a value, from the top of the file."""


@dataclass(frozen=True, order=True)
class Place:
    """A spot in the user's text. Lines and columns count from 1; a command-line argument has none."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True)
class Problem:
    """One thing to correct. `file` is the campaign file, or the command-line argument that holds the mistake."""

    file: str
    line: int | None
    column: int | None
    path: str
    message: str

    @classmethod
    def at(cls, place: Place, path: Path, message: str) -> "Problem":
        """The problem `message` with the value at `path`, which is written at `place`."""
        return cls(place.file, place.line, place.column, dotted(path), message)

    def __str__(self) -> str:
        place = str(Place(self.file, self.line, self.column))
        return ": ".join(part for part in (place, self.path, self.message) if part)


class CampaignFileError(Exception):
    """Campaign files cannot be used. `problems` lists everything that was found, file by file and line by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = _sorted(dict.fromkeys(problems))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def dotted(path: Path) -> str:
    """`space.axis[2]` for ("space", "axis", 2)."""
    words = (part if isinstance(part, int) or part.isprintable() else ascii(part) for part in path)
    text = "".join(f"[{word}]" if isinstance(word, int) else f".{word}" for word in words)
    return text.removeprefix(".")


def parts(place: str) -> Path:
    """("space", "axis", 2) for `space.axis[2]`."""
    found = re.findall(r"\[(\d+)\]|([^.\[\]]+)", place)
    return tuple(int(number) if number else name for number, name in found)


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    found = tuple(problems)
    files = list(dict.fromkeys(problem.file for problem in found))

    def position(problem: Problem) -> tuple[bool, int, int, int]:
        return problem.line is None, files.index(problem.file), problem.line or 0, problem.column or 0

    return tuple(sorted(found, key=position))


class PlugInError(Exception):
    """A plug-in is not known, or cannot be used. The message is for the user."""
