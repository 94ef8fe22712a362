"""A whole growth of the shipped recipe on the shipped rig: real drivers, real bytes, simulated instruments and time."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import serial
from ruamel.yaml import YAML

from devices.clock import RealClock
from devices.growth import Grown, Growth
from devices.leases import MemoryLeases
from devices.recipe import load_recipe
from devices.record import MemoryRecord
from devices.rig_build import build_rig
from devices.rig_settings import load_rig
from devices.station.log import MemoryLog
from devices.station.station import Station
from simulators.thin_film.clock import VirtualClock
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.ports import PACKAGE, registry
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World
from tests.simulators.thin_film.conftest import start_laboratory

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"


@dataclass
class Ended:
    grown: Grown
    record: MemoryRecord
    rack: Rack
    station: Station
    seconds: float
    """Processor time."""


def read(path: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe").load(path))


@pytest.fixture(scope="module")
def grow(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Ended]:
    pytest.importorskip("pymeasure")
    pytest.importorskip("minimalmodbus")
    settings = load_rig(read(CAMPAIGNS / "rigs" / "sputter_simulated.yaml"))
    recipe = load_recipe(read(CAMPAIGNS / "recipes" / "nb_tio2_oxygen.yaml"))

    def grow() -> Ended:
        if PACKAGE not in serial.protocol_handler_packages:
            serial.protocol_handler_packages.append(PACKAGE)
        perfect = WorldSettings(scatter=0.0, probe_std=0.0, loaded=0, positions=dict(settings.positions))
        rack, clock = Rack(World(perfect, seed=1)), VirtualClock()
        clock.subscribe(rack.advance)
        station = Station(MemoryLog(), settings.positions, settings.stock, settings.calibrations)
        for sample in station.refill("cassette", "a test"):
            rack.world.put(str(sample.slot), "glass", sample.name)
        record = MemoryRecord()
        began = time.process_time()
        with registry.connected(settings.station, rack.wires):
            rig = build_rig(settings, clock, MemoryLeases(), tmp_path_factory.mktemp("run"))
            growth = Growth("c/1/1", recipe, {"log_oxygen": math.log10(7e-3)}, rig, station, record)
            growth.prepare()
            with rig:
                grown = growth.run()
        return Ended(grown, record, rack, station, time.process_time() - began)

    return grow


@pytest.fixture(scope="module")
def ended(grow: Callable[[], Ended]) -> Ended:
    return grow()


def test_the_growth_takes_as_long_as_in_the_laboratory(ended):
    assert (ended.grown.ended - ended.grown.began) / 60 == pytest.approx(66.1, abs=0.5)
    times = {name.split(".")[-1]: round(end - began) for name, began, end, _ in ended.record.steps}
    assert times == {
        "load": 90, "pump_down": 670, "heat": 870, "gas": 0, "strike": 0, "presputter": 300, "deposit": 1500,
        "cool": 350, "transfer": 90, "measure": 0, "store": 90,
    }  # fmt: skip


def test_the_sheet_resistance_is_that_of_the_physics(ended):
    columns, units, _ = ended.record.measurements["four_point"]
    assert units == {"current": "A", "voltage": "V"}
    pairs = zip(columns["voltage"][::2], columns["voltage"][1::2], strict=True)
    halves = [(plus - minus) / 2 for plus, minus in pairs]
    measured = sum(halves) / len(halves) / columns["current"][0] / (math.log(2) / math.pi)
    assert measured == pytest.approx(57.15, rel=5e-3)


def test_two_runs_are_the_same_to_the_last_bit_and_quick(ended, grow):
    again = grow()
    assert again.record.readings == ended.record.readings
    assert again.record.measurements == ended.record.measurements
    assert again.rack.state() == ended.rack.state()
    assert min(again.seconds, ended.seconds) < 3.0


def test_afterwards_everything_is_safe_and_at_its_place(ended):
    world = ended.rack.world
    assert (world.plasma, world.power, world.shutter, world.setpoint) == (False, 0.0, False, 25.0)
    assert (world.flow("argon"), world.flow("oxygen"), world.unsafe_seconds) == (0.0, 0.0, 0.0)
    lying = {sample.slot: name for name, sample in ended.station.state().samples.items()}
    assert lying == {slot: sample for slot, sample in world.places().items() if sample is not None}
    assert {world.depositions(sample) for sample in lying.values()} == {0, 1}
    assert world.depositions(str(ended.grown.sample)) == 1


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_same_recipe_runs_on_real_terminals_with_a_guardian_and_the_clock_on_the_wall(tmp_path):
    """The laboratory is a process of its own and its time passes two hundred times as fast as ours."""
    speed = 200.0
    data = read(CAMPAIGNS / "rigs" / "sputter_simulated.yaml")
    lab = start_laboratory(tmp_path / "lab", "--speed", str(speed))
    for name, device in data["devices"].items():
        device["port"] = lab.port(name)
    margin = {"timer_margin": 1800}  # nine of our seconds: this computer may be slow
    settings = load_rig({**data, "clock": {"kind": "real", "speed": speed}, "guardian": margin})
    recipe = load_recipe(read(CAMPAIGNS / "recipes" / "nb_tio2_oxygen.yaml"))
    station = Station(MemoryLog(), settings.positions, settings.stock, settings.calibrations)
    station.refill("cassette", "a test")
    rig = build_rig(settings, RealClock(speed), MemoryLeases(), tmp_path)
    growth = Growth("c/1/1", recipe, {"log_oxygen": math.log10(7e-3)}, rig, station, MemoryRecord())
    growth.prepare()
    with rig:
        grown = growth.run()
    seen = lab.control.ask("look")
    assert lab.end() == 0
    assert lab.process.stdout is not None
    lab.process.stdout.close()
    assert (seen["plasma"], seen["power"], seen["shutter"], seen["setpoint"]) == (False, 0.0, False, 25.0)
    assert (seen["unsafe_seconds"], seen["flows"]) == (0.0, {"argon": 0.0, "oxygen": 0.0})
    assert seen["places"]["store/1"] == grown.sample
    assert seen["depositions"][grown.sample] == 1
    assert sum(seen["depositions"].values()) == 1
