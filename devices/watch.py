"""Watches: things that fail silently are found by what their readings do over time.

    {kind: stuck, channel: heater.temperature, towards: heater.setpoint, within: 5 C, change: 0.2 C, reads: 10}
        a sensor that does not move although it must, because it is still far from where it is driven
    {kind: rise, channel: gas.pressure, at_most: 0.01 Pa, over: 60 s, while: not gas.pump}
        a pressure that rises too fast while nothing should let gas in: a leak

They are looked at in every wait, like interlocks, and one that fires trips the rig. A base pressure that must be
reached before the heater goes on is an interlock: `{need: gas.pressure < 5e-4 Pa, before: {heater.setpoint: '> 30 C'}}`
"""

from collections import deque
from typing import Annotated, Literal, Protocol

from pydantic import Field, PositiveInt

from devices.condition import ChannelText, ConditionText, Quantity, QuantityText, Read, holds
from devices.errors import BadReply
from devices.reading import Reading
from devices.station.settings import Strict
from devices.units import convert, difference_to_si, from_si, to_si


class StuckSettings(Strict):
    """A reading that must change by `change` within `reads` readings while it is farther than `within` from a goal."""

    kind: Literal["stuck"]
    channel: ChannelText
    towards: ChannelText
    """The setting that drives it, in a unit of the same dimension."""
    within: QuantityText
    """How near it need not move any more; a difference."""
    change: QuantityText
    """The least that counts as a change; a difference."""
    reads: PositiveInt = 10
    every: QuantityText = Quantity(5.0, "s")
    """Readings closer together than this are not counted."""
    during: ConditionText | None = Field(default=None, alias="while")


class RiseSettings(Strict):
    """A reading that must not rise by more than `at_most` within the time `over` for as long as `while` holds."""

    kind: Literal["rise"]
    channel: ChannelText
    at_most: QuantityText
    over: QuantityText = Quantity(60.0, "s")
    during: ConditionText = Field(alias="while")


WatchSettings = Annotated[StuckSettings | RiseSettings, Field(discriminator="kind")]


class Watch(Protocol):
    """Something that is looked at in every wait."""

    def fired(self, now: float, read: Read) -> str | None:
        """Why the rig must be made safe, or None. `now` in s."""
        ...


def build_watch(settings: StuckSettings | RiseSettings) -> Watch:
    """The watch that a rig file describes, with nothing seen yet."""
    return StuckWatch(settings) if isinstance(settings, StuckSettings) else RiseWatch(settings)


class StuckWatch:
    """Counts readings that did not move although they must."""

    def __init__(self, settings: StuckSettings) -> None:
        self._settings = settings
        self._seen: deque[tuple[float, float]] = deque(maxlen=settings.reads)
        self._every = _in_seconds(settings.every.value, settings.every.unit)

    def fired(self, now: float, read: Read) -> str | None:
        """Why the sensor is taken to be stuck, or None."""
        settings = self._settings
        if self._seen and now - self._seen[-1][0] < self._every:
            return None
        if settings.during is not None and not holds(settings.during, read):
            self._seen.clear()
            return None
        value, goal = _number(read(settings.channel)), _number(read(settings.towards))
        if abs(goal - value) <= difference_to_si(float(settings.within.value), settings.within.unit):
            self._seen.clear()
            return None
        self._seen.append((now, value))
        moved = max(seen for _, seen in self._seen) - min(seen for _, seen in self._seen)
        if len(self._seen) < settings.reads or moved >= difference_to_si(
            float(settings.change.value), settings.change.unit
        ):
            return None
        return (
            f"{settings.channel} did not change by {settings.change} in {settings.reads} readings over "
            f"{now - self._seen[0][0]:.0f} s, though it must move towards {settings.towards}"
        )


class RiseWatch:
    """Compares a reading with those of the last `over` seconds."""

    def __init__(self, settings: RiseSettings) -> None:
        self._settings = settings
        self._over = _in_seconds(settings.over.value, settings.over.unit)
        self._seen: deque[tuple[float, float]] = deque()

    def fired(self, now: float, read: Read) -> str | None:
        """Why something is taken to leak, or None."""
        settings = self._settings
        if not holds(settings.during, read):
            self._seen.clear()
            return None
        reading = read(settings.channel)
        value = _number(reading)
        while self._seen and now - self._seen[0][0] > self._over:
            self._seen.popleft()
        self._seen.append((now, value))
        rise = value - min(seen for _, seen in self._seen)
        if rise <= difference_to_si(float(settings.at_most.value), settings.at_most.unit):
            return None
        grown = from_si(value, settings.at_most.unit) - from_si(value - rise, settings.at_most.unit)
        return (
            f"{settings.channel} rose by {grown:.3g} {settings.at_most.unit} within {self._over:.0f} s, though "
            f"{settings.during}: at most {settings.at_most} is allowed"
        )


def _number(reading: Reading) -> float:
    if isinstance(reading.value, str):
        raise BadReply(f"a watch needs a number and reads {reading.value!r}")
    return to_si(float(reading.value), reading.unit) if reading.unit else float(reading.value)


def _in_seconds(value: float | bool | str, unit: str) -> float:
    return convert(float(value), unit, "s")
