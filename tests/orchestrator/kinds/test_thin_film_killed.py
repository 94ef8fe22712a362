"""Workers of a station are killed while instruments on real terminals burn, move and flow: `make test-kill`."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.station_run import done
from devices.station.station import Station
from orchestrator.campaign.loading import load
from orchestrator.kinds.station_log import LedgerLog
from orchestrator.kinds.thin_film import StationSettings
from orchestrator.ledger import views
from orchestrator.ledger.home import Home
from orchestrator.ledger.states import CampaignStatus
from orchestrator.loop.drive import Ending, Hands, drive
from orchestrator.loop.recovery import recover
from orchestrator.loop.session import enter, equip, owned
from simulators.thin_film.control import Control
from simulators.thin_film.settings import WorldSettings

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
SPEED = 60.0
PLACES = {"cassette": 4, "crystals": 1, "chamber": 1, "probe": 1, "store": 10}
SAFE = {"plasma": False, "power": 0.0, "setpoint": 25.0, "shutter": False, "flows": {"argon": 0.0, "oxygen": 0.0}}
RECIPE = """
recipe: short
let: {oxygen: "10**${log_oxygen}"}
steps:
  - load: {from: cassette, to: chamber}
  - pump_down: {below: 1e-3 Pa, set: {gas.pump: true}}
  - heat: {to: 100 C, tolerance: 20 C}
  - gas: {set: {oxygen_pressure: "${oxygen} Pa", argon: "(0.5 - ${oxygen}) / 0.0125 sccm"}}
  - strike: {power: 100 W, faults: {'3': arcing on a poisoned target}, wears: target}
  - deposit: {for: 400 s}
  - cool: {below: 80 C, set: {gas.oxygen: 0 sccm, gas.argon: 0 sccm}}
  - transfer: {to: probe}
  - measure: {reversals: 3}
  - store: {to: store}
