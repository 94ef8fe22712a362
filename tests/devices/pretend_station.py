"""A whole station of tables of values over one small world, and a process that can be killed at any of its acts."""

import math
from functools import cache

from devices.errors import NoReply, NotSettled, Refused
from devices.growth import Growth
from devices.leases import HeldLease, MemoryLeases
from devices.reading import Reading
from devices.recipe import load_recipe
from devices.record import MemoryRecord
from devices.rig import Rig
from devices.rig_settings import load_rig
from devices.station.log import MemoryLog
from devices.station.settings import slots_of
from devices.station.station import Station
from tests.devices.pretend_rig import PretendDevice, reading, rig_data, setting

SLOT = {"pattern": "[a-z_]+/[0-9]+"}
STEPS = [
    {"load": {"from": "cassette", "to": "chamber"}},
    {"pump_down": {"below": "5e-4 Pa", "set": {"gas.pump": True}}},
    {"heat": {"to": "${temperature} C"}},
    {"gas": {"set": {"argon": "${argon} sccm", "oxygen": "2 sccm"}}},
    {"strike": {"power": "${power} W", "faults": {4: "arcing"}, "wears": "target"}},
    {"presputter": {"for": "20 s"}},
    {"deposit": {"for": "60 s"}},
    {"cool": {"below": "80 C", "set": {"gas.argon": 0, "gas.oxygen": 0}}},
    {"transfer": {"to": "probe"}},
    {"measure": {"reversals": 2}},
    {"scan": {"start": "20 deg", "stop": "21 deg", "step": "0.5 deg"}},
    {"store": {"to": "store"}},
]
ASKED = {"temperature": 400, "argon": 38, "power": 100}


def station_data(**changes):
    data = rig_data()
    driver = {"kind": "lines"}
    data["devices"]["gun"]["channels"]["fault"] = reading("FAULT", "counts")
    data["devices"] |= {
        "robot": {
            "driver": driver,
            "port": "sim://sputter/robot",
            "role": "transfer",
            "channels": {"state": reading("STATE", holds="text"), "holding": reading("HOLDING", holds="boolean")},
            "commands": {
                "move": {"send": "MOVE {source} {target}", "arguments": {"source": SLOT, "target": SLOT}},
                "occupied": {
                    "send": "OCCUPIED? {slot}",
                    "arguments": {"slot": SLOT},
                    "gives": "boolean",
                    "repeatable": True,
                },
            },
        },
        "meter": {
            "driver": driver,
            "port": "sim://sputter/meter",
            "role": "sheet_resistance",
            "channels": {
                "current": setting("CURR", "A", low=-1e-3, high=1e-3, safe=0),
                "voltage": reading("VOLT", "V"),
                "output": setting("OUTP", safe=False),
                "compliance": setting("COMP", "V", low=0.1, high=20),
            },
        },
        "diffractometer": {
            "driver": driver,
            "port": "sim://sputter/diffractometer",
            "role": "diffractometer",
            "channels": {"state": reading("STATE", holds="text")},
            "commands": {
                "scan": {"send": "SCAN {start} {stop} {step}", "arguments": {"start": {}, "stop": {}, "step": {}}},
                "counts": {"send": "COUNTS?", "gives": "numbers", "repeatable": True},
            },
        },
    }
    data["clock"] = {"kind": "virtual", "poll": 10.0}
    data["positions"] = {"cassette": 3, "chamber": 1, "probe": 1, "store": 6}
    data["stock"] = {
        "substrates": {"unit": "pieces", "at_least": 1, "fresh_at": "cassette"},
        "target": {"unit": "kWh", "at_most": 5},
    }
    data["calibrations"] = {"probe_factor": {"value": 1.0, "std": 0.01}}
    return data | changes


@cache
def usual_rig():
    return load_rig(station_data())


