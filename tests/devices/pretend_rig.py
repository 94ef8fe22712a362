"""A small rig whose devices are tables of values: what a rig does with them is what its tests are about."""

from collections.abc import Callable
from typing import Any

from devices.channel_settings import ChannelSettings
from devices.errors import Disconnected
from devices.leases import HeldLease, Leases, MemoryLeases
from devices.reading import Reading, Scalar
from devices.rig import Rig
from devices.rig_device import RigJournal
from devices.rig_settings import RigSettings, load_rig


def setting(name: str, unit: str = "", **more: Any) -> dict[str, Any]:
    """A channel of a `lines` device that can be set and read back."""
    return {"set": f"{name} {{}}", "query": f"{name}?", **({"unit": unit} if unit else {}), **more}


def reading(name: str, unit: str = "", **more: Any) -> dict[str, Any]:
    """A channel that is only read."""
    return {"query": f"{name}?", **({"unit": unit} if unit else {}), **more}


def rig_data(**changes: Any) -> dict[str, Any]:
    """A plasma source with a timer, a heater, a gas line with shutter, gauge, door and water."""
    driver = {"kind": "lines"}
    return {
        "station": "sputter",
        "clock": {"kind": "virtual", "poll": 1.0},
        "devices": {
            "gas": {
                "driver": driver,
                "port": "sim://sputter/gas",
                "role": ["gas_line", "gauge"],
                "channels": {
                    "argon": setting("AR", "sccm", low=0, high=100, safe=0),
                    "oxygen": setting("O2", "sccm", low=0, high=20, safe=0),
                    "shutter": setting("SHUTTER", safe=False),
                    "pump": setting("PUMP", holds="boolean"),
                    "pressure": reading("PRESSURE", "Pa"),
                    "door_closed": reading("DOOR", holds="boolean"),
                    "water": reading("WATER", holds="boolean"),
                },
            },
            "heater": {
                "driver": driver,
                "port": "sim://sputter/heater",
                "role": "heater",
                "channels": {
                    "setpoint": setting("SP", "C", low=20, high=700, safe=25),
                    "temperature": reading("PV", "C"),
                },
            },
            "gun": {
                "driver": driver,
                "port": "sim://sputter/gun",
                "role": "plasma_source",
                "channels": {
                    "power": setting("POWER", "W", low=0, high=200, safe=0),
                    "plasma": setting("OUTPUT", safe=False),
                    "timer": setting("TIMER", "s", low=0, high=7200),
                },
            },
        },
        "interlocks": {
            "plasma_pressure": {
                "need": "gas.pressure >= 0.2 Pa",
                "before": {"gun.plasma": True},
                "infeasible": "no plasma",
            },
            "door": {"need": "gas.door_closed", "while": "gun.plasma"},
        },
        "positions": {"cassette": 3, "chamber": 1},
        **changes,
    }


class StepClock:
    """Time that passes only in `sleep`; `events` are done at their time."""

    def __init__(self) -> None:
        self.time = 0.0
        self.events: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        due = [event for event in self.events if event[0] <= self.time]
        self.events = [event for event in self.events if event[0] > self.time]
        for _, act in due:
            act()


class PretendDevice:
    """A table of values. Everything that would go to an instrument is kept in the common list `sent`."""

    def __init__(self, name: str, settings: Any, clock: StepClock, sent: list[str]) -> None:
        self.name = name
        self.settings = settings
        self.values: dict[str, Scalar] = {channel: first(one) for channel, one in settings.channels.items()}
        self.broken: Exception | None = None
        """What every exchange raises."""
        self.is_open = False
        self._clock = clock
        self._sent = sent

    def connect(self) -> None:
        self._exchange()
        self.is_open = True

    def release(self) -> None:
        self.is_open = False

    def close(self) -> list[str]:
        unsafe = self.safe()
        self.release()
        return unsafe

    def check(self, **settings: Any) -> None:
        for name, value in settings.items():
            self.settings.resolved[name].check(value)

    def read(self, *names: str) -> dict[str, Reading]:
        self._exchange()
        resolved = self.settings.resolved
        return {name: Reading(self.values[name], resolved[name].unit, self._clock.now()) for name in names}

    def apply(self, **settings: Any) -> dict[str, Reading]:
        self.check(**settings)
        for name, value in settings.items():
            self._exchange(f"{self.name}.{name} = {value}")
            self.values[name] = value
        return self.read(*settings)

    def command(self, name: str, **arguments: Any) -> Any:
        self._exchange(f"{self.name}: {name} {arguments}")

    def arm_timer(self, seconds: float) -> None:
        self.apply(timer=seconds)

    def safe(self, *names: str) -> list[str]:
        unsafe = []
        for name, channel in self.settings.channels.items():
            if channel.safe is not None and (not names or name in names):
                try:
                    self._exchange(f"{self.name}.{name} = {channel.safe}")
                    self.values[name] = channel.safe
                except Disconnected as error:
                    unsafe.append(f"{self.name}.{name}: {error}")
        return unsafe

    def _exchange(self, sent: str | None = None) -> None:
        if self.broken is not None:
            raise self.broken
        if sent is not None:
            self._sent.append(sent)


def first(channel: ChannelSettings) -> Scalar:
    return False if channel.holds == "boolean" or isinstance(channel.safe, bool) else 0.0


class PretendRig:
    """A connected rig with everything that a test wants to look at; the gas flows, the door is closed."""

    def __init__(
        self,
        leases: Leases | None = None,
        now: Callable[[], float] | None = None,
        journal: RigJournal | None = None,
        **changes: Any,
    ) -> None:
        self.settings: RigSettings = load_rig(rig_data(**changes))
        self.clock = StepClock()
        self.sent: list[str] = []
        self.devices = {
            name: PretendDevice(name, device, self.clock, self.sent) for name, device in self.settings.devices.items()
        }
        held = HeldLease(leases or MemoryLeases(now or self.clock.now), "me", now or self.clock.now)
        self.rig = Rig(self.settings, self.devices, self.clock, held, journal=journal)
        self.trips: list[tuple[str, str]] = []
        self.rig.on_trip = lambda name, reason: self.trips.append((name, reason))
        self.gas, self.gun, self.heater = (self.devices[name] for name in ("gas", "gun", "heater"))
        self.gas.values |= {"pressure": 0.5, "door_closed": True, "water": True}

    def at(self, time: float, act: Callable[[], None]) -> None:
        """Have something happen at that time of the clock."""
        self.clock.events.append((time, act))

    def strike(self) -> None:
        """A plasma burns, with the shutter open, on a hot substrate."""
        self.rig.apply("gas", argon=40.0, oxygen=2.0)
        self.rig.apply("heater", setpoint=400.0)
        self.rig.arm_timer("gun", 1800)
        self.rig.apply("gun", power=100.0, plasma=True)
        self.rig.apply("gas", shutter=True)
        self.sent.clear()

    def is_safe(self) -> bool:
        """Whether every channel that has a safe value has it."""
        return all(
            device.values[name] == channel.safe
            for device in self.devices.values()
            for name, channel in device.settings.channels.items()
            if channel.safe is not None
        )
