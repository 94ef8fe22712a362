"""The same promises over the instruments of the simulated laboratory: bytes of a second hand, not of this one."""

import itertools
import random
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import pytest
import serial
from ruamel.yaml import YAML

from devices.device import build_device
from devices.drivers.conformance import DriverConformance, Standing
from devices.errors import Disconnected, LinkError, NotSettled
from devices.settings import DeviceSettings
from simulators.thin_film.faults import Fault, FaultSettings
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.ports import PACKAGE, registry
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World


@pytest.fixture(autouse=True, scope="module")
def simulated_ports():
    serial.protocol_handler_packages.append(PACKAGE)
    yield
    serial.protocol_handler_packages.remove(PACKAGE)


NUMBERS = itertools.count()


class Spoilt:
    """An instrument whose answers pass through somebody's hands, and that may be deaf to settings."""

    def __init__(self, instrument, bench):
        self.instrument, self.bench = instrument, bench
        self.deaf = None
        self.renamed = (b"", b"")

    def feed(self, data):
        self.pending = None
        if self.deaf is not None and (answer := self.deaf(data)) is not None:
            self.pending = answer
        else:
            self.instrument.feed(data)

    def take(self):
        answer = self.instrument.take() if getattr(self, "pending", None) is None else self.pending
        self.pending = None
        if answer and self.renamed[0] and self.renamed[0] in answer:
            answer = answer.replace(*self.renamed)
        return self.bench.spoil(answer) if answer else answer

    def busy(self, request):
        return self.instrument.busy(request)


class SimulatedBench:
    def __init__(self, name):
        self.rack = Rack(World(WorldSettings(), 1))
        self.wire = self.rack.wires[name]
        self.wire.written = self.heard = []
        self.spoil = lambda answer: answer
        self.spoilt = Spoilt(self.wire.instrument, self)
        self.wire.instrument = self.spoilt
        station = f"bench{next(NUMBERS)}"
        registry.connect(station, self.rack.wires)
        self.url = f"sim://{station}/{name}"

    @property
    def plugged(self):
        return self.wire.plugged

    @plugged.setter
    def plugged(self, value):
        (self.wire.plug if value else self.wire.unplug)()

    def delay(self):
        self.wire.chance.settings = self.wire.chance.settings.model_copy(update={"late": 0.03})
        self.wire.chance.plan(Fault.LATE)


class OverSimulated(DriverConformance):
    """What the three below have in common."""

    port: ClassVar[str]
    line: ClassVar = DriverConformance.line | {"quiet": 0.1}

    def instrument(self):
        return SimulatedBench(self.port)

    def ignore_settings(self, bench):
        bench.spoilt.deaf = self.acknowledged_only

    def swap(self, bench):
        bench.spoilt.renamed = self.another

    @staticmethod
    def acknowledged_only(data):
        """What a deaf instrument answers to a setting; None for a question, which it does hear."""
        raise NotImplementedError

    another: ClassVar[tuple[bytes, bytes]]
    """A part of its name, and what stands there in the name of another instrument."""


class TestSimulatedSupply(OverSimulated):
    port = "gun"
    driver: ClassVar = {"kind": "pymeasure", "vendor": "aja", "model": "DCXS"}
    channels: ClassVar = {
        "setting": {"attr": "setpoint", "unit": "W", "low": 0, "high": 200, "safe": 0, "tol": 1},
        "measured": {"attr": "deposition_time_sec", "unit": "s"},
        "switch": {"attr": "enabled", "safe": False},
    }
    measured, inside, outside, identity = 47.0, (100.0, 173.0), 300.0, "DCXS"
    acknowledges = False
    another = (b"DCXS750-4", b"DCXS750-5")

    def instrument(self):
        bench = super().instrument()
        world = bench.rack.world
        world.set_flow("argon", 40.0)
        bench.rack.instruments["gas"].feed(b"PUMP 1\r\n")
        bench.rack.advance(3600.0)
        bench.rack.instruments["gun"].feed(b"H47")
        return bench

    @staticmethod
    def acknowledged_only(data):
        return b"" if data[:1] in b"ABC" else None


class TestSimulatedGasController(OverSimulated):
    port = "gas"
    driver: ClassVar = {"kind": "lines", "identity": "*IDN?", "busy": "ERR 9 busy"}
    channels: ClassVar = {
        "setting": {"set": "AR {:.4f}", "query": "AR?", "unit": "sccm", "low": 0, "high": 100, "safe": 0, "tol": 0.01,
                    "instrument": [0, 200]},
        "measured": {"query": "P?", "unit": "Pa"},
        "switch": {"set": "SHUTTER {}", "query": "SHUTTER?", "safe": False},
    }  # fmt: skip
    measured, inside, outside, identity = 101325.0, (20.0, 41.25), 150.0, "GAS-2"
    another = (b"GAS-2", b"GAS-3")

    def instrument(self):
        bench = super().instrument()
        type(self).measured = float(f"{bench.rack.world.pressure:.4E}")
        return bench

    @staticmethod
    def acknowledged_only(data):
        return None if b"?" in data else b"OK\r\n"


