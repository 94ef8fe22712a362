"""Everything that a growth shows, written down while it happens and bound into a record when it has ended.

growth.jsonl   a line for each reading, step and measurement, at once: whoever dies, it is there
record.h5      the record (`orchestrator.analysis.record`), when the growth has ended in whatever way
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from devices.reading import Reading
from orchestrator.analysis.record import FILE, Measurement, Record, Series, StepTaken

LINES = "growth.jsonl"


class Recorder:
    """The `devices.record.Record` of one attempt. `after_step` is called whenever a step has ended."""

    def __init__(self, folder: Path, title: str, after_step: Callable[[], None] = lambda: None) -> None:
        self._folder = folder
        self._title = title
        self._after_step = after_step
        self._file = (folder / LINES).open("a", buffering=1, encoding="utf-8")
        self._about: dict[str, Any] = {}
        self._steps: list[StepTaken] = []
        self._series: dict[str, tuple[str, list[float], list[float | bool | str]]] = {}
        self._measurements: dict[str, Measurement] = {}

    @classmethod
    def taken_up(cls, folder: Path, title: str) -> "Recorder":
        """With everything that growth.jsonl in `folder` holds, written by a process that died. Raises OSError."""
        lines = (folder / LINES).read_text(encoding="utf-8").splitlines()
        found = cls(folder, title)
        for line in lines:
            with suppress(ValueError):  # the last line of a process that was killed may be cut off
                found._take_in(json.loads(line))
        return found

    @property
    def steps(self) -> Sequence[StepTaken]:
        """The steps that have ended."""
        return tuple(self._steps)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is known of the growth as a whole."""
        return dict(self._about)

    def about(self, facts: Mapping[str, Any]) -> None:
        """Facts about the growth as a whole: the recipe, what was asked, hashes, calibrations."""
        self._about.update(facts)
        self._write(about=dict(facts))

    def reading(self, device: str, channel: str, reading: Reading) -> None:
        """One reading of one channel."""
        name = f"{device}.{channel}"
        if name not in self._series:
            self._series[name] = (reading.unit, [], [])
            self._write(channel=name, unit=reading.unit)
        _, times, values = self._series[name]
        times.append(reading.at)
        values.append(reading.value)
        self._file.write(json.dumps([reading.at, name, reading.value]) + "\n")

    def step(self, name: str, began: float, ended: float, content: Mapping[str, Any]) -> None:
        """A step of the recipe has ended."""
        self._steps.append(StepTaken(name, began, ended, dict(content)))
        self._write(step=name, began=began, ended=ended, content=dict(content))
        self._after_step()

    def measurement(
        self, name: str, columns: Mapping[str, Sequence[float]], units: Mapping[str, str], about: Mapping[str, Any]
    ) -> None:
        """Raw data. A name that is used twice gets a number."""
        numbered = name if name not in self._measurements else f"{name}_{len(self._measurements) + 1}"
        kept = {key: tuple(float(value) for value in values) for key, values in columns.items()}
        self._measurements[numbered] = Measurement(kept, dict(units), dict(about))
        self._write(measurement=numbered, columns=kept, units=dict(units), about=dict(about))

    def finish(self, sample: Mapping[str, Any], **more: Any) -> Record:
        """Bind the record and write it, also of a growth that failed. Raises OSError."""
        self._file.close()
        calibrations = self._about.pop("calibrations", {})
        record = Record(
            title=self._title,
            sample=dict(sample),
            about={**self._about, **more},
            calibrations={name: dict(content) for name, content in calibrations.items()},
            steps=tuple(self._steps),
            series={
                name: Series(unit, tuple(times), _alike(values)) for name, (unit, times, values) in self._series.items()
            },
            measurements=self._measurements,
        )
        record.write(self._folder / FILE)
        return record

    def _take_in(self, content: Any) -> None:
        match content:
            case [at, name, value]:
                _, times, values = self._series.setdefault(name, ("", [], []))
                times.append(at)
                values.append(value)
            case {"channel": name, "unit": unit}:
                self._series[name] = (unit, [], [])
            case {"step": name, "began": began, "ended": ended, "content": told}:
                self._steps.append(StepTaken(name, began, ended, told))
            case {"measurement": name, "columns": columns, "units": units, "about": facts}:
                kept = {key: tuple(values) for key, values in columns.items()}
                self._measurements[name] = Measurement(kept, units, facts)
            case {"about": facts}:
                self._about.update(facts)

    def _write(self, **content: Any) -> None:
        self._file.write(json.dumps(content) + "\n")


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files, by name. Raises OSError."""
    found = {}
    for name in names:
        with (folder / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _alike(values: Sequence[float | bool | str]) -> tuple[float | bool | str, ...]:
    """The values as one kind: words if there is a word among them, truths if all are truths, else numbers."""
    if any(isinstance(value, str) for value in values):
        return tuple(str(value) for value in values)
    if all(isinstance(value, bool) for value in values):
        return tuple(values)
    return tuple(float(value) for value in values)
