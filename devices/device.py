"""A device: channels to read and to set, commands to give, and a way to be safe. The only way to an instrument."""

import math
import operator
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any

from devices.agreement import two_of_three
from devices.channel import Channel
from devices.clock import Clock
from devices.drivers.driver import Answer, CommandSettings, Driver, Wiring
from devices.errors import (
    BadReply,
    DeviceError,
    Disconnected,
    LinkError,
    NoReply,
    NotSettled,
    OutsideLimits,
    Refused,
    UnknownChannel,
)
from devices.journal import Journal
from devices.link import Link
from devices.names import meant
from devices.number import finite
from devices.reading import Reading, Scalar
from devices.settings import DeviceSettings

THOROUGHLY, ONCE_MORE = (False, True, False), (True,)
"""How a safe value is set: with or without (True) the handshake. Unlike anything else it may be set again."""
POLL = 0.5
"""Seconds between two looks at a setting that may take its time."""


class DeviceState(StrEnum):
    """
    offline --connect--> idle <--> busy        busy: an exchange is under way
       ^                  |  ^
       |                  v  |                 fault: the last exchange failed; the next good one ends it
       +--Disconnected-- fault                 locked: another instrument answers; it is asked for its name only
    """

    OFFLINE = "offline"
    IDLE = "idle"
    BUSY = "busy"
    FAULT = "fault"
    LOCKED = "locked"