# ---- the rig file over a disturbed rack: every device of it, every mishap by chance


@pytest.fixture
def rack():
    return Rack(World(WorldSettings(), 1))


@pytest.fixture
def devices(rack):
    """The devices of the simulated rig, connected."""
    raw = YAML(typ="safe").load(RIG)["devices"]
    registry.connect("sputter", rack.wires)
    devices = {name: build_device(name, DeviceSettings.model_validate(each), Standing()) for name, each in raw.items()}
    for name, device in devices.items():
        rack.wires[name].written = []
        device.connect()
    yield devices
    for device in devices.values():
        device.release()
    registry.disconnect("sputter")


def disturb(rack, name, rate):
    """From now on this share of the exchanges on that wire goes wrong."""
    rack.wires[name].written.clear()
    rack.wires[name].chance.settings = FaultSettings(rate=rate)


RIG = Path(__file__).parents[3] / "campaigns" / "rigs" / "sputter_simulated.yaml"


NAMES = ("gun", "heater", "gas", "sources", "robot", "meter", "diffractometer")


@pytest.mark.parametrize("name", NAMES)
def test_r28_on_a_line_where_every_fifth_exchange_goes_wrong_no_reading_is_wrong(rack, devices, name):
    device = devices[name]
    device.read()  # asking a 2400 for its voltage switches its output on, which is true from then on
    truth = {channel: reading.value for channel, reading in device.read().items()}
    disturb(rack, name, 0.2)
    wrong, failed, rounds = [], 0, max(40, 200 // len(truth))
    for _ in range(rounds):
        for channel, right in truth.items():
            try:
                value = device.read(channel)[channel].value
            except LinkError:
                failed += 1
                continue
            if not device.settings.resolved[channel].confirms(right, value):
                wrong.append((channel, value, right))
    careful = {channel for channel, each in device.settings.channels.items() if each.double_read}
    assert [each for each in wrong if each[0] in careful or each[0] in CHECKED.get(name, ())] == []
    assert failed < rounds * len(truth) / 4
    assert sum(rack.wires[name].chance.counts.values()) > 10


CHECKED = {"heater": ("setpoint", "temperature", "output"), "diffractometer": ("state",)}
"""Channels without a double read that cannot be wrong: they carry a checksum, or their answers are words."""


def test_r13_on_such_a_line_a_setting_is_sent_once_and_what_is_said_to_be_set_is_set(rack, devices):
    device = devices["gas"]
    disturb(rack, "gas", 0.2)
    heard = rack.wires["gas"].written
    chance, done, failed = random.Random(2), 0, 0
    for _ in range(150):
        value = round(chance.uniform(0, 200), 4)
        heard.clear()
        try:
            device.apply(argon=value)
        except (LinkError, NotSettled):
            failed += 1
        else:
            assert rack.world.flow("argon") == pytest.approx(value)
            done += 1
        assert sum(line.startswith(b"AR ") for line in heard) <= 1
    assert done > 75
    assert failed > 5


def test_r13_on_such_a_line_no_move_is_begun_twice(rack, devices):
    device = devices["robot"]
    disturb(rack, "robot", 0.5)
    heard = rack.wires["robot"].written
    told = 0
    for number in range(40):
        source, target = ("cassette/1", "chamber/1") if number % 2 == 0 else ("chamber/1", "cassette/1")
        told += 1
        with suppress(LinkError):
            device.command("move", source=source, target=target)
        rack.advance(100.0)
    assert sum(line.startswith(b"MOVE") for line in heard) <= told


def test_r7_on_such_a_line_the_rig_is_made_safe_or_says_what_is_not(rack, devices):
    devices["gas"].apply(pump=True, argon=40)
    rack.advance(3000.0)
    for _ in range(25):
        rack.wires["gun"].plug()
        disturb(rack, "gun", 0.0)
        with suppress(Disconnected):  # the cable that fell out and is in again
            devices["gun"].apply(power=100)
        devices["gun"].apply(power=100, plasma=True)
        assert rack.world.plasma
        disturb(rack, "gun", 0.3)
        unsafe = devices["gun"].safe()
        assert not rack.world.plasma or any(line.startswith("gun.plasma") for line in unsafe)
