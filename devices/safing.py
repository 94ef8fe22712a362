"""Making a rig safe: plasma first, then shutters, heaters, gas, and whatever else there is.

Nothing here raises. One dead port does not keep the others from being made safe; what could not be done is listed.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from devices.rig_settings import RigSettings
from devices.settings import DeviceSettings

LATE = 0.3
"""Seconds that one device is waited for before the others have their turn."""


class MadeSafe(Protocol):
    """A device as far as it can be made safe."""

    def safe(self, *names: str) -> list[str]:
        """Give these channels their safe values; returns what could not be done. Never raises, may be repeated."""
        ...


@dataclass(frozen=True)
class Phase:
    """One step towards safety: some channels of one device."""

    device: str
    channels: tuple[str, ...]


def safe_phases(settings: RigSettings) -> tuple[Phase, ...]:
    """What is made safe, in order, each channel that has a safe value exactly once."""
    wanted = [_named(settings, text) for text in settings.safe_order]
    wanted += [_of_role(settings, "plasma_source", but="shutter")]
    wanted += [dict.fromkeys(settings.devices, ("shutter",))]
    wanted += [_of_role(settings, "heater"), _of_role(settings, "gas_line"), _of_role(settings, None)]
    phases: list[Phase] = []
    done: set[tuple[str, str]] = set()
    for group in wanted:
        for device, channels in group.items():
            safe = _with_safe_value(settings.devices[device])
            left = tuple(name for name in channels if name in safe and (device, name) not in done)
            if left:
                done |= {(device, name) for name in left}
                phases.append(Phase(device, left))
    return tuple(phases)


def make_safe(devices: Mapping[str, MadeSafe], phases: Sequence[Phase]) -> list[str]:
    """Make every phase safe, one after the other, come what may. Returns what could not be done, one line each."""
    return [line for phase in phases for line in made_safe(devices[phase.device], phase)]


def made_safe(device: MadeSafe, phase: Phase) -> list[str]:
    """One phase. Returns what could not be done; also of a driver that breaks its promise not to raise."""
    try:
        return device.safe(*phase.channels)
    except Exception as error:
        return not_done(phase, f"{type(error).__name__}: {error}")


def not_done(phase: Phase, reason: str) -> list[str]:
    """The lines about a phase of which nothing was done."""
    return [f"{phase.device}.{name}: {reason}" for name in phase.channels]


Hands = Mapping[str, ThreadPoolExecutor]
"""One thread per device."""


def hands_for(phases: Sequence[Phase]) -> Hands:
    """A thread for each device, begun and waiting: on a busy machine a new thread may take a tenth of a second."""
    hands = {phase.device: ThreadPoolExecutor(max_workers=1) for phase in phases}
    wait([hand.submit(str) for hand in hands.values()])
    return hands


class Crew:
    """One thread per device, so that one that does not answer keeps the others waiting for `LATE` seconds at most.

    `act` makes one phase safe and returns what could not be done. Phases are begun in order; those of one device are
    also done in order.
    """

    def __init__(self, phases: Sequence[Phase], act: Callable[[Phase], list[str]], hands: Hands) -> None:
        self.left: dict[Phase, list[str]] = {phase: [] for phase in phases}
        """What is not safe yet, and why."""
        self._act = act
        self._hands = hands
        self._under_way: dict[Phase, Future[list[str]]] = {}

    def go_round(self, late: float = LATE) -> None:
        """Begin what is left, in order, and take note of what has been done."""
        late_devices: set[str] = set()
        for phase in tuple(self.left):
            if phase not in self._under_way:
                self._under_way[phase] = self._hands[phase.device].submit(self._act, phase)
            self._take_note(phase, 0.0 if phase.device in late_devices else late, late_devices)

    def wait(self, seconds: float | None) -> list[str]:
        """Give what is under way that long to end; returns what is left unsafe, one line each."""
        wait(self._under_way.values(), timeout=seconds)
        for phase in tuple(self._under_way):
            self._take_note(phase, 0.0, set())
        return [line for lines in self.left.values() for line in lines]

    def _take_note(self, phase: Phase, patience: float, late_devices: set[str]) -> None:
        try:
            lines = self._under_way[phase].result(timeout=patience)
        except TimeoutError:
            self.left[phase] = not_done(phase, "it has not answered yet")
            late_devices.add(phase.device)
            return
        except Exception as error:  # whatever it is, the other devices must have their turn
            lines = not_done(phase, str(error))
        del self._under_way[phase]
        if lines:
            self.left[phase] = lines
        else:
            del self.left[phase]


def _with_safe_value(device: DeviceSettings) -> tuple[str, ...]:
    return tuple(name for name, channel in device.channels.items() if channel.safe is not None)


def _of_role(settings: RigSettings, role: str | None, but: str = "") -> dict[str, tuple[str, ...]]:
    """The channels of all devices that have this role; of all devices if it is None."""
    return {
        name: tuple(channel for channel in _with_safe_value(device) if channel != but)
        for name, device in settings.devices.items()
        if role is None or role in device.role
    }


def _named(settings: RigSettings, text: str) -> dict[str, tuple[str, ...]]:
    device, _, channel = text.partition(".")
    return {device: (channel,) if channel else _with_safe_value(settings.devices[device])}