"""


class Bench:
    """A laboratory in a process of its own, and a campaign that is driven in a thread with real worker processes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ports = folder, folder / "ports"
        self.home = Home(folder / "home")
        self.control = Control(self.ports)
        self.ending: Ending | None = None
        self._driver: threading.Thread | None = None
        self._laboratory: subprocess.Popen[str] | None = None

    def open(self) -> None:
        self.ports.mkdir()
        settings = self.folder / "world.json"
        settings.write_text(WorldSettings(positions=PLACES).model_dump_json())
        command = [sys.executable, "-m", "simulators.thin_film.laboratory", str(self.ports)]
        command += ["--speed", str(SPEED), "--settings", str(settings)]
        self._laboratory = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._laboratory.stdout is not None
        assert self._laboratory.stdout.readline().startswith("ready")
        self._write_campaign()
        loaded = load(self.folder / "campaign.yaml")
        enter(self.home, loaded, "campaign.yaml")
        self.name = loaded.spec.campaign
        self.station.refill("cassette", by="a person")

    def close(self) -> None:
        assert self._laboratory is not None
        if self._driver is not None:
            self._driver.join(120)
        self._laboratory.terminate()
        self._laboratory.wait(10)
        assert self._laboratory.stdout is not None
        self._laboratory.stdout.close()

    def _write_campaign(self) -> None:
        shutil.copytree(CAMPAIGNS / "rigs", self.folder / "rigs")
        rig = self.folder / "rigs/sputter_simulated.yaml"
        text = rig.read_text().replace("sim://sputter/", f"{self.ports}/")
        text = text.replace("clock: {kind: virtual}", f"clock: {{kind: real, speed: {SPEED}, poll: 10}}")
        places = ", ".join(f"{place}: {count}" for place, count in PLACES.items())
        rig.write_text(re.sub("positions: {.*}", f"positions: {{{places}}}", text))
        (self.folder / "recipes").mkdir()
        (self.folder / "recipes/nb_tio2_oxygen.yaml").write_text(RECIPE)
        text = (CAMPAIGNS / "nb_tio2_oxygen.yaml").read_text()
        text = re.sub("stop: {.*}", "stop: {trials: 1}", text).replace("  analysis:", "  patience: 60\n  analysis:")
        (self.folder / "campaign.yaml").write_text(text)

    @property
    def station(self) -> Station:
        settings = load(self.folder / "campaign.yaml").spec.executor
        assert isinstance(settings, StationSettings)
        rig = settings.files.rig.content
        return Station(LedgerLog(self.home.database(), rig.station), rig.positions, rig.stock, rig.calibrations)

    def begin(self) -> None:
        """Drive the campaign in a thread, as `junkan run` and `junkan resume` do."""
        self._driver = threading.Thread(target=self._drive, daemon=True)
        self._driver.start()

    def _drive(self) -> None:
        spec = load(self.folder / "campaign.yaml").spec
        with owned(self.home, self.name, equip(spec)) as run:
            run.patience = 0.0
            hands = Hands(
                ask=run.ask,
                carry_out=lambda number: done(run.carry_out, number),
                attend=lambda number, handle: done(run.attend, number, handle),
                seen=lambda _: None,
            )
            self.ending = drive(run, hands, recover(run))

    def until(self, holds: Callable[[dict[str, Any]], bool], patience: float = 60.0) -> dict[str, Any]:
        """Wait until a visitor of the laboratory sees that; returns what he sees."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            seen: dict[str, Any] = self.control.ask("look")
            if holds(seen):
                return seen
            time.sleep(0.005)
        raise AssertionError(f"not seen within {patience} s: {seen}; {self.ending}; {self.last_words()}")

    def kill_worker(self) -> float:
        """kill -9 the process that drives the rig; returns the moment."""
        [worker] = [
            child
            for child in psutil.Process().children()
            if "orchestrator.executors.worker" in " ".join(child.cmdline())
        ]
        os.kill(worker.pid, signal.SIGKILL)
        return time.monotonic()

    def _attempts(self) -> list[dict[str, Any]]:
        database = self.home.database()
        with database.reading() as session:
            trials = views.trials(session, self.name)
        database.close()
        return [attempt for trial in trials for attempt in trial["attempts"]]

    def last_words(self) -> list[Any]:
        return [attempt["failure"] for attempt in self._attempts()]

    def finish(self, patience: float = 120.0) -> Ending:
        assert self._driver is not None
        self._driver.join(patience)
        assert self.ending is not None, self.last_words()
        return self.ending


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUNKAN_HOME", str(tmp_path / "home"))
    made = Bench(tmp_path)
    made.open()
    yield made
    made.close()


def is_safe(seen: dict[str, Any]) -> bool:
    return all(seen[name] == value for name, value in SAFE.items())


def registry_equals_world(bench: Bench, seen: dict[str, Any]) -> None:
    """Every sample lies where the station believes it, and none was coated twice."""
    believed = {sample.slot for sample in bench.station.state().samples.values() if sample.standing == "here"}
    assert believed == set(seen["places"])
    assert max(seen["depositions"].values()) == 1
    coated = [sample.slot for sample in bench.station.state().samples.values() if sample.coated]
    assert sorted(seen["places"][slot] for slot in coated if slot) == sorted(
        name for name, times in seen["depositions"].items() if times
    )


def test_r8_r14_killed_in_a_deposition_the_rig_is_safe_at_once_and_the_next_attempt_takes_a_fresh_substrate(bench):
    bench.begin()
    bench.until(lambda seen: seen["shutter"] and seen["plasma"])
    killed = bench.kill_worker()
    bench.until(is_safe, patience=20)
    seconds = time.monotonic() - killed
    assert seconds < 0.5, f"safe only after {seconds:.2f} s"
    assert bench.finish().status is CampaignStatus.DONE
    seen = bench.control.ask("look")
    registry_equals_world(bench, seen)
    assert sorted(seen["depositions"].values()) == [0, 0, 1, 1]
    assert is_safe(seen)
    assert [attempt["status"] for attempt in bench._attempts()] == ["failed", "completed"]


@pytest.mark.parametrize(
    ("stage", "coated"),
    [
        (lambda seen: seen["pump"] and seen["setpoint"] == 25 and not seen["moving"], 1),
        (lambda seen: seen["setpoint"] > 25 and seen["flows"]["argon"] == 0, 1),
        (lambda seen: seen["flows"]["argon"] > 0 and not seen["plasma"], 1),
        (lambda seen: seen["wear"] > 0 and seen["moving"], 2),
    ],
    ids=["pumping", "heating", "gas", "after the deposition"],
)
def test_r8_r14_killed_at_another_step_the_campaign_finishes_with_every_sample_accounted_for(bench, stage, coated):
    bench.begin()
    bench.until(stage)
    killed = bench.kill_worker()
    bench.until(is_safe, patience=20)
    assert time.monotonic() - killed < 1.0
    assert bench.finish().status is CampaignStatus.DONE
    seen = bench.control.ask("look")
    registry_equals_world(bench, seen)
    assert sum(seen["depositions"].values()) == coated


def test_r14_killed_in_a_move_the_next_attempt_reads_back_where_the_sample_is(bench):
    bench.begin()
    bench.until(lambda seen: seen["moving"])
    bench.kill_worker()
    assert bench.finish().status is CampaignStatus.DONE
    registry_equals_world(bench, bench.control.ask("look"))


def test_r14_where_nobody_can_know_a_person_is_asked(bench):
    """The sample arrives while nobody drives, and is gone before anybody looks."""
    bench.begin()
    bench.until(lambda seen: seen["moving"])
    bench.kill_worker()
    seen = bench.until(lambda seen: "chamber/1" in seen["places"])
    bench.control.ask("take_away", slot="chamber/1")
    prompt = _asked(bench)
    assert "Where is sample" in prompt.question
    bench.station.answer(prompt.key, "removed", by="a person", note="it lay on the floor")
    assert bench.finish().status is CampaignStatus.DONE
    seen = bench.control.ask("look")
    registry_equals_world(bench, seen)
    assert sum(seen["depositions"].values()) == 1


def _asked(bench: Bench) -> Any:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        prompts = bench.station.state().open_prompts
        if prompts:
            return prompts[0]
        time.sleep(0.05)
    raise AssertionError(f"nobody was asked; {bench.ending}; {bench.last_words()}")