class Device:
    """One instrument. Raises DeviceErrors only; every message names the device and the channel.

    Settings are checked against the limits of the rig file, sent once, and read back. Commands are sent once.
    May be used from several threads: exchanges never mix.
    """

    def __init__(self, name: str, settings: DeviceSettings, link: Link, clock: Clock) -> None:
        self.name = name
        self.settings = settings
        self._link = link
        self._clock = clock
        self._channels = settings.resolved
        self._driver: Driver | None = None
        self._identity: str | None = None
        self._locked = False
        self._told: dict[str, Scalar] = {}
        """Settings that were read back as told and are not the safe ones."""
        self._generation = 0
        """That of the link when the last of them was certain."""
        self._failed = False
        self._busy = 0
        self._counting = threading.Lock()

    # ---- a day of a device ---------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Have the driver's library imported, which takes time that a guardian has not got. Opens nothing.

        Raises Disconnected if the library is not installed.
        """
        self._built()

    def connect(self) -> None:
        """Take the port and see who is there. Raises one of the four errors of a link; nothing is set."""
        self._driver = self._built()
        self._identity, self._locked = None, False
        self._link.handshake = self._greet
        with self._working():
            self._link.open()
        self._told.clear()
        self._generation = self._link.generation

    def close(self) -> list[str]:
        """Make it safe, then give the port back. Never raises; returns what could not be made safe."""
        unsafe = self.safe() if self._driver is not None else []
        self.release()
        return unsafe

    def release(self) -> None:
        """Give the port back without a word to the instrument, which somebody else may be driving now. Never raises."""
        self._link.close()
        self._driver = None

    @property
    def state(self) -> DeviceState:
        """What it is doing, as far as this process knows."""
        if self._locked:
            return DeviceState.LOCKED
        if self._driver is None or not self._link.is_open:
            return DeviceState.OFFLINE
        if self._busy:
            return DeviceState.BUSY
        return DeviceState.FAULT if self._failed else DeviceState.IDLE

    def read(self, *names: str) -> dict[str, Reading]:
        """Readings of these channels, of all if none is named. Raises UnknownChannel or one of the four errors.

        Raises NotSettled if the line was lost in between and the instrument has forgotten what it was told.
        """
        channels = [self._channel(name) for name in names or self._channels]
        with self._working():
            readings = {channel.name: self._reading(channel) for channel in channels}
            if self._link.generation != self._generation:
                self._check_memory()
            return readings

    def check(self, **settings: Any) -> None:
        """Whether these may be set. Moves nothing, opens nothing. Raises UnknownChannel or OutsideLimits."""
        self._checked(settings)

    def apply(self, **settings: Any) -> dict[str, Reading]:
        """Check all of these, then set and read back one after the other; returns what was read back.

        Raises UnknownChannel or OutsideLimits with nothing sent, NotSettled if the instrument reads back something
        else (with its fault code, if it has one), or one of the four errors. No setting is ever sent twice.
        """
        checked = self._checked(settings)
        with self._working():
            return {name: self._set(self._channels[name], value) for name, value in checked.items()}

    def command(self, name: str, **arguments: Any) -> Answer:
        """Have something done, once: it is never repeated, for nobody knows what a lost answer meant.

        A question with arguments is a command as well; one that is `repeatable` may be asked again.

        Returns nothing, a text, or numbers, as the rig file says. Raises UnknownChannel or OutsideLimits with nothing
        sent, or one of the four errors.
        """
        command = self.settings.commands.get(name)
        if command is None:
            raise UnknownChannel(f"{self.name} has no command {name!r}.{meant(name, self.settings.commands)}")
        checked = self._checked_arguments(name, command, arguments)
        with self._working() as driver:
            if not command.double_read:
                return driver.command(command, checked)

            def ask() -> Answer:
                return driver.command(command, checked)

            return self._link.perform(lambda: two_of_three(ask, operator.eq, f"{self.name}.{name}"), again=True)

    def safe(self, *names: str) -> list[str]:
        """Set the safe values, of all channels that have one or of these; switches first. Never raises.

        Each is tried three times, the second time without a handshake; after one has failed, the others once.

        Returns what could not be done, one line per channel. May be called at any time and as often as one likes.
        """
        unsafe = [f"{self.name}.{name}: no such channel" for name in names if name not in self._channels]
        wanted = [one for one in self._channels.values() if one.settings.safe is not None]
        wanted = [one for one in wanted if not names or one.name in names]
        wanted.sort(key=lambda one: one.holds != "boolean")
        if not self._link.is_trusted:
            self._told_at_once(wanted)
        attempts: tuple[bool, ...] = THOROUGHLY
        for channel in wanted:
            problem = self._made_safe(channel, attempts)
            if problem:
                unsafe.append(f"{self.name}.{channel.name}: {problem}")
                attempts = ONCE_MORE  # other devices wait for their turn
        return unsafe

    def arm_timer(self, seconds: float) -> None:
        """Set the instrument's own switch-off timer, before the plasma is struck; the plasma must be off.

        Raises UnknownChannel if there is none, OutsideLimits if it cannot be set so long, else as `apply`.
        """
        name = self.settings.timer
        if name is None:
            raise UnknownChannel(f"{self.name} has no timer of its own")
        self.apply(**{name: float(math.ceil(seconds))})

    # ---- reading -------------------------------------------------------------------------------------------------

    def _reading(self, channel: Channel, *, again: bool = True) -> Reading:
        """One checked reading. A value that cannot be is asked for again like any other bad answer."""
        value = self._link.perform(lambda: self._believed(channel), again=again)
        return Reading(value, channel.unit, self._clock.now(), channel.std_of(value))

    def _believed(self, channel: Channel) -> Scalar:
        """One answer, or of a double read one that was given twice. Raises BadReply."""
        if not channel.settings.double_read:
            return self._plausible(channel)
        return two_of_three(lambda: self._plausible(channel), channel.confirms, f"{self.name}.{channel.name}")

    def _plausible(self, channel: Channel) -> Scalar:
        raw = self._connected().read(channel)
        where = f"{self.name}.{channel.name}"
        if channel.holds == "boolean":
            if not isinstance(raw, bool):
                raise BadReply(f"{where}: {raw!r} is not a state of a switch")
            return raw
        if channel.holds == "text":
            if not isinstance(raw, str):
                raise BadReply(f"{where}: {raw!r} is not a text")
            return raw
        value = channel.from_instrument(finite(raw, where))
        bounds = channel.settings.plausible
        if bounds is not None and not bounds[0] <= value <= bounds[1]:
            raise BadReply(f"{where}: {value:g} {channel.unit} is not plausible ({bounds[0]:g} .. {bounds[1]:g})")
        return value

    # ---- setting -------------------------------------------------------------------------------------------------

    def _set(self, channel: Channel, value: Scalar, *, again: bool = True) -> Reading:
        """Send it once and read it back."""
        lost: LinkError | None = None
        try:
            self._connected().write(channel, _native(channel, value))
        except (NoReply, BadReply) as error:
            lost = error  # it may have been heard all the same: the read-back tells
        since = self._clock.now()
        while True:
            reading = self._reading(channel, again=again)
            if channel.agrees(value, reading.value):
                self._remember(channel, value)
                return reading
            waited = self._clock.now() - since
            if lost is not None:
                raise lost
            if waited >= channel.settings.settle:
                raise self._not_settled(channel, value, reading, waited)
            self._clock.sleep(min(POLL, channel.settings.settle - waited))

    def _remember(self, channel: Channel, value: Scalar) -> None:
        safe = channel.settings.safe
        if safe is None or channel.agrees(safe, value):
            self._told.pop(channel.name, None)
        else:
            self._told[channel.name] = value

    def _check_memory(self) -> None:
        """After the line was lost: an instrument that lost its power with it is back at its safe values.

        Any other difference may be its own doing, such as a flow that a control loop moves. Nothing is set again.
        """
        for name, value in tuple(self._told.items()):
            channel = self._channels[name]
            now = self._reading(channel).value
            if not channel.agrees(value, now) and channel.agrees(_safe_value(channel), now):
                self._told.clear()
                raise NotSettled(
                    f"{self.name}.{name}: was set to {value}, but reads {now} after its line was lost: "
                    "the instrument has started anew, and its other settings are not known either"
                )
        self._generation = self._link.generation

    def _not_settled(self, channel: Channel, value: Scalar, reading: Reading, waited: float) -> NotSettled:
        after = f" after {waited:g} s" if waited else ""
        unit = f" {channel.unit}" if channel.holds == "number" and channel.unit else ""
        said, fault = self._fault()
        return NotSettled(
            f"{self.name}.{channel.name}: set to {value}{unit}, but reads {reading.value}{unit}{after}{said}", fault
        )

    def _fault(self) -> tuple[str, float | None]:
        """The fault code of the instrument in words, and as a number, if it can be had."""
        channel = self._channels.get("fault")
        if channel is None:
            return "", None
        try:
            code = float(self._reading(channel, again=False).value)
        except (DeviceError, ValueError):
            return "; its fault code cannot be read", None
        return f"; its fault code is {code:g}", code

    def _made_safe(self, channel: Channel, attempts: tuple[bool, ...]) -> str:
        """Empty, or why this channel could not be set to its safe value."""
        safe = _safe_value(channel)
        problem = "it is not connected"
        for blindly in attempts:
            try:
                with self._working(), self._heard_or_not(blindly=blindly):
                    self._set(channel, safe, again=False)
                return ""
            except Exception as error:  # whatever it is, the next channel must have its turn
                problem = str(error)
        return f"could not be set to {safe}: {problem}"

    def _told_at_once(self, wanted: list[Channel]) -> None:
        """Say it before the line is trusted again, which takes a while, or never comes on one that is full of noise.

        Whether it was heard is found out afterwards.
        """
        if self._driver is None or self._identity is None or self._locked:
            return  # a stranger is told nothing
        for channel in wanted:
            with suppress(Exception), self._link.urgent():
                self._driver.write(channel, _native(channel, _safe_value(channel)))

    @contextmanager
    def _heard_or_not(self, *, blindly: bool) -> Iterator[None]:
        """With `blindly`, what is sent goes out even if nobody can be asked for his name.

        An instrument whose answers are lost may still hear: off is off. Only where the right one has answered before.
        """
        if not blindly or self._identity is None or self._locked:
            yield
            return
        self._link.handshake = None
        try:
            yield
        finally:
            self._link.handshake = self._greet
            self._link.distrust("made safe without a handshake")

    # ---- what may be asked ---------------------------------------------------------------------------------------

    def _channel(self, name: str) -> Channel:
        channel = self._channels.get(name)
        if channel is None:
            raise UnknownChannel(f"{self.name} has no channel {name!r}.{meant(name, self._channels)}")
        return channel

    def _checked(self, settings: Mapping[str, Any]) -> dict[str, Scalar]:
        checked = {}
        for name, value in settings.items():
            channel = self._channel(name)
            try:
                checked[name] = channel.check(value)
            except OutsideLimits as error:
                raise OutsideLimits(f"{self.name}.{error}") from None
        return checked

    def _checked_arguments(
        self, name: str, command: CommandSettings, arguments: Mapping[str, Any]
    ) -> dict[str, Scalar]:
        for key in arguments:
            if key not in command.arguments:
                raise UnknownChannel(f"{self.name}.{name} has no argument {key!r}.{meant(key, command.arguments)}")
        checked: dict[str, Scalar] = {}
        for key, allowed in command.arguments.items():
            if key not in arguments:
                raise OutsideLimits(f"{self.name}.{name} needs the argument {key!r}")
            checked[key] = allowed.check(f"{self.name}.{name}: {key}", arguments[key])
        return checked

    # ---- who is there --------------------------------------------------------------------------------------------

    def _greet(self, link: Link) -> None:
        """The handshake: called by the link whenever it must be sure who answers."""
        driver = self._driver
        if driver is None:
            raise Disconnected(f"{self.name}: not connected")
        identity = driver.identify()
        expected = self.settings.identity
        if expected is not None and expected not in identity:
            self._locked = True
            raise Refused(f"{self.name}: {identity!r} answers on {link.url}, not {expected!r}. Are cables swapped?")
        if self._identity is not None and identity != self._identity:
            self._locked = True
            raise Refused(
                f"{self.name}: {identity!r} answers on {link.url}, where {self._identity!r} was. Are cables swapped?"
            )
        self._identity, self._locked = identity, False

    def _built(self) -> Driver:
        try:
            return self.settings.driver.build(self._link, Wiring(self.name, self._channels, self.settings.commands))
        except ImportError as error:
            raise Disconnected(f"{self.name}: needs {error.name}: pip install 'junkan[devices]'") from error

    def _connected(self) -> Driver:
        if self._driver is None:
            raise Disconnected(f"{self.name}: not connected. Call connect() first")
        return self._driver

    @contextmanager
    def _working(self) -> Iterator[Driver]:
        with self._counting:
            self._busy += 1
        try:
            yield self._connected()
            self._failed = False
        except BaseException:
            self._failed = True
            raise
        finally:
            with self._counting:
                self._busy -= 1


def _safe_value(channel: Channel) -> Scalar:
    return False if channel.settings.safe is None else channel.settings.safe


def _native(channel: Channel, value: Scalar) -> Scalar:
    """The value as the instrument is told."""
    return channel.to_instrument(float(value)) if channel.holds == "number" else value


def build_device(
    name: str, settings: DeviceSettings, clock: Clock, journal: Journal | None = None, *, exclusive: bool = True
) -> Device:
    """The device that a rig file describes. Opens nothing.

    `exclusive=False` is for the guardian, when the owner of the port is dead and a child of it still holds the lock.
    """
    line = settings.line
    if not exclusive:
        line = line.model_copy(update={"exclusive": False})
    return Device(name, settings, Link(settings.port, line, name=name, clock=clock, journal=journal), clock)