class World:
    """What is true, whatever anybody believes: it goes on when a process dies."""

    def __init__(self, positions):
        self.time = 0.0
        self.places = dict.fromkeys(slots_of(positions))
        self.in_gripper = None
        self.moving = None
        self.moves = []
        self.coated = {}
        self.temperature = 25.0
        self.values = {"gun": {}, "gas": {"door_closed": True, "water": True}, "heater": {}, "meter": {}}
        self.robot_fault = None
        self.robot_loses = set()
        """Moves (counted from 1) of which the robot keeps the sample in its gripper."""
        self.resistance = 60.0
        self.fault = 0.0
        self.pump_works = True
        self.watch = []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds
        for act in list(self.watch):
            act()
        setpoint = self.values["heater"].get("setpoint", 25.0)
        self.temperature += (setpoint - self.temperature) * (1 - math.exp(-seconds / 20.0))
        if self.moving and self.time >= self.moving[0]:
            _, source, target = self.moving
            self.moving = None
            sample, self.places[source] = self.places[source], None
            if len(self.moves) in self.robot_loses:
                self.in_gripper, self.robot_fault = sample, "FAULT 7"
            else:
                self.places[target] = sample

    @property
    def pressure(self):
        flow = self.values["gas"].get("argon", 0.0) + self.values["gas"].get("oxygen", 0.0)
        return max(0.0125 * flow, 1e-5 if self.values["gas"].get("pump") and self.pump_works else 1e5)

    def exposed(self):
        return bool(self.values["gun"].get("plasma") and self.values["gas"].get("shutter"))

    def set(self, device, channel, value):
        before = self.exposed()
        self.values[device][channel] = value
        sample = self.places["chamber/1"]
        if self.exposed() and not before and sample:
            self.coated[sample] = self.coated.get(sample, 0) + 1

    def make_safe(self):
        self.values["gun"] |= {"plasma": False, "power": 0.0}
        self.values["gas"] |= {"shutter": False, "argon": 0.0, "oxygen": 0.0}
        self.values["heater"] |= {"setpoint": 25.0}
        self.values["meter"] |= {"output": False, "current": 0.0}

    def is_safe(self):
        gun, gas, heater = (self.values[name] for name in ("gun", "gas", "heater"))
        return not (
            gun.get("plasma")
            or gun.get("power")
            or gas.get("shutter")
            or gas.get("argon")
            or heater.get("setpoint", 25.0) > 25.0
        )


class Killed(BaseException):
    """kill -9: from here on this process does nothing any more."""


class Process:
    """Counts everything that leaves the process, and dies at number `at`, before or after it took effect."""

    def __init__(self, at=None, after=False):
        self.at, self.after, self.acts, self.dead = at, after, 0, False

    def act(self, effect):
        if self.dead:
            raise Killed
        self.acts += 1
        if self.acts == self.at:
            self.dead = True
            if self.after:
                effect()
            raise Killed
        return effect()


class WorldDevice(PretendDevice):
    def __init__(self, name, settings, world, process, sent):
        super().__init__(name, settings, world, sent)
        self.world, self.process = world, process
        self.lose_answer = set()
        """Commands whose next answer is lost on the way, after they were heard."""
        self.ignores = set()
        """Channels that say nothing and do not change."""

    def read(self, *names):
        if self.process.dead:
            raise Killed
        self._exchange()
        world, resolved = self.world, self.settings.resolved
        given = {
            ("gas", "pressure"): world.pressure,
            ("heater", "temperature"): world.temperature,
            ("gun", "fault"): world.fault,
            ("robot", "state"): world.robot_fault or ("MOVING" if world.moving else "IDLE"),
            ("robot", "holding"): world.in_gripper is not None,
            ("diffractometer", "state"): "IDLE",
            ("meter", "voltage"): self._voltage(),
        }
        known = world.values.get(self.name, {})
        return {
            name: Reading(
                given.get((self.name, name), known.get(name, self.values[name])), resolved[name].unit, world.time
            )
            for name in names
        }

    def apply(self, **settings):
        self.check(**settings)
        for name, value in settings.items():
            if name in self.ignores:
                raise NotSettled(f"{self.name}.{name}: set to {value}, but reads something else", self.world.fault)

            def effect(name=name, value=value):
                self._exchange(f"{self.name}.{name} = {value}")
                self.world.set(self.name, name, value)

            self.process.act(effect)
        return self.read(*settings)

    def safe(self, *names):
        for name, channel in self.settings.channels.items():
            if channel.safe is not None and (not names or name in names):
                try:
                    self.process.act(lambda name=name, safe=channel.safe: self.world.set(self.name, name, safe))
                except Killed:
                    return []
        return []

    def command(self, name, **arguments):
        if name == "occupied":
            if self.process.dead:
                raise Killed
            self._exchange()
            return self.world.places[arguments["slot"]] is not None
        if name == "counts":
            return (30.0, 31.0, 29.0)
        result = self.process.act(lambda: self._commanded(name, arguments))
        if name in self.lose_answer:
            self.lose_answer.discard(name)
            raise NoReply(f"{self.name}: no answer to {name}")
        return result

    def _commanded(self, name, arguments):
        self._exchange(f"{self.name}: {name} {arguments}")
        if name != "move":
            return
        source, target = arguments["source"], arguments["target"]
        world = self.world
        if world.places[source] is None:
            raise Refused(f"robot: ERR 3 {source} is empty")
        if world.places[target] is not None:
            raise Refused(f"robot: ERR 4 {target} is occupied")
        world.moves.append((source, target))
        world.moving = (world.time + 90.0, source, target)

    def _voltage(self):
        values = self.world.values["meter"]
        volts = values.get("current", 0.0) * self.world.resistance
        return max(-20.0, min(20.0, volts)) if values.get("output") else 0.0


