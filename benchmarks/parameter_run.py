"""One search of a parameter space from its first trial to its last, and the file that finished searches are kept in."""

import json
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.peers_parameters.searcher import Contest, ParameterSearcher
from simulators.test_functions.domain import Setting

DIGITS = 8


@dataclass(frozen=True)
class RunCell:
    """What identifies a search: what was searched (and its fingerprint), by whom (and its version), which seed."""

    problem: str
    fingerprint: str
    method: str
    version: str
    seed: int


@dataclass(frozen=True)
class FinishedRun:
    """One line of the file, all lists in the order of trials.

    `answers` holds the true value of every quantity of the contest; `measured`, where there is noise, what the
    optimizer was told, and `settings` what it had asked for. `cpu_seconds` is the process CPU time of an ask and a
    tell, `load` the load average of the machine when the search ended.
    """

    cell: RunCell
    answers: tuple[tuple[float, ...], ...]
    cpu_seconds: tuple[float, ...]
    measured: tuple[tuple[float, ...], ...] = ()
    settings: tuple[tuple[Setting, ...], ...] = ()
    load: float = 0.0


def run(contest: Contest, searcher: ParameterSearcher, cell: RunCell) -> FinishedRun:
    """Perform every trial. The noise of trial k of a seed is the same for every method."""
    noise = np.random.default_rng([cell.seed, zlib.crc32(contest.name.encode())])
    answers, measured, settings, seconds = [], [], [], []
    for _ in range(contest.trials):
        begun = time.process_time()
        asked = searcher.ask()
        asking = time.process_time() - begun
        answer = contest.problem.evaluate(asked)
        true = [answer[name] for name in contest.quantities]
        told = [value + contest.standard_error * float(noise.standard_normal()) for value in true]
        begun = time.process_time()
        searcher.tell(dict(zip(contest.quantities, told, strict=True)))
        seconds.append(round(asking + time.process_time() - begun, 6))
        answers.append(_rounded(true))
        if contest.standard_error:
            measured.append(_rounded(told))
            settings.append(tuple(asked[name] for name in contest.problem.domain))
    return FinishedRun(
        cell, tuple(answers), tuple(seconds), tuple(measured), tuple(settings), round(os.getloadavg()[0], 2)
    )


class RunFile:
    """The file of finished searches; the last line for a cell counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[RunCell, FinishedRun]:
        """Every finished search, by cell. A half-written line is skipped."""
        return {one.cell: one for one in self._read()}

    def append(self, finished: FinishedRun) -> None:
        """Add one finished search to the end of the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(finished), separators=(",", ":")) + "\n")

    def _read(self) -> Iterator[FinishedRun]:
        for line in self._path.read_text().splitlines() if self._path.exists() else []:
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            yield FinishedRun(
                RunCell(**record["cell"]),
                _tuples(record["answers"]),
                tuple(record["cpu_seconds"]),
                _tuples(record["measured"]),
                _tuples(record["settings"]),
                record["load"],
            )


def _tuples(rows: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _rounded(values: list[float]) -> tuple[float, ...]:
    return tuple(float(f"{value:.{DIGITS}g}") for value in values)
