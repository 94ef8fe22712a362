"""The rig files that are shipped: judged as a whole, and the same but for ports and clock."""

from itertools import zip_longest
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from devices.rig_settings import load_rig

RIGS = Path(__file__).parents[2] / "campaigns" / "rigs"
SIMULATED, REAL = RIGS / "sputter_simulated.yaml", RIGS / "sputter.yaml"


@pytest.mark.parametrize("file", sorted(RIGS.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_rig_file_is_complete_and_consistent(file):
    assert load_rig(YAML(typ="safe").load(file)).devices


def test_r23_the_simulated_and_the_real_rig_differ_only_in_ports_and_clock():
    """R23: what was tried is what runs."""
    lines = zip_longest(SIMULATED.read_text().splitlines(), REAL.read_text().splitlines(), fillvalue="")
    different = [pair for pair in lines if pair[0] != pair[1]]
    assert {line.split(":")[0].strip() for pair in different for line in pair} == {"port", "clock"}
    assert len(different) == 1 + len(load_rig(YAML(typ="safe").load(REAL)).devices)


def test_every_simulated_port_is_one_of_the_station_and_no_real_one_is():
    simulated, real = (load_rig(YAML(typ="safe").load(file)) for file in (SIMULATED, REAL))
    assert {name: device.port for name, device in simulated.devices.items()} == {
        name: f"sim://{simulated.station}/{name}" for name in simulated.devices
    }
    assert not any(device.port.startswith("sim://") for device in real.devices.values())


def test_r26_what_safety_depends_on_is_read_twice_where_the_protocol_has_no_checksum():
    """R26: a flipped bit in one answer is not believed."""
    devices = load_rig(YAML(typ="safe").load(SIMULATED)).devices
    for name, device in devices.items():
        if device.driver.kind == "modbus":
            continue
        watched = {"pressure", "door", "water", "shutter", "plasma", "power", "argon", "oxygen"} & set(device.channels)
        assert all(device.channels[channel].double_read for channel in watched), name
