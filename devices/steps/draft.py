"""What a step intends to do with a given rig and trial, worked out from settings alone: no device is opened.

The same working-out is used when the step is done, so that a dry run and the growth cannot disagree.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from devices.channel import Channel
from devices.errors import OutsideLimits, RigRefused
from devices.formula import Formula
from devices.names import meant
from devices.reading import Scalar
from devices.rig_settings import RigSettings
from devices.settings import DeviceSettings
from devices.units import UnknownUnit, dimension


@dataclass(frozen=True)
class Setting:
    """One channel and the value it will be given, in the channel's unit. `place` is where the recipe says so."""

    device: str
    channel: str
    value: Scalar
    unit: str
    place: str

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return f"{self.device}.{self.channel} = {'true' if self.value else 'false'}"
        value = self.value if isinstance(self.value, str) else f"{self.value:.6g} {self.unit}".rstrip()
        return f"{self.device}.{self.channel} = {value}"


@dataclass(frozen=True)
class Intent:
    """What one step will do, in this order: its settings, the rest in words, and the settings after that."""

    before: tuple[Setting, ...] = ()
    words: tuple[str, ...] = ()
    after: tuple[Setting, ...] = ()
    plasma: float = 0.0
    """Seconds for which the plasma burns in this step."""
    ends_plasma: bool = False

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All of them, in their order."""
        return (*self.before, *self.after)


@dataclass(frozen=True)
class Draft:
    """A rig file, the parameters of a trial, and the place in the recipe where they meet.

    Without parameters only what does not depend on them is checked, and every number is nan.
    """

    rig: RigSettings
    parameters: Mapping[str, Any] | None
    place: str = "steps"

    def at(self, *keys: str | int) -> "Draft":
        """The same, further down in the recipe."""
        return replace(self, place=".".join([self.place, *map(str, keys)]))

    def refusal(self, message: str, key: str = "") -> RigRefused:
        """An error at this place."""
        return RigRefused(f"{self.place}.{key}" if key else self.place, message)

    # ---------------------------------------------------------------- devices

    def device(self, role: str, named: str | None = None) -> str:
        """The one device that fills a role, or the `named` one. Raises RigRefused."""
        able = [name for name, device in self.rig.devices.items() if role in device.role]
        if named is not None:
            if named not in self.rig.devices:
                raise self.refusal(f"there is no device '{named}'.{meant(named, self.rig.devices)}", "device")
            if named not in able:
                raise self.refusal(f"'{named}' is no {role}; give it that role in the rig file", "device")
            return named
        if not able:
            raise self.refusal(f"the rig has no {role}, which this step needs")
        if len(able) > 1:
            raise self.refusal(f"the rig has several devices that are a {role}: say `device:` {' or '.join(able)}")
        return able[0]

    def has(self, device: str, channel: str) -> bool:
        """Whether a device has a channel."""
        return channel in self.rig.devices[device].resolved

    def channel(self, device: str, name: str, key: str = "") -> Channel:
        """A channel of a device. Raises RigRefused."""
        channels = self._device(device, key).resolved
        if name not in channels:
            raise self.refusal(f"'{device}' has no channel '{name}'.{meant(name, channels)}", key)
        return channels[name]

    def _device(self, name: str, key: str) -> DeviceSettings:
        if name not in self.rig.devices:
            raise self.refusal(f"there is no device '{name}'.{meant(name, self.rig.devices)}", key)
        return self.rig.devices[name]

    def reference(self, text: str, default: str | None, key: str) -> tuple[str, str]:
        """Device and channel of `device.channel`, `role.channel`, or of `channel` at the step's own device."""
        device, dot, name = text.partition(".")
        if not dot:
            if default is None:
                raise self.refusal(f"'{text}' is no channel: write device.channel", key)
            device, name = default, text
        elif device not in self.rig.devices and any(device in each.role for each in self.rig.devices.values()):
            device = self.device(device)
        self.channel(device, name, key)
        return device, name

    # ---------------------------------------------------------------- values

    def setting(self, device: str, name: str, formula: Formula, key: str) -> Setting:
        """What a formula sets a channel to. Raises RigRefused, and OutsideLimits if the rig file forbids the value."""
        channel = self.channel(device, name, key)
        if not channel.setting:
            raise self.refusal(f"'{device}.{name}' can only be read", key)
        value = self._value(formula, channel.unit if channel.holds == "number" else "", key)
        return self.fixed(device, name, value, key)

    def fixed(self, device: str, name: str, value: Scalar, key: str = "") -> Setting:
        """The same for a value that no formula gives."""
        channel = self.channel(device, name, key)
        if not (isinstance(value, float) and math.isnan(value)):
            try:
                value = channel.check(value)
            except OutsideLimits as error:
                raise OutsideLimits(f"{self.refusal(f'{device}.{error}', key)}") from None
        return Setting(device, name, value, channel.unit if channel.holds == "number" else "", self.place)

    def safe_number(self, device: str, name: str) -> float:
        """The safe value of a channel, moved into the limits if it lies outside. Raises RigRefused if there is none."""
        settings = self.channel(device, name).settings
        if settings.safe is None or isinstance(settings.safe, bool | str):
            raise self.refusal(f"'{device}.{name}' has no safe value")
        low = settings.safe if settings.low is None else settings.low
        high = settings.safe if settings.high is None else settings.high
        return min(max(settings.safe, low), high)

    def settings(
        self, wanted: Mapping[str, Formula], default: str | None = None, under: str = "set."
    ) -> tuple[Setting, ...]:
        """Those that stand in the recipe `under` a key, in the order of the file."""
        result = []
        for text, formula in wanted.items():
            device, name = self.reference(text, default, under + text)
            result.append(self.setting(device, name, formula, under + text))
        return tuple(result)

    def number(self, formula: Formula, unit: str, key: str) -> float:
        """A number in `unit`. Raises RigRefused."""
        value = self._value(formula, unit, key)
        if isinstance(value, bool | str):
            raise self.refusal(f"'{formula}' is {value!r}, not a number", key)
        return value

    def difference(self, formula: Formula, unit: str, key: str) -> float:
        """A tolerance in `unit`: 3 K are 3 degrees C. Raises RigRefused."""
        if {formula.unit, unit} <= {"K", "C"} and formula.unit != unit:
            return self.number(replace(formula, unit=""), unit, key)
        return self.number(formula, unit, key)

    def seconds(self, formula: Formula, key: str) -> float:
        """A time in s, not negative. Raises RigRefused."""
        seconds = self.number(formula, "s", key)
        if seconds < 0:
            raise self.refusal(f"'{formula}' is {seconds:g} s: a time is not negative", key)
        return seconds

    def word(self, formula: Formula, known: Mapping[str, Any], key: str) -> str:
        """A name out of `known`, or an empty text without parameters. Raises RigRefused."""
        if self.parameters is None and formula.parameters():
            return ""
        word = self._value(formula, "", key)
        if word not in known:
            raise self.refusal(f"there is no place '{word}'.{meant(str(word), known)}", key)
        return str(word)

    def _value(self, formula: Formula, unit: str, key: str) -> Scalar:
        try:
            if formula.unit and dimension(formula.unit) != dimension(unit):
                measured = f"is in {unit}" if unit else "has no unit"
                raise self.refusal(f"'{formula}' is in {formula.unit}, but what it is given to {measured}", key)
            if self.parameters is None and formula.parameters():
                return math.nan
            return formula.value(self.parameters or {}, unit)
        except UnknownUnit as error:
            raise self.refusal(str(error), key) from None
        except RigRefused:
            raise
        except ValueError as error:
            raise self.refusal(str(error), key) from None
