"""A channel: one quantity of one instrument after validation, in the unit of the rig file and within its limits."""

import math
from dataclasses import dataclass
from typing import Any

from devices.channel_settings import ChannelSettings, Holds
from devices.errors import OutsideLimits, RigRefused
from devices.reading import Scalar
from devices.units import UnknownUnit, convert, dimension


@dataclass(frozen=True)
class Native:
    """What the driver knows of a channel of its instrument, whatever the rig file says."""

    holds: Holds | None = None
    unit: str | None = None
    """The unit that the instrument speaks, converted to that of the channel; None: the rig file is believed."""
    low: float | None = None
    high: float | None = None
    """What the instrument can take, in its own unit."""
    step: float | None = None
    """The smallest difference that it can be told, in its own unit."""
    readable: bool = True
    settable: bool = True
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Channel:
    """A channel after validation: everything decided, nothing optional that a caller must guess.

    Values are in `unit`. `factor` and `offset` lead there: value = what the instrument says * factor + offset.
    """

    name: str
    holds: Holds
    unit: str
    setting: bool
    tol: float
    step: float | None
    factor: float
    offset: float
    settings: ChannelSettings

    def check(self, value: Any) -> Scalar:
        """The value as it may be set. Raises OutsideLimits; the message lacks the name of the device.

        Booleans are integers in Python: a switch is never compared with limits, a number is never a boolean.
        """
        if not self.setting:
            raise OutsideLimits(f"{self.name} can only be read")
        if self.holds == "boolean":
            return self._switch(value)
        if self.holds == "text":
            return self._choice(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise OutsideLimits(f"{self.name} takes a number in {self.unit or 'no unit'}, not {value!r}")
        low, high = self.settings.low, self.settings.high
        if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
            raise OutsideLimits(
                f"{self.name} = {value:g} {self.unit} is outside {low:g} .. {high:g} {self.unit}".strip()
            )
        return float(value)

    def to_instrument(self, value: float) -> float:
        """A number in the instrument's own unit, on its grid, without leaving the limits by rounding."""
        raw = (value - self.offset) / self.factor
        if self.step is None:
            return raw
        grid = round(raw / self.step)
        back = (grid * self.step) * self.factor + self.offset
        low, high = self.settings.low, self.settings.high
        slack = 1e-9 * max(abs(value), abs(self.step * self.factor))
        if (high is not None and back > high + slack) or (low is not None and back < low - slack):
            grid += 1 if back < value else -1
        return grid * self.step

    def from_instrument(self, raw: float) -> float:
        """A number as the instrument says it, in the unit of the channel."""
        return raw * self.factor + self.offset

    def agrees(self, one: Scalar, other: Scalar) -> bool:
        """Whether two values are the same, numbers within the tolerance."""
        if self.holds == "number" and not isinstance(one, str) and not isinstance(other, str):
            share = self.settings.relative_tol or 0.0
            return abs(one - other) <= max(self.tol, share * abs(one)) * (1 + 1e-9)
        return one == other

    def confirms(self, one: Scalar, other: Scalar) -> bool:
        """Whether two answers to one question say the same: a setting stands still between them, a reading may not."""
        if self.setting and self.step is not None and self.holds == "number":
            return abs(float(one) - float(other)) < abs(self.step * self.factor) / 2
        return self.agrees(one, other)

    def std_of(self, value: Scalar) -> float | None:
        """Standard uncertainty of a reading, systematic part included, in `unit`; None if the rig file states none."""
        fixed, share = self.settings.std, self.settings.relative_std
        if self.holds != "number" or (fixed is None and share is None):
            return None
        return math.hypot(fixed or 0.0, (share or 0.0) * float(value))

    def _switch(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise OutsideLimits(f"{self.name} is a switch and takes true or false, not {value!r}")
        return value

    def _choice(self, value: Any) -> str:
        choices = self.settings.choices
        if not isinstance(value, str) or (choices is not None and value not in choices):
            raise OutsideLimits(f"{self.name} takes one of {', '.join(choices or ())}, not {value!r}")
        return value


def resolve(name: str, settings: ChannelSettings, native: Native) -> Channel:
    """The channel that a rig file describes, for an instrument of which `native` is known.

    Raises RigRefused, its place being `channels.NAME.KEY`.
    """
    try:
        holds = _holds(settings, native)
        unit = _unit(settings, native, holds)
        setting = _is_setting(settings, native, holds)
        factor, offset = _conversion(settings, native, unit, holds)
        step = None if native.step is None else native.step
        tol = _tolerance(settings, step, factor, setting)
        channel = Channel(name, holds, unit, setting, tol, step, factor, offset, settings)
        _check_safe(channel, native)
        if setting and holds == "number":
            _check_limits(channel, native)
    except RigRefused as refused:
        key = f".{refused.place}" if refused.place else ""
        raise RigRefused(f"channels.{name}{key}", refused.message) from None
    return channel


def _holds(settings: ChannelSettings, native: Native) -> Holds:
    """number, boolean or text. Raises RigRefused where nobody says it, or two say different things."""
    said = settings.holds
    if said is not None and native.holds is not None and said != native.holds:
        raise RigRefused("holds", f"the instrument gives a {native.holds} here, not a {said}")
    if said is not None or native.holds is not None:
        return said or native.holds or "number"
    if settings.unit is not None:
        return "number"
    if isinstance(settings.safe, bool):
        return "boolean"
    raise RigRefused("unit", "is missing. Say the unit of a number, or `holds: boolean` for a switch, or `holds: text`")


def _unit(settings: ChannelSettings, native: Native, holds: Holds) -> str:
    if holds != "number":
        expected = "bool" if holds == "boolean" else "text"
        if settings.unit not in (None, "", expected):
            raise RigRefused("unit", f"a {holds} has no unit, so it cannot be {settings.unit!r}")
        return expected
    if settings.unit is None:
        if native.unit == "":
            return ""
        spoken = f" The instrument speaks {native.unit}." if native.unit else ""
        raise RigRefused("unit", f"is missing: every number has a unit.{spoken}")
    try:
        measures = dimension(settings.unit)
    except UnknownUnit as error:
        raise RigRefused("unit", str(error)) from None
    if native.unit is not None and measures != dimension(native.unit):
        raise RigRefused("unit", f"{settings.unit!r} measures {measures}; the instrument speaks {native.unit!r} here")
    return settings.unit


def _is_setting(settings: ChannelSettings, native: Native, holds: Holds) -> bool:
    wanted = {"low": settings.low, "high": settings.high, "safe": settings.safe, "choices": settings.choices}
    given = [key for key, value in ({"set": settings.set_} | wanted).items() if value is not None]
    if not given:
        return False
    if not native.settable:
        raise RigRefused(given[0], "this quantity can only be read")
    if not native.readable:
        raise RigRefused(given[0], "a setting that cannot be read back is not allowed: nobody would notice a refusal")
    if holds == "number":
        missing = [key for key in ("low", "high") if wanted[key] is None]
        if missing:
            raise RigRefused(
                missing[0], f"is missing: a setting needs limits, and the laboratory's are not {_theirs(native)}"
            )
    elif settings.low is not None or settings.high is not None:
        raise RigRefused("low" if settings.low is not None else "high", f"a {holds} has no limits")
    if holds == "text" and settings.choices is None:
        raise RigRefused("choices", "is missing: list the texts that may be set")
    return True


def _theirs(native: Native) -> str:
    if native.low is None or native.high is None:
        return "the instrument's"
    return f"the instrument's ({native.low:g} .. {native.high:g} {native.unit or ''}".rstrip() + ")"


def _conversion(settings: ChannelSettings, native: Native, unit: str, holds: Holds) -> tuple[float, float]:
    """Factor and offset from what the instrument says to `unit`."""
    if settings.scale == 0:
        raise RigRefused("scale", "must not be 0")
    if holds != "number":
        return 1.0, 0.0
    spoken = unit if native.unit is None else native.unit
    offset = convert(0.0, spoken, unit)
    return (convert(1.0, spoken, unit) - offset) * settings.scale, offset


def _tolerance(settings: ChannelSettings, step: float | None, factor: float, setting: bool) -> float:
    grid = None if step is None else step * abs(factor)
    if settings.tol is not None:
        if setting and grid is not None and settings.tol < grid / 2 * (1 - 1e-9):
            raise RigRefused("tol", f"{settings.tol:g} is finer than the instrument, which knows steps of {grid:g}")
        return settings.tol
    if not setting:
        return 0.0
    if grid is not None:
        return grid
    return 1e-6 * max(abs(settings.low or 0.0), abs(settings.high or 0.0))


def _check_safe(channel: Channel, native: Native) -> None:
    safe, settings = channel.settings.safe, channel.settings
    if safe is None:
        return
    if channel.holds == "boolean" and not isinstance(safe, bool):
        raise RigRefused("safe", f"a switch is safe at true or false, not {safe!r}")
    if channel.holds == "text" and safe not in (settings.choices or ()):
        raise RigRefused("safe", f"{safe!r} is not among the choices")
    if channel.holds == "number":
        if isinstance(safe, bool) or not isinstance(safe, int | float):
            raise RigRefused("safe", f"must be a number in {channel.unit or 'no unit'}, not {safe!r}")
        if native.low is None and settings.instrument is None and not _within(safe, settings.low, settings.high):
            raise RigRefused("safe", f"{safe:g} is outside the limits, and what the instrument takes is not known")


def _check_limits(channel: Channel, native: Native) -> None:
    """Limits and safe value lie in what the instrument can take."""
    ranges = [channel.settings.instrument] if channel.settings.instrument else []
    if native.low is not None and native.high is not None:
        ends = sorted((channel.from_instrument(native.low), channel.from_instrument(native.high)))
        ranges.append((ends[0], ends[1]))
    for low, high in ranges:
        slack = 1e-9 * max(abs(low), abs(high))
        for key in ("low", "high", "safe"):
            value = getattr(channel.settings, key)
            if value is not None and not low - slack <= value <= high + slack:
                taken = f"{low:g} .. {high:g} {channel.unit}".rstrip()
                raise RigRefused(key, f"{value:g} is outside what the instrument takes: {taken}")


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
