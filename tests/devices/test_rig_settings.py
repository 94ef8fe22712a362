"""Rig files that cannot be right are refused before a port opens, with the path of keys (R1, R3, R30)."""

import json
from copy import deepcopy

import pytest

from devices.errors import RigRefused
from devices.guardian import frozen
from devices.rig_settings import RigSettings, check_rig, complaints, load_rig
from tests.devices.pretend_rig import rig_data


def changed(path, value):
    """The data of the rig with one key changed, or taken away if the value is None."""
    data = deepcopy(rig_data())
    data["watches"] = {
        "thermocouple": {
            "kind": "stuck",
            "channel": "heater.temperature",
            "towards": "heater.setpoint",
            "within": "5 C",
            "change": "0.2 C",
        },
        "leak": {"kind": "rise", "channel": "gas.pressure", "at_most": "0.01 Pa", "while": "not gas.pump"},
    }
    here = data
    *keys, last = path.split("/")
    for key in keys:
        here = here[key]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return data


def test_the_rig_of_the_tests_is_right():
    settings = load_rig(changed("safe_order", ["gun", "gas.shutter"]))
    assert list(complaints(settings)) == []


@pytest.mark.parametrize(
    ("path", "value", "place", "complaint"),
    [
        ("devices/heater/port", "sim://sputter/gas", "devices.heater.port", "is the port of 'gas' already"),
        ("devices/heater/port", "sim://Sputter/GAS", "devices.heater.port", "is the port of 'gas' already"),
        ("interlocks/door/need", "gass.door_closed", "interlocks.door.need", "Did you mean 'gas'?"),
        ("interlocks/door/need", "gas.door_close", "interlocks.door.need", "Did you mean 'door_closed'?"),
        ("interlocks/door/while", "gun.plazma", "interlocks.door.while", "Did you mean 'plasma'?"),
        ("interlocks/door/while", "gun.power", "interlocks.door.while", "is no switch"),
        ("interlocks/door/need", "gas.pressure >= 0.2", "interlocks.door.need", "needs a unit"),
        ("interlocks/door/need", "gas.pressure >= 0.2 W", "interlocks.door.need", "cannot be compared"),
        ("interlocks/door/need", "gas.pressure >= 0.2 Pascal", "interlocks.door.need", "unit 'Pascal' is not known"),
        ("interlocks/door/need", "gas.pressure == true", "interlocks.door.need", "is a number"),
        ("interlocks/door/need", "gas.door_closed and", "interlocks.door.need", "expected a channel"),
        ("interlocks/door/while", None, "interlocks.door.need", "exactly one of before, while and always"),
        ("interlocks/door/always", True, "interlocks.door.need", "exactly one of before, while and always"),
        ("interlocks/door/infeasible", "no door", "interlocks.door.infeasible", "use before"),
        ("interlocks/door/nead", "gas.water", "interlocks.door.nead", "not permitted"),
        (
            "interlocks/plasma_pressure/before",
            {"gun.plasm": True},
            "interlocks.plasma_pressure.before.gun.plasm",
            "Did you mean 'plasma'?",
        ),
        (
            "interlocks/plasma_pressure/before",
            {"gas.pressure": "> 1 Pa"},
            "interlocks.plasma_pressure.before.gas.pressure",
            "is only read",
        ),
        ("watches/thermocouple/channel", "heater.temprature", "watches.thermocouple.channel", "Did you mean"),
        ("watches/thermocouple/towards", "heatr.setpoint", "watches.thermocouple.towards", "Did you mean 'heater'?"),
        ("watches/thermocouple/within", "5 Pa", "watches.thermocouple.within", "cannot be compared"),
        ("watches/leak/over", "60", "watches.leak.over", "needs a unit"),
        ("watches/leak/while", None, "watches.leak.while", "missing"),
        ("watches/leak/kind", "rising", "watches.leak", "'stuck', 'rise'"),
        ("safe_order", ["gun", "gas.shuter"], "safe_order.1", "Did you mean 'shutter'?"),
        ("devices/gun/driver", {"kind": "os.system"}, "devices.gun.driver", "'pymeasure', 'modbus', 'lines'"),
        ("devices/heater/channels/setpoint/unit", None, "devices.heater.channels.setpoint", "unit"),
        ("devices/gun/channels/plasma/safe", None, "devices.gun.channels.plasma", ""),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_path_of_keys(path, value, place, complaint):
    with pytest.raises(RigRefused) as refused:
        load_rig(changed(path, value))
    assert refused.value.place.startswith(place)
    assert complaint in refused.value.message


def test_every_complaint_is_found_at_once():
    data = changed("interlocks/door/need", "gas.dor")
    data["safe_order"] = ["gum"]
    assert [one.place for one in complaints(RigSettings.model_validate(data))] == [
        "interlocks.door.need",
        "safe_order.0",
    ]


def test_a_link_to_a_port_is_the_same_port(tmp_path):
    (tmp_path / "ttyS9").touch()
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyS9")
    data = changed("devices/heater/port", str(tmp_path / "by-id"))
    data["devices"]["gas"]["port"] = str(tmp_path / "ttyS9")
    with pytest.raises(RigRefused, match="is the port of 'gas' already"):
        load_rig(data)


def test_the_frozen_copy_of_the_settings_is_the_settings():
    # What the guardian gets crosses a pipe as JSON; conditions and all must come out as they went in.
    settings = load_rig(
        changed("interlocks/heat", {"need": "gas.pressure < 5e-4 Pa", "before": {"heater.setpoint": "> 30 C"}})
    )
    again = load_rig(json.loads(json.dumps(frozen(settings))))
    check_rig(again)
    assert again == settings


def test_a_virtual_clock_is_looked_at_every_five_seconds_unless_the_file_says_otherwise():
    assert load_rig({**rig_data(), "clock": {"kind": "virtual"}}).clock.interval == 5.0
    assert load_rig({**rig_data(), "clock": {"kind": "real"}}).clock.interval == 1.0
    assert load_rig({**rig_data(), "clock": {"kind": "real", "poll": 0.2}}).clock.interval == 0.2
