"""Roles over the instruments of the simulated laboratory: the same calls whatever the model."""

from pathlib import Path

import pytest
import serial
from ruamel.yaml import YAML

from devices.device import build_device
from devices.errors import BadReply, NotSettled, UnknownChannel
from devices.roles.views import (
    DiffractometerView,
    GasLineView,
    GaugeView,
    HeaterView,
    PlasmaSourceView,
    RigHand,
    SheetResistanceView,
    TransferView,
)
from devices.settings import DeviceSettings
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.ports import PACKAGE, registry
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World

RIG = Path(__file__).parents[3] / "campaigns" / "rigs" / "sputter_simulated.yaml"


@pytest.fixture
def rack():
    return Rack(World(WorldSettings(), 1))


class WorldClock:
    def __init__(self, rack):
        self.rack = rack

    def now(self):
        return self.rack.world.now

    def sleep(self, seconds):
        self.rack.advance(seconds)


@pytest.fixture
def devices(rack):
    serial.protocol_handler_packages.append(PACKAGE)
    registry.connect("sputter", rack.wires)
    raw = YAML(typ="safe").load(RIG)["devices"]
    clock = WorldClock(rack)
    devices = {name: build_device(name, DeviceSettings.model_validate(each), clock) for name, each in raw.items()}
    for device in devices.values():
        device.connect()
    yield devices
    for device in devices.values():
        device.release()
    registry.disconnect("sputter")
    serial.protocol_handler_packages.remove(PACKAGE)


@pytest.fixture
def pumped(rack, devices):
    devices["gas"].apply(pump=True)
    GasLineView(devices["gas"]).flow(argon=40.0)
    rack.advance(3600.0)
    return devices


def test_a_plasma_is_struck_with_its_timer_armed_and_put_out(rack, pumped):
    source = PlasmaSourceView(pumped["gun"])
    source.strike(100.0, 1534.2)
    assert source.burns() and rack.world.plasma
    assert rack.world.timer_left == pytest.approx(1535.0)
    assert source.power().value == pytest.approx(100.0)
    assert (source.power().unit, source.fault()) == ("W", 0)
    source.extinguish()
    assert not source.burns()


def test_a_plasma_that_does_not_strike_says_why(devices):
    source = PlasmaSourceView(devices["gun"])
    with pytest.raises(NotSettled, match="fault code is 2"):
        source.strike(100.0, 60.0)
    assert source.fault() == 2


def test_r9_the_plasma_ends_by_itself_when_everybody_is_dead(rack, pumped):
    PlasmaSourceView(pumped["gun"]).strike(100.0, 300.0)
    rack.advance(299.0)
    assert rack.world.plasma
    rack.advance(2.0)
    assert not rack.world.plasma


def test_a_supply_without_extras_says_what_it_knows():
    class Hand:
        settings = DeviceSettings.model_validate(
            {
                "driver": {"kind": "lines"},
                "port": "x",
                "role": "plasma_source",
                "channels": {
                    "power": {"set": "P {:.0f}", "query": "P?", "unit": "W", "low": 0, "high": 9, "safe": 0},
                    "plasma": {"set": "ON {}", "query": "ON?", "safe": False},
                },
            }
        )
        applied = ()

        def apply(self, **settings):
            self.applied += tuple(settings.items())
            return {}

    hand = Hand()
    PlasmaSourceView(hand).strike(5.0, 60.0)
    assert hand.applied == (("power", 5.0), ("plasma", True))
    assert PlasmaSourceView(hand).fault() is None


def test_a_heater_follows_its_setpoint(rack, devices):
    heater = HeaterView(devices["heater"])
    heater.heat_to(400.0)
    rack.advance(3600.0)
    assert heater.temperature().value == pytest.approx(400.0, abs=1.0)
    assert heater.temperature().unit == "C"


def test_gases_are_set_by_name(rack, devices):
    line = GasLineView(devices["gas"])
    assert line.gases() == ("argon", "oxygen")
    line.flow(argon=20.0, oxygen=0.5)
    assert (rack.world.flow("argon"), rack.world.flow("oxygen")) == (20.0, 0.5)
    with pytest.raises(UnknownChannel, match="there are: argon, oxygen"):
        line.flow(pump=1.0)


def test_a_gauge_reads_the_pressure_of_the_chamber(rack, pumped):
    reading = GaugeView(pumped["gas"]).pressure()
    assert reading.value == pytest.approx(rack.world.pressure, rel=1e-4)
    assert reading.unit == "Pa"


def test_r15_a_robot_tells_which_slots_are_occupied_before_and_after_a_move(rack, devices):
    robot = TransferView(devices["robot"])
    slots = ("cassette/1", "chamber/1")
    assert robot.occupied(slots) == ("cassette/1",)
    robot.begin_move(*slots)
    assert robot.state() == "MOVING"
    rack.advance(100.0)
    assert (robot.state(), robot.occupied(slots)) == ("IDLE", ("chamber/1",))


def test_current_flows_forth_and_back_and_not_afterwards(rack, devices):
    devices["meter"].apply(mode="current", four_wire=4, compliance=20.0)
    raw = SheetResistanceView(devices["meter"]).measure(1e-4, 3)
    assert raw.currents == (1e-4, -1e-4) * 3
    assert len(raw.voltages) == 6
    assert devices["meter"].read("output")["output"].value is False


def test_the_output_is_off_after_a_measurement_that_failed(rack, devices, monkeypatch):
    meter = devices["meter"]
    devices["meter"].apply(mode="current", four_wire=4, compliance=20.0)
    view = SheetResistanceView(meter)

    def broken(current):
        raise BadReply("meter: noise")

    monkeypatch.setattr(view, "_voltage", broken)
    with pytest.raises(BadReply):
        view.measure(1e-4, 3)
    assert meter.read("output")["output"].value is False


def test_a_pattern_has_an_angle_for_every_count(rack, devices):
    robot = TransferView(devices["robot"])
    for target in ("chamber/1", "probe/1"):
        robot.begin_move("cassette/1" if target == "chamber/1" else "chamber/1", target)
        rack.advance(100.0)
    view = DiffractometerView(devices["diffractometer"])
    view.begin_scan(20.0, 30.0, 0.02)
    assert view.state() == "SCANNING"
    rack.advance(7200.0)
    pattern = view.pattern()
    assert len(pattern.counts) == len(pattern.two_theta) == 501
    assert pattern.two_theta[-1] == pytest.approx(30.0)
    assert all(count == int(count) >= 0 for count in pattern.counts)
    with pytest.raises(BadReply, match="501 counts for 0 angles"):
        DiffractometerView(devices["diffractometer"]).pattern()


def test_behind_a_rig_every_call_goes_through_the_rig(devices):
    class Rig:
        def __init__(self):
            self.devices, self.calls = devices, []

        def __getattr__(self, name):
            def call(device, *arguments, **settings):
                self.calls.append((name, device, *arguments, *settings))
                if name == "arm_timer":
                    return None
                return getattr(devices[device], name)(*arguments, **settings)

            return call

    rig = Rig()
    with pytest.raises(NotSettled):
        PlasmaSourceView(RigHand(rig, "gun")).strike(100.0, 60.0)
    GaugeView(RigHand(rig, "gas")).pressure()
    TransferView(RigHand(rig, "robot")).occupied(["chamber/1"])
    assert rig.calls == [
        ("arm_timer", "gun", 60.0),
        ("apply", "gun", "power"),
        ("apply", "gun", "plasma"),
        ("read", "gas", "pressure"),
        ("command", "robot", "occupied", "slot"),
    ]