class KillableLog:
    def __init__(self, log, process):
        self._log, self._process = log, process

    def since(self, position):
        if self._process.dead:
            raise Killed
        return self._log.since(position)

    def append(self, position, *events):
        return self._process.act(lambda: self._log.append(position, *events))


class PeopleClock:
    """People who do something while they are waited for."""

    def __init__(self, *acts):
        self.time, self.acts = 0.0, list(acts)

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds
        if self.acts:
            self.acts.pop(0)()


class PretendStation:
    """The world, the log and the rig file, which outlive processes; `start` begins a process."""

    def __init__(self, steps=STEPS, loaded=3, now=None, **changes):
        self.settings = load_rig(station_data(**changes)) if changes else usual_rig()
        self.recipe = load_recipe({"recipe": "sputter", "steps": steps})
        self.world = World(self.settings.positions)
        self.log = MemoryLog(now) if now else MemoryLog()
        self.now = now
        self.station = self._station(self.log)
        self.sent = []
        for number in range(1, loaded + 1):
            self.put(f"s{number}", f"cassette/{number}")

    def put(self, sample, slot):
        """A person puts a substrate into a slot, and says so."""
        self.world.places[slot] = sample
        self.station.load_sample(sample, slot, "Aya")

    def _station(self, log):
        more = {"now": self.now} if self.now else {}
        return Station(log, self.settings.positions, self.settings.stock, self.settings.calibrations, **more)

    def start(self, key, process=None, people=None, patience=0.0, asked=ASKED, prepared=None):
        """One attempt in one process; returns it, to look at its record."""
        attempt = Attempt(self, key, process or Process(), people or PeopleClock(), patience, asked)
        if prepared is not None:
            prepared(attempt)
        attempt.run()
        return attempt

    def belief(self):
        """Slot -> sample, as the station believes."""
        state = self.station.state()
        return {slot: (state.at(slot).name if state.at(slot) else None) for slot in self.world.places}


class Attempt:
    def __init__(self, pretend, key, process, people, patience, asked):
        self.process, self.record = process, MemoryRecord()
        self.devices = {
            name: WorldDevice(name, device, pretend.world, process, pretend.sent)
            for name, device in pretend.settings.devices.items()
        }
        lease = HeldLease(MemoryLeases(pretend.world.now), key, pretend.world.now)
        self.rig = Rig(pretend.settings, self.devices, pretend.world, lease)
        self.station = pretend._station(KillableLog(pretend.log, process))
        self.station._state = pretend.station.state()  # a new process reads the whole log, which takes its time
        self.growth = Growth(
            key, pretend.recipe, asked, self.rig, self.station, self.record, people=people, patience=patience
        )
        self.world, self.grown = pretend.world, None
        pretend.attempt = self

    def run(self):
        self.growth.prepare()
        self.rig.connect()
        try:
            self.grown = self.growth.run()
        except Exception:
            self.safe_before_close = self.world.is_safe()
            raise
        finally:
            self.rig.close()
