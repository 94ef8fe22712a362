"""What a worker does for one trial of a station: grow, record, analyse."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from devices.clock import Clock, RealClock
from devices.errors import DeviceError, Infeasible, RigRefused
from devices.growth import Grown, Growth
from devices.recipe import Recipe, load_recipe
from devices.rig_build import JOURNAL, build_rig
from devices.rig_settings import RigSettings, load_rig
from devices.station.state import Sample
from devices.station.station import Station
from devices.stop_level import Throttled
from orchestrator.analysis.base import AnalysisStep, analysed
from orchestrator.analysis.errors import AnalysisError
from orchestrator.analysis.record import FILE, Record
from orchestrator.executors.attempt import AttemptFolder
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.kinds.station_leases import LedgerLeases
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.kinds.thin_film import DURATION, StationSettings
from orchestrator.kinds.thin_film_files import is_simulated, simulated_host
from orchestrator.kinds.thin_film_laboratory import Laboratory, LaboratorySettings, following, laboratory
from orchestrator.kinds.thin_film_recorder import LINES, Recorder, digests
from orchestrator.ledger.database import Database
from orchestrator.ledger.errors import LedgerError
from orchestrator.ledger.home import Home
from orchestrator.ledger.upgrade import upgrade

UNREADABLE = "analysis"
"""How the reason begins when raw data could not be analysed."""
SOFTWARE = ("junkan", "pyserial", "PyMeasure", "minimalmodbus", "h5py", "numpy", "scipy")


def station_function(prepared: Mapping[str, Any]) -> "StationFunction":
    """The function `station`, from what `StationSettings.prepared` put together."""
    settings = StationSettings.model_validate(prepared["executor"])
    rig = load_rig(prepared["files"]["rig"])
    return StationFunction(
        settings=settings,
        rig=rig.model_copy(update={"station": settings.station or rig.station}),
        recipe=load_recipe(prepared["files"]["recipe"]),
        hashes=prepared["hashes"],
        objectives=tuple(prepared["objectives"]),
    )


@dataclass(frozen=True)
class StationFunction:
    """Grows one film per call. `watch` is handed the simulated laboratory of each growth, for whoever looks on."""

    settings: StationSettings
    rig: RigSettings
    recipe: Recipe
    hashes: Mapping[str, str]
    objectives: tuple[str, ...]
    watch: Callable[[Laboratory], None] | None = None

    def __call__(self, parameters: Mapping[str, Any], folder: Path) -> Outcome:
        """The outcome of one attempt. Only the physics makes it infeasible; everything else that goes wrong is a
        fault, which says nothing about the parameters (R17)."""
        home = Home.from_environment()
        database = home.database()
        try:
            upgrade(database)
            return self._attempt(parameters, folder, home, database)
        except (DeviceError, RigRefused, ExecutorError, LedgerError, OSError) as error:
            return Outcome.failed("fault", f"{type(error).__name__}: {error}")
        finally:
            database.close()

    def _attempt(self, parameters: Mapping[str, Any], folder: Path, home: Home, database: Database) -> Outcome:
        station = Station(
            LedgerLog(database, self.rig.station), self.rig.positions, self.rig.stock, self.rig.calibrations
        )
        key = key_of(folder)
        earlier = grown_before(station, key, folder)
        if earlier is not None:
            return self._taken_up(station, earlier, folder)
        with self._clock(station, home, key) as (clock, found):
            recorder = Recorder(folder, key, found.save if found is not None else _nothing)
            rig = build_rig(self.rig, clock, LedgerLeases(database), folder, key, self.settings.patience)
            growth = Growth(
                key, self.recipe, parameters, rig, station, recorder, RealClock(), patience=self.settings.patience
            )
            asked = rig.requested if found is None else following(found, rig.requested)
            rig.requested = Throttled(asked)
            recorder.about({"files": dict(self.hashes), "software": software()})
            outcome, trouble = self._outcome_of(rig, growth)
            sample = station.state().sample_of(key)
            record = recorder.finish(_described(sample), began_with=outcome.model_dump(mode="json"))
        if outcome.failure is None:
            outcome = self._analysed(folder, outcome)
        return self._told(outcome, folder, record, trouble)

    def _taken_up(self, station: Station, earlier: str, folder: Path) -> Outcome:
        """The outcome of the growth `earlier`, whose process died before it could tell: nothing is grown again."""
        before = folder.parent / f"attempt-{earlier[len(earlier.rstrip('0123456789')) :]}"
        for name in (LINES, JOURNAL):
            if (before / name).exists():
                shutil.copyfile(before / name, folder / name)
        recorder = Recorder.taken_up(folder, earlier)
        began, ended = recorder.steps[0].began, recorder.steps[-1].ended
        outcome = _begun(Grown(None, began, ended, tuple(recorder.facts.get("warnings", ()))))
        outcome = outcome.model_copy(update={"details": {**outcome.details, "grown_by": earlier}})
        sample = _described(station.state().sample_of(earlier))
        record = recorder.finish(sample, began_with=outcome.model_dump(mode="json"))
        return self._told(self._analysed(folder, outcome), folder, record, [])

    def _outcome_of(self, rig: Any, growth: Growth) -> tuple[Outcome, list[str]]:
        """What came of the growth, before any analysis, and what could not be made safe."""
        try:
            growth.prepare()
            with rig:
                grown = growth.run()
            return _begun(grown), rig.unsafe
        except Infeasible as error:
            return Outcome.failed("infeasible", str(error)), rig.unsafe
        except (DeviceError, RigRefused, LedgerError) as error:
            return Outcome.failed("fault", f"{type(error).__name__}: {error}"), rig.unsafe

    def _analysed(self, folder: Path, outcome: Outcome) -> Outcome:
        try:
            return analysed(folder, self.steps(), outcome)
        except AnalysisError as error:
            return Outcome.failed("fault", f"{UNREADABLE}: {error}", **outcome.details)

    def steps(self) -> list[AnalysisStep]:
        """The analysis steps, in their order."""
        return [step.build() for step in self.settings.analysis]

    def _told(self, outcome: Outcome, folder: Path, record: Record, unsafe: list[str]) -> Outcome:
        """The outcome as the campaign is told: its objectives, and everything else among the details."""
        files = [name for name in (FILE, LINES, JOURNAL) if (folder / name).exists()]
        written, missed = self._exported(folder, record, outcome)
        files += written
        rest = {name: value.model_dump() for name, value in outcome.values.items() if name not in self.objectives}
        details = {
            **outcome.details,
            "sample": record.sample.get("id"),
            "sha256": digests(folder, files),
            **({"quantities": rest} if rest else {}),
            **({"left_unsafe": unsafe} if unsafe else {}),
            **({"not_exported": missed} if missed else {}),
        }
        values = {name: value for name, value in outcome.values.items() if name in self.objectives}
        return outcome.model_copy(update={"values": values, "files": tuple(files), "details": details})

    def _exported(self, folder: Path, record: Record, outcome: Outcome) -> tuple[list[str], list[str]]:
        """Further files, and why some could not be written: that costs no outcome, for the record has everything."""
        written: list[str] = []
        missed: list[str] = []
        for kind in self.settings.exports:
            try:
                written += self._export(kind, folder, record, outcome)
            except (AnalysisError, OSError, ImportError) as error:
                missed.append(f"{kind}: {error}")
        return written, missed

    def _export(self, kind: str, folder: Path, record: Record, outcome: Outcome) -> tuple[str, ...]:
        if kind == "tables":
            return record.write_tables(folder)
        from datetime import UTC, datetime, timedelta

        from orchestrator.analysis.maiml import write_maiml

        # the clock of a rig counts from anywhere; the last line was written when the last step had ended
        took = record.steps[-1].ended - record.steps[0].began if record.steps else 0.0
        beginning = datetime.fromtimestamp((folder / LINES).stat().st_mtime, UTC) - timedelta(seconds=took)
        path, owner = folder / "growth.maiml", self.settings.owner
        write_maiml(record, outcome, path, date=beginning, owner=owner, files=[folder / FILE])
        return (path.name,)

    @contextmanager
    def _clock(self, station: Station, home: Home, key: str) -> Iterator[tuple[Clock, Laboratory | None]]:
        """The clock of the rig; with simulated instruments it is theirs."""
        if not is_simulated(self.rig):
            yield RealClock(self.rig.clock.speed), None
            return
        file = home.folder / "stations" / self.rig.station / "world.json"
        settings = self.settings.world or LaboratorySettings()
        opened = laboratory(settings.of_attempt(key), simulated_host(self.rig), station, file, self.settings.patience)
        with opened as found:
            if self.watch is not None:
                self.watch(found)
            yield found.clock, found


def grown_before(station: Station, key: str, folder: Path) -> str | None:
    """The key of an earlier attempt at this trial that came to its end and could not tell of it any more.

    Its film is made and measured: another growth would make it twice. One whose raw data no analysis could read has
    told so, and is not meant.
    """
    stem, number = key[: len(key.rstrip("0123456789"))], key[len(key.rstrip("0123456789")) :]
    growths = station.state().growths
    for before in range(int(number or 1) - 1, 0, -1):
        earlier, where = f"{stem}{before}", folder.parent / f"attempt-{before}"
        if earlier in growths and growths[earlier].outcome == "completed" and (where / LINES).exists():
            told = AttemptFolder(earlier, where).outcome()
            if told is None or told.failure is None or not told.failure.reason.startswith(UNREADABLE):
                return earlier
    return None


def key_of(folder: Path) -> str:
    """The key `campaign/trial/attempt` of the attempt in `folder`."""
    try:
        return str(json.loads((folder / "request.json").read_text())["key"])
    except (OSError, ValueError, KeyError):
        return "/".join(folder.absolute().parts[-3:])


def analysed_again(folder: Path, steps: list[AnalysisStep]) -> Outcome:
    """What `steps` make of the raw data of an attempt, nothing being measured again. Raises AnalysisError."""
    begun = Outcome.model_validate(Record.read(folder / FILE).about["began_with"])
    return analysed(folder, steps, begun)


def software() -> dict[str, str]:
    """Versions of everything that has a part in the numbers."""
    found = {"python": sys.version.split()[0]}
    for name in SOFTWARE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _begun(grown: Grown) -> Outcome:
    return Outcome(
        values={DURATION: Value(value=grown.ended - grown.began)},
        details={"began": grown.began, "ended": grown.ended, "warnings": list(grown.warnings)},
    )


def _described(sample: Sample | None) -> dict[str, Any]:
    if sample is None:
        return {}
    return {
        "id": sample.name,
        "slot": sample.slot or "",
        "standing": sample.standing,
        "coated": sample.coated,
        "parent": sample.parent or "",
        "history": list(sample.history),
    }


def _nothing() -> None:
    return None
