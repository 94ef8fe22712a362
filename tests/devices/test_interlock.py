"""Interlocks: what they forbid before a setting, and when they are open."""

import pytest

from devices.condition import ChannelName
from devices.interlock import InterlockSettings, explained
from devices.reading import Reading

PRESSURE = InterlockSettings.model_validate(
    {"need": "gas.pressure >= 0.2 Pa", "before": {"gun.plasma": True}, "infeasible": "no plasma"}
)
WATER = InterlockSettings.model_validate({"need": "gas.water", "while": "gun.plasma"})
DOOR = InterlockSettings.model_validate({"need": "gas.door_closed", "always": True})
BASE = InterlockSettings.model_validate({"need": "gas.pressure < 5e-4 Pa", "before": {"heater.setpoint": "> 300 K"}})
UNITS = {"plasma": "bool", "setpoint": "C", "power": "W", "argon": "sccm", "water": "bool"}


def state(*, pressure=0.5, water=True, door_closed=True, plasma=False):
    readings = {
        "gas.pressure": Reading(pressure, "Pa", 0.0),
        "gas.water": Reading(water, "bool", 0.0),
        "gas.door_closed": Reading(door_closed, "bool", 0.0),
        "gun.plasma": Reading(plasma, "bool", 0.0),
    }
    return lambda channel: readings[str(channel)]


def test_r2_a_cross_limit_forbids_a_setting_in_a_state_that_single_limits_cannot_see():
    assert PRESSURE.forbids("gun", {"plasma": True}, UNITS, state(pressure=0.1))
    assert not PRESSURE.forbids("gun", {"plasma": True}, UNITS, state(pressure=0.2))


def test_r2_switching_off_is_never_forbidden():
    assert not PRESSURE.forbids("gun", {"plasma": False}, UNITS, state(pressure=0.1))
    assert not WATER.forbids("gun", {"plasma": False}, UNITS, state(water=False, plasma=True))


def test_a_cross_limit_is_not_polled_and_says_nothing_about_other_settings():
    assert not PRESSURE.is_polled()
    assert not PRESSURE.forbids("gun", {"power": 100.0}, UNITS, state(pressure=0.1))
    assert not PRESSURE.forbids("heater", {"plasma": True}, UNITS, state(pressure=0.1))


def test_a_relation_may_say_which_settings_are_meant():
    assert BASE.forbids("heater", {"setpoint": 400.0}, UNITS, state(pressure=0.5))
    assert not BASE.forbids("heater", {"setpoint": 25.0}, UNITS, state(pressure=0.5))  # 298 K: not above 300 K
    assert not BASE.forbids("heater", {"setpoint": 400.0}, UNITS, state(pressure=1e-4))


def test_one_with_while_is_closed_when_nothing_is_at_stake():
    assert WATER.is_polled()
    assert WATER.is_closed(state(water=False, plasma=False))
    assert WATER.is_closed(state(water=True, plasma=True))
    assert not WATER.is_closed(state(water=False, plasma=True))


def test_one_with_while_forbids_the_setting_that_would_open_it_at_once():
    assert WATER.forbids("gun", {"plasma": True}, UNITS, state(water=False))
    assert WATER.forbids("gas", {"water": False}, UNITS, state(plasma=True))
    assert not WATER.forbids("gas", {"argon": 0.0}, UNITS, state(water=False, plasma=True))


def test_one_that_holds_always_needs_no_occasion():
    assert not DOOR.is_closed(state(door_closed=False))
    assert DOOR.is_closed(state())


def test_a_message_tells_what_was_read():
    assert explained(PRESSURE.need, state(pressure=0.1)) == "gas.pressure >= 0.2 Pa (gas.pressure is 0.1 Pa)"
    assert explained(WATER.need, state(water=False)) == "gas.water (gas.water is false)"


def test_all_channels_of_an_interlock_are_known():
    assert set(WATER.channels()) == {ChannelName("gas", "water"), ChannelName("gun", "plasma")}


@pytest.mark.parametrize("interlock", [PRESSURE, WATER, DOOR, BASE])
def test_an_interlock_written_out_is_the_same_when_it_is_read_again(interlock):
    written = interlock.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert InterlockSettings.model_validate(written) == interlock
