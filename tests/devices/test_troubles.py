"""Instruments that fall ill in the middle of a growth: nothing unsafe, nothing lost, and the next one is a growth."""

import random

import pytest

from devices.errors import DeviceError
from tests.devices.test_growth_simulated import Laboratory

TROUBLES = {
    "the door opens": lambda rack: rack.world.set_door(False),
    "the water stops": lambda rack: rack.world.set_water(False),
    "the pump stops": lambda rack: rack.world.set_pump(False),
    "the thermocouple freezes": lambda rack: rack.instruments["heater"].trouble("frozen", True),
    "the thermocouple breaks": lambda rack: rack.instruments["heater"].trouble("open", True),
    "the gauge freezes": lambda rack: rack.instruments["gas"].trouble("frozen", True),
    "the shutter sticks": lambda rack: rack.instruments["gas"].trouble("stuck_shutter", True),
    "the valves stick": lambda rack: rack.instruments["gas"].trouble("stuck_valve", True),
    "the arm jams": lambda rack: rack.instruments["robot"].trouble("jammed", True),
    "the supply ignores on": lambda rack: rack.instruments["gun"].trouble("ignores_on", True),
    "the supply ignores off": lambda rack: rack.instruments["gun"].trouble("ignores_off", True),
    "the relay of the meter sticks": lambda rack: rack.instruments["meter"].trouble("stuck_output", True),
    "the supply restarts": lambda rack: rack.instruments["gun"].power_up(),
    "the gas controller restarts": lambda rack: rack.instruments["gas"].power_up(),
    "the robot restarts": lambda rack: rack.instruments["robot"].power_up(),
} | {
    f"the cable of the {name} is out": lambda rack, name=name: rack.wires[name].unplug()
    for name in ("gun", "heater", "gas", "robot", "meter")
}  # fmt: skip


def mend(rack):
    """A person comes and puts everything right."""
    rack.world.set_door(True)
    rack.world.set_water(True)
    for instrument in rack.instruments.values():
        for trouble in instrument.TROUBLES:
            instrument.trouble(trouble, False)
    for wire in rack.wires.values():
        wire.plug()


def befall(laboratory, trouble, after):
    """Let it happen when so many seconds have passed, once."""
    due = [laboratory.clock.now() + after]

    def watch(_):
        if due and laboratory.clock.now() >= due[0]:
            due.clear()
            trouble(laboratory.rack)

    laboratory.clock.subscribe(watch)


@pytest.mark.slow
@pytest.mark.parametrize("name", TROUBLES)
def test_r7_r15_r17_whatever_falls_ill_and_whenever_it_ends_safe_and_the_next_growth_is_a_growth(tmp_path, name):
    """R7, R15, R17: two moments for each trouble; then a person mends it, resets the trip and goes on."""
    laboratory = Laboratory(tmp_path)
    world, moments = laboratory.rack.world, random.Random(name)
    for attempt in range(2):
        befall(laboratory, TROUBLES[name], moments.uniform(0.0, 2000.0))
        try:
            laboratory.grow(f"c/{attempt}/1")
        except DeviceError:
            if laboratory.station.state().trip is not None:
                laboratory.station.reset("Aya", "mended")
        assert world.unsafe_seconds == 0.0
        mend(laboratory.rack)
        laboratory.grow(f"c/{attempt}/2")
        assert (world.plasma, world.power, world.shutter, world.setpoint) == (False, 0.0, False, 25.0)
        assert (world.flow("argon"), world.flow("oxygen"), world.unsafe_seconds) == (0.0, 0.0, 0.0)
        assert laboratory.agrees()
    assert max(world.depositions(sample) for sample in laboratory.station.state().samples) == 1
