"""A device in a rig file: what cannot work is refused before a port opens, at its place, with a suggestion."""

import re
from copy import deepcopy
from pathlib import Path

import pytest
from pydantic import ValidationError

from devices.channel_settings import ChannelSettings
from devices.drivers.driver import CommandSettings
from devices.drivers.lines import LinesSettings
from devices.drivers.modbus import ModbusSettings
from devices.drivers.pymeasure import PyMeasureSettings
from devices.drivers.pymeasure_models import MODELS
from devices.roles.role import ROLES
from devices.settings import DeviceSettings, refusals

GUN = {
    "driver": {"kind": "pymeasure", "vendor": "aja", "model": "DCXS"},
    "port": "sim://sputter/gun",
    "role": "plasma_source",
    "channels": {
        "power": {"attr": "setpoint", "unit": "W", "low": 0, "high": 200, "safe": 0},
        "plasma": {"attr": "enabled", "safe": False},
        "timer": {"attr": "deposition_time", "unit": "s", "low": 0, "high": 7200},
        "fault": {"attr": "fault_code"},
    },
}
GAS = {
    "driver": {"kind": "lines", "identity": "*IDN?"},
    "port": "/dev/serial/by-id/usb-gas",
    "role": ["gas_line", "gauge"],
    "channels": {
        "argon": {"set": "AR {:.2f}", "query": "AR?", "unit": "sccm", "low": 0, "high": 100, "safe": 0},
        "pressure": {"query": "P?", "unit": "Pa"},
    },
}
HEATER = {
    "driver": {"kind": "modbus"},
    "port": "/dev/ttyUSB0",
    "role": "heater",
    "channels": {
        "setpoint": {"register": 2, "decimals": 1, "unit": "C", "low": 20, "high": 700, "safe": 25},
        "temperature": {"register": 1, "decimals": 1, "signed": True, "unit": "C"},
    },
}
ROBOT = {
    "driver": {"kind": "lines"},
    "port": "socket://10.0.0.5:4001",
    "role": "transfer",
    "channels": {"state": {"query": "STATE?", "holds": "text"}},
    "commands": {
        "move": {"send": "MOVE {source} {target}", "arguments": {"source": {}, "target": {}}},
        "occupied": {"send": "OCCUPIED? {slot}", "arguments": {"slot": {}}, "gives": "boolean", "repeatable": True},
    },
}
ALL = {"gun": GUN, "gas": GAS, "heater": HEATER, "robot": ROBOT}


def changed(raw, path, value):
    """A copy of the file with one value changed, or (None) one key left out."""
    raw = deepcopy(raw)
    *keys, last = path.split(".")
    place = raw
    for key in keys:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return raw


def refusal(raw):
    with pytest.raises(ValidationError) as caught:
        DeviceSettings.model_validate(raw)
    (only,) = refusals(caught.value)
    return only


@pytest.mark.parametrize("name", ALL)
def test_a_device_survives_the_way_through_json_as_the_guardian_reads_it(name):
    settings = DeviceSettings.model_validate(ALL[name])
    for by_alias in (False, True):
        again = DeviceSettings.model_validate_json(settings.model_dump_json(by_alias=by_alias))
        assert again == settings
        assert again.resolved == settings.resolved
    plasma = settings.channels.get("plasma")
    assert plasma is None or plasma.safe is False


