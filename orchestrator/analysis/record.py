"""The record of a growth: one HDF5 file with everything that was asked, done and measured.

    /entry                              NXentry; attributes title, start_time, end_time
    /entry/sample                       NXsample
    /entry/process                      NXprocess: `asked`, `recipe`, `hashes`, `software`, ... as JSON text
    /entry/steps                        NXdata: name, began, ended of every step
    /entry/environment/DEVICE.CHANNEL   NXlog: time (s), value, with its unit
    /entry/calibrations/NAME            NXcollection: id, value, std, ... as they were valid during the growth
    /entry/NAME                         NXdata: raw data of one measurement, a column each, with its unit

The names of classes follow NeXus (https://manual.nexusformat.org), so that readers which know it find their way.
Times are seconds of the station's clock.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.analysis.errors import UnusableRecord

if TYPE_CHECKING:
    import h5py
    import pandas as pd

VERSION = 1
FILE = "record.h5"
RESERVED = ("sample", "process", "steps", "environment", "calibrations")


@dataclass(frozen=True)
class Series:
    """What one channel showed in the course of a growth. `values` are numbers, truths or words, n of each."""

    unit: str
    times: tuple[float, ...]
    values: tuple[float | bool | str, ...]


@dataclass(frozen=True)
class Measurement:
    """Raw data: columns of equal length with their units, and what else the instrument said about them."""

    columns: Mapping[str, tuple[float, ...]]
    units: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> tuple[float, ...]:
        """The column `name`. Raises UnusableRecord if the instrument gave none of that name."""
        if name not in self.columns:
            raise UnusableRecord(f"the raw data have no column '{name}', only: {', '.join(self.columns) or 'none'}.")
        return self.columns[name]


@dataclass(frozen=True)
class StepTaken:
    """One step of the recipe, when it began and ended, and what it says about itself."""

    name: str
    began: float
    ended: float
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """Everything about one growth.

    `about` is JSON: what was asked, the recipe, hashes of files, software, the outcome. `calibrations` are those that
    were in force, by name.
    """

    title: str
    sample: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    calibrations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    steps: tuple[StepTaken, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)
    measurements: Mapping[str, Measurement] = field(default_factory=dict)

    def measurement(self, name: str) -> Measurement:
        """The raw data called `name`. Raises UnusableRecord if nothing was measured under that name."""
        if name not in self.measurements:
            known = ", ".join(self.measurements) or "nothing"
            raise UnusableRecord(f"'{name}' was not measured in this growth; there is: {known}.")
        return self.measurements[name]

    def calibration(self, name: str) -> Mapping[str, Any]:
        """The calibration `name`. Raises UnusableRecord if none was in force."""
        if name not in self.calibrations:
            known = ", ".join(self.calibrations) or "none"
            raise UnusableRecord(f"no calibration '{name}' was in force; there is: {known}.")
        return self.calibrations[name]

    def write(self, path: Path) -> None:
        """Write `path`, whole or not at all. The same record always gives the same bytes. Raises OSError."""
        import h5py

        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with h5py.File(temporary, "w", libver="v110") as file:
                self._write(file)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def read(cls, path: Path) -> "Record":
        """The record in `path`. Raises UnusableRecord."""
        import h5py

        try:
            with h5py.File(path, "r") as file:
                return _read(file["entry"])
        except (OSError, KeyError, ValueError) as error:
            raise UnusableRecord(f"{path} is no record of a growth: {error}.") from error

    def series_table(self) -> "pd.DataFrame":
        """All readings, one row each, in the order of time: columns time, channel, value, unit."""
        import pandas as pd

        rows = [
            {"time": time, "channel": channel, "value": value, "unit": series.unit}
            for channel, series in self.series.items()
            for time, value in zip(series.times, series.values, strict=True)
        ]
        table = pd.DataFrame(rows, columns=["time", "channel", "value", "unit"])
        table["value"] = table["value"].astype(str)  # numbers, truths and words in one column
        return table.sort_values(["time", "channel"], kind="stable", ignore_index=True)

    def measurement_table(self, name: str) -> "pd.DataFrame":
        """The raw data called `name`, its columns named with their units: `voltage (V)`."""
        import pandas as pd

        measured = self.measurement(name)
        return pd.DataFrame({_titled(key, measured.units): values for key, values in measured.columns.items()})

    def write_tables(self, folder: Path) -> tuple[str, ...]:
        """Write the readings and the raw data as CSV and Parquet into `folder`; returns the names of the files."""
        tables = {"readings": self.series_table()}
        tables |= {name: self.measurement_table(name) for name in self.measurements}
        written = []
        for name, table in tables.items():
            table.to_csv(folder / f"{name}.csv", index=False)
            table.to_parquet(folder / f"{name}.parquet", index=False)
            written += [f"{name}.csv", f"{name}.parquet"]
        return tuple(written)

    def _write(self, file: "h5py.File") -> None:
        file.attrs["NX_class"] = "NXroot"
        file.attrs["default"] = "entry"
        entry = _group(file, "entry", "NXentry", title=self.title, junkan_record=VERSION)
        if self.steps:
            entry.attrs["start_time"], entry.attrs["end_time"] = self.steps[0].began, self.steps[-1].ended
        _write_json(_group(entry, "sample", "NXsample"), self.sample)
        _write_json(_group(entry, "process", "NXprocess"), self.about)
        calibrations = _group(entry, "calibrations", "NXcollection")
        for name, content in self.calibrations.items():
            _write_json(_group(calibrations, name, "NXcollection"), content)
        _write_steps(_group(entry, "steps", "NXdata"), self.steps)
        environment = _group(entry, "environment", "NXcollection")
        for channel, series in self.series.items():
            _write_series(_group(environment, channel, "NXlog"), series)
        for name, measured in self.measurements.items():
            if name in RESERVED:
                raise ValueError(f"raw data cannot be called '{name}'")
            _write_measurement(_group(entry, name, "NXdata"), measured)


def _titled(name: str, units: Mapping[str, str]) -> str:
    return f"{name} ({units[name]})" if units.get(name) else name


def _escaped(name: str) -> str:
    """`name` as one step of a path in HDF5, where a slash divides and a dot stands for the group itself."""
    escaped = name.replace("%", "%25").replace("/", "%2F")
    return "%2E" if escaped == "." else escaped


def _unescaped(name: str) -> str:
    return name.replace("%2E", ".").replace("%2F", "/").replace("%25", "%")


def _group(parent: Any, name: str, nexus: str, **attributes: Any) -> Any:
    group = parent.create_group(_escaped(name), track_order=True)
    group.attrs["NX_class"] = nexus
    group.attrs.update(attributes)
    return group


def _write_json(group: Any, content: Mapping[str, Any]) -> None:
    for key, value in content.items():
        name = _escaped(key)
        if isinstance(value, bool | int | float | str):
            group[name] = value
        else:
            group[name] = json.dumps(value, sort_keys=True)
            group[name].attrs["type"] = "json"


def _read_json(group: Any) -> dict[str, Any]:
    return {_unescaped(name): _plain(item) for name, item in group.items()}


def _plain(item: Any) -> Any:
    value = item[()]
    if isinstance(value, bytes):
        text = value.decode()
        return json.loads(text) if item.attrs.get("type") == "json" else text
    return value.item() if hasattr(value, "item") else value


def _write_steps(group: Any, steps: Sequence[StepTaken]) -> None:
    group["name"] = [step.name for step in steps] or _no_words()
    group["about"] = [json.dumps(dict(step.about), sort_keys=True) for step in steps] or _no_words()
    for name, values in (("began", [it.began for it in steps]), ("ended", [it.ended for it in steps])):
        group.create_dataset(name, data=values, dtype="f8")
        group[name].attrs["units"] = "s"


def _no_words() -> Any:
    import h5py
    import numpy as np

    return np.array([], dtype=h5py.string_dtype())


def _write_series(group: Any, series: Series) -> None:
    group.create_dataset("time", data=series.times, dtype="f8")
    group["time"].attrs["units"] = "s"
    words = any(isinstance(value, str) for value in series.values)
    truths = bool(series.values) and all(isinstance(value, bool) for value in series.values)
    group["value"] = [str(value) for value in series.values] if words else list(series.values)
    group.attrs["type"] = "text" if words else "truth" if truths else "number"
    group["value"].attrs["units"] = series.unit


def _write_measurement(group: Any, measured: Measurement) -> None:
    group.attrs["about"] = json.dumps(dict(measured.about), sort_keys=True)
    group.attrs["axes"] = next(iter(measured.columns), "")
    group.attrs["signal"] = list(measured.columns)[-1] if measured.columns else ""
    for name, values in measured.columns.items():
        group.create_dataset(name, data=values, dtype="f8")
        group[name].attrs["units"] = measured.units.get(name, "")


def _read(entry: Any) -> Record:
    steps = entry["steps"]
    taken = zip(steps["name"][()], steps["began"][()], steps["ended"][()], steps["about"][()], strict=True)
    measured = [name for name in entry if name not in RESERVED]
    return Record(
        title=str(entry.attrs["title"]),
        sample=_read_json(entry["sample"]),
        about=_read_json(entry["process"]),
        calibrations={_unescaped(name): _read_json(group) for name, group in entry["calibrations"].items()},
        steps=tuple(
            StepTaken(name.decode(), float(began), float(ended), json.loads(about))
            for name, began, ended, about in taken
        ),
        series={_unescaped(name): _read_series(group) for name, group in entry["environment"].items()},
        measurements={_unescaped(name): _read_measurement(entry[name]) for name in measured},
    )


def _read_series(group: Any) -> Series:
    raw = group["value"][()]
    kinds: dict[str, Any] = {"text": bytes.decode, "truth": bool, "number": float}
    read = kinds[group.attrs["type"]]
    times = tuple(float(time) for time in group["time"][()])
    return Series(str(group["value"].attrs["units"]), times, tuple(read(value) for value in raw))


def _read_measurement(group: Any) -> Measurement:
    columns = {name: tuple(float(value) for value in data[()]) for name, data in group.items()}
    units = {name: str(data.attrs["units"]) for name, data in group.items()}
    return Measurement(columns, units, json.loads(group.attrs["about"]))
