"""Making a rig safe: plasma first, then shutters, heaters, gas, and whatever else there is.

Nothing here raises. One dead port does not keep the others from being made safe; what could not be done is listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from devices.rig_settings import RigSettings
from devices.settings import DeviceSettings


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
    """Make every phase safe, come what may. Returns what could not be done, one line each."""
    unsafe: list[str] = []
    for phase in phases:
        unsafe += made_safe(devices[phase.device], phase)
    return unsafe


def made_safe(device: MadeSafe, phase: Phase) -> list[str]:
    """One phase. Returns what could not be done; also of a driver that breaks its promise not to raise."""
    try:
        return device.safe(*phase.channels)
    except Exception as error:
        return [f"{phase.device}.{name}: {type(error).__name__}: {error}" for name in phase.channels]


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