@pytest.mark.parametrize(
    ("raw", "path", "value", "place", "words"),
    [
        (GUN, "driver.kind", "os.system", "driver", "pymeasure"),
        (GUN, "driver.model", "DCSX", "driver.model", "Did you mean 'DCXS'"),
        (GUN, "driver.moddel", "DCXS", "driver.moddel", "Did you mean 'model'"),
        (GUN, "prot", "x", "prot", "Did you mean 'port'"),
        (GUN, "channels.power.hihg", 3, "channels.power.hihg", "Did you mean 'high'"),
        (GUN, "channels.power.unit", None, "channels.power.unit", "is missing"),
        (GUN, "channels.power.unit", "w", "channels.power.unit", "Did you mean 'W'"),
        (GUN, "channels.power.unit", "Pa", "channels.power.unit", "measures pressure"),
        (GUN, "channels.power.high", 1500, "channels.power.high", "0 .. 1000 W"),
        (GUN, "channels.power.attr", "setpiont", "channels.power.attr", "Did you mean 'setpoint'"),
        (GUN, "role", "plasma_sorce", "role", "Did you mean 'plasma_source'"),
        (GUN, "role", ["heater"], "channels.setpoint", "the role heater needs it"),
        (GUN, "channels.plasma", None, "channels.plasma", "the role plasma_source needs it (a boolean)"),
        (GUN, "channels.power.safe", None, "channels.power.safe", "what is safe"),
        (GUN, "channels.power", {"attr": "power", "unit": "W"}, "channels.power", "the role plasma_source sets it"),
        (GUN, "channels.plasma", {"attr": "setpoint", "unit": "W"}, "channels.plasma", "needs a boolean"),
        (GUN, "channels.timer", None, "channels.timer", "can switch itself off"),
        (GUN, "channels.timer.attr", "ramp_time", "channels.timer.high", "0 .. 99 s"),
        (GAS, "channels.pressure.unit", "sccm", "channels.pressure", "a unit of pressure"),
        (GAS, "channels.argon", None, "channels", "at least one setting in a unit of flow"),
        (GAS, "channels.argon.low", None, "channels.argon.low", "is missing"),
        (GAS, "driver.errors", "(", "driver.errors", "not a regular expression"),
        (GAS, "channels.on", {"query": "X?", "holds": "boolean"}, "channels.on", "YAML"),
        (HEATER, "channels.temperature.unit", "W", "channels.temperature", "a unit of temperature"),
        (HEATER, "channels.setpoint.register", None, "channels.setpoint.register", "is missing"),
        (HEATER, "identity", "12822", "identity", "does not know how to ask"),
        (ROBOT, "commands.move", None, "commands.move", "the arguments source, target"),
        (ROBOT, "commands.occupied.send", "OCC?", "commands.occupied.arguments", "describes slot"),
        (ROBOT, "commands.move.sned", "x", "commands.move.sned", "Did you mean 'send'"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_at_its_place(raw, path, value, place, words):
    found = refusal(changed(raw, path, value))
    assert found.place == place
    assert words in found.message


def test_r30_no_key_of_a_device_is_an_import_path():
    for path in ("driver.module", "driver.class", "driver.import"):
        assert "is not known" in refusal(changed(GUN, path, "os.system")).message


def test_a_line_is_set_as_the_instrument_wants_it_unless_the_rig_file_says_otherwise():
    assert DeviceSettings.model_validate(GUN).line.baudrate == 38400
    said = DeviceSettings.model_validate(GUN | {"link": {"baudrate": 9600, "timeout": 0.2}})
    assert (said.line.baudrate, said.line.timeout, said.line.parity) == (9600, 0.2, "N")
    assert "baudrate" not in said.link.model_dump(exclude_unset=True) or said.link.baudrate == 9600


def test_r9_only_a_plasma_source_with_a_timer_has_one():
    assert DeviceSettings.model_validate(GUN).timer == "timer"
    assert DeviceSettings.model_validate(HEATER).timer is None


def test_one_device_may_fill_several_roles():
    assert DeviceSettings.model_validate(GAS).role == ("gas_line", "gauge")
    assert DeviceSettings.model_validate(changed(GAS, "role", "gauge")).role == ("gauge",)


def test_settings_cannot_be_changed_afterwards():
    settings = DeviceSettings.model_validate(GUN)
    with pytest.raises(ValidationError):
        settings.port = "sim://other"


def test_every_key_and_every_instrument_is_in_the_guide():
    guide = (Path(__file__).parents[2] / "docs" / "devices.md").read_text()
    words = set(re.findall(r"[A-Za-z0-9_]+", guide))
    for model in (DeviceSettings, ChannelSettings, CommandSettings, LinesSettings, ModbusSettings, PyMeasureSettings):
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert keys <= words, f"{model.__name__}: {sorted(keys - words)}"
    assert {model for models in MODELS.values() for model in models} <= words
    assert set(ROLES) <= words
