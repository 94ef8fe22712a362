"""Growths through real drivers on the simulated instruments: what the physics refuses, and killed in every step."""

from pathlib import Path

import pytest
import serial
from ruamel.yaml import YAML

from devices.errors import Infeasible
from devices.growth import Growth
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

pytest.importorskip("pymeasure")
pytest.importorskip("minimalmodbus")
RIG = load_rig(
    YAML(typ="safe").load((Path(__file__).parents[2] / "campaigns" / "rigs" / "sputter_simulated.yaml").read_text())
)
STEPS = [
    {"load": {"from": "cassette", "to": "chamber"}},
    {"pump_down": {"below": "5e-4 Pa", "set": {"gas.pump": True}}},
    {"heat": {"to": "150 C", "tolerance": "3 C"}},
    {"gas": {"set": {"oxygen_pressure": "${oxygen} Pa", "argon": "(${pressure} - ${oxygen}) / 0.0125 sccm"}}},
    {"strike": {"power": "${power} W", "faults": {3: "arcing on a poisoned target"}, "wears": "target"}},
    {"presputter": {"for": "60 s"}},
    {"deposit": {"for": "${seconds} s"}},
    {"cool": {"below": "80 C", "set": {"gas.oxygen": 0, "gas.argon": 0}}},
    {"transfer": {"to": "probe"}},
    {"measure": {"reversals": 2}},
    {"store": {"to": "store"}},
]
RECIPE = load_recipe({"recipe": "quick", "steps": STEPS})
ASKED = {"oxygen": 7e-3, "pressure": 0.5, "power": 100, "seconds": 300}


class Laboratory:
    """The instruments and the station's log, which outlive the processes that drive them."""

    def __init__(self, folder):
        if PACKAGE not in serial.protocol_handler_packages:
            serial.protocol_handler_packages.append(PACKAGE)
        world = WorldSettings(scatter=0.0, probe_std=0.0, loaded=0, positions=dict(RIG.positions))
        self.rack, self.clock, self.folder = Rack(World(world, seed=1)), VirtualClock(), folder
        self.clock.subscribe(self.rack.advance)
        self.station = Station(MemoryLog(), RIG.positions, RIG.stock, RIG.calibrations)
        for sample in self.station.refill("cassette", "a test"):
            self.rack.world.put(str(sample.slot), "glass", sample.name)

    def grow(self, key, asked=ASKED, record=None):
        """One attempt; a killed one lets go of its ports and leaves the instruments as they are."""
        with registry.connected(RIG.station, self.rack.wires):
            rig = build_rig(RIG, self.clock, MemoryLeases(), self.folder)
            growth = Growth(key, RECIPE, asked, rig, self.station, record or MemoryRecord())
            growth.prepare()
            rig.connect()
            try:
                growth.run()
            except Killed:
                for device in rig.devices.values():
                    device.release()
                rig.safe = list
                rig.close()
                raise
            except BaseException:
                rig.close()
                raise
            rig.close()

    def agrees(self):
        """R15: whether the registry is true."""
        samples = self.station.state().samples
        believed = {sample.slot: name for name, sample in samples.items() if sample.slot is not None}
        return believed == {slot: sample for slot, sample in self.rack.world.places().items() if sample is not None}


class Killed(BaseException):
    """kill -9."""


class MortalRecord(MemoryRecord):
    """Kills the process in step number `at`, when something has been read there `looks` times."""

    def __init__(self, at, looks):
        super().__init__()
        self.at, self.looks = at, looks

    def reading(self, device, channel, reading):
        if len(self.steps) == self.at and self.facts.get("key"):
            self.looks -= 1
            if self.looks <= 0:
                raise Killed
        super().reading(device, channel, reading)


@pytest.fixture
def laboratory(tmp_path):
    return Laboratory(tmp_path)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"pressure": 0.1, "oxygen": 1e-4}, "no plasma"),
        ({"power": 200, "oxygen": 3e-2}, "arcing on a poisoned target"),
    ],
)
def test_r17_what_the_physics_refuses_is_infeasible_before_anything_is_deposited(laboratory, asked, reason):
    with pytest.raises(Infeasible, match=reason):
        laboratory.grow("c/1/1", ASKED | asked)
    world = laboratory.rack.world
    assert world.depositions("s1") == 0
    assert world.places()["store/1"] == "s1"
    assert laboratory.agrees()
    assert (world.plasma, world.power, world.setpoint) == (False, 0.0, 25.0)


@pytest.mark.slow
@pytest.mark.parametrize("looks", [1, 6])
@pytest.mark.parametrize("step", range(len(STEPS)))
def test_r14_killed_in_a_step_without_a_guardian_the_next_attempt_makes_safe_and_reconciles(laboratory, step, looks):
    with pytest.raises(Killed):
        laboratory.grow("c/1/1", record=MortalRecord(step, looks))
    laboratory.grow("c/1/2")
    world, state = laboratory.rack.world, laboratory.station.state()
    assert {name: growth.outcome for name, growth in state.growths.items()} == {"c/1/1": "died", "c/1/2": "completed"}
    assert all(world.depositions(name) <= 1 for name in state.samples)
    assert laboratory.agrees()
    assert not (state.open_moves or state.open_depositions or state.open_prompts)
    assert (world.plasma, world.power, world.shutter, world.setpoint) == (False, 0.0, False, 25.0)
