"""Finished searches, one JSON line each, so that a table is printed again without running anything again."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cell:
    """What identifies a search: who searched (and its version), what (and its fingerprint), with which seed."""

    method: str
    version: str
    landscape: str
    fingerprint: str
    seed: int


@dataclass(frozen=True)
class FinishedSearch:
    """One line of the file. `cpu_seconds` is the process CPU time of all asks and tells."""

    cell: Cell
    candidates: tuple[int, ...]
    cpu_seconds: float


class TrialCache:
    """The file of finished searches; the last line for a cell counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[Cell, FinishedSearch]:
        """Every finished search, by cell. A half-written line is skipped."""
        return {search.cell: search for search in self._read()}

    def append(self, search: FinishedSearch) -> None:
        """Add one finished search to the end of the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(_line(search))

    def keep(self, searches: list[FinishedSearch]) -> None:
        """Replace the file by these searches."""
        partial = self._path.with_suffix(".part")
        partial.write_text("".join(map(_line, searches)))
        partial.replace(self._path)

    def _read(self) -> Iterator[FinishedSearch]:
        for line in self._path.read_text().splitlines() if self._path.exists() else []:
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            yield FinishedSearch(Cell(**record["cell"]), tuple(record["candidates"]), record["cpu_seconds"])


def _line(search: FinishedSearch) -> str:
    return json.dumps(asdict(search), separators=(",", ":")) + "\n"
