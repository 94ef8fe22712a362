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


class Crew:
    """One thread per device, so that one that does not answer keeps the others waiting for `LATE` seconds at most.

    `act` makes one phase safe and returns what could not be done. Phases are begun in order; those of one device are
    also done in order. Use it as a context: its end waits for what is under way.
    """

    def __init__(self, phases: Sequence[Phase], act: Callable[[Phase], list[str]]) -> None:
        self.left: dict[Phase, list[str]] = {phase: [] for phase in phases}
        """What is not safe yet, and why."""
        self._act = act
        self._workers = {phase.device: ThreadPoolExecutor(max_workers=1) for phase in phases}
        self._under_way: dict[Phase, Future[list[str]]] = {}

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self.end(wait=True)

    def call(self, device: str, act: Callable[[], object]) -> None:
        """Have something done in the thread of a device, before its phases."""
        self._workers[device].submit(act)

    def go_round(self, late: float = LATE) -> None:
        """Begin what is left, in order, and take note of what has been done."""
        late_devices: set[str] = set()
        for phase in tuple(self.left):
            if phase not in self._under_way:
                self._under_way[phase] = self._workers[phase.device].submit(self._act, phase)
            self._take_note(phase, 0.0 if phase.device in late_devices else late, late_devices)

    def wait(self, seconds: float) -> None:
        """Give what is under way that long to end."""
        wait(self._under_way.values(), timeout=seconds)
        for phase in tuple(self._under_way):
            self._take_note(phase, 0.0, set())

    def end(self, *, wait: bool) -> list[str]:
        """Begin nothing more; returns what is left unsafe, one line each."""
        for worker in self._workers.values():
            worker.shutdown(wait=wait, cancel_futures=True)
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
