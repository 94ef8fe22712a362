"""A rig: the devices of one station, driven together, made safe together.

Every wait goes through `sleep` or `until`, and every setting through `apply`: there the interlocks are looked at, the
lease is renewed, and requests to stop are heard. A rig belongs to one thread.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NoReturn, Self

from devices.clock import Clock
from devices.condition import ChannelName, Condition, holds, parse_condition
from devices.errors import (
    DeviceError,
    Interrupted,
    NotSettled,
    OutsideLimits,
    Tripped,
    UnknownChannel,
)
from devices.guardian import Guardian, NoGuardian
from devices.interlock import explained
from devices.leases import HeldLease, LeaseLost
from devices.lookout import Lookout
from devices.names import meant
from devices.reading import Reading, Scalar
from devices.rig_device import RigDevice, RigJournal
from devices.rig_settings import RigSettings
from devices.safing import Crew, Phase, hands_for, made_safe, make_safe, safe_phases
from devices.stop_level import StopLevel

LONGEST_SAFE = 10.0
"""Seconds after which a device that still does not answer is listed as unsafe; a guardian is more patient."""


def _go() -> StopLevel:
    return StopLevel.GO


def _nothing_latched() -> str | None:
    return None


def _not_noted(*_: object) -> None:
    return None


class Rig:
    """The devices of a station. Use it as a context: whatever ends the block, the rig is made safe and given back.

    The attributes `observer`, `requested`, `on_trip`, `on_unsafe` and `latched` may be replaced before `connect`.
    """

    def __init__(
        self,
        settings: RigSettings,
        devices: Mapping[str, RigDevice],
        clock: Clock,
        lease: HeldLease,
        guardian: Guardian | None = None,
        journal: RigJournal | None = None,
    ) -> None:
        self.settings = settings
        self.devices = devices
        self.clock = clock
        self.observer: Callable[[str, Mapping[str, Reading]], None] = _not_noted
        """Told of every reading that the rig makes: device, channel -> reading."""
        self.requested: Callable[[], StopLevel] = _go
        """What somebody asks for at the moment; looked at in every wait."""
        self.on_trip: Callable[[str, str], None] = _not_noted
        """Told of a trip, after the rig was made safe: the interlock's name, and the reason. It latches the trip."""
        self.latched: Callable[[], str | None] = _nothing_latched
        """Why nobody may use the rig before a person has reset a trip; asked by `connect`."""
        self.on_unsafe: Callable[[list[str]], None] = _not_noted
        """Told what could not be made safe."""
        self.unsafe: list[str] = []
        """What the last `safe` could not do."""
        self._lease = lease
        self._guardian: Guardian | NoGuardian = guardian if guardian is not None else NoGuardian()
        self._news: str | None = None
        self._journal = journal
        self._phases = safe_phases(settings)
        self._lookout = Lookout(settings, self._reading, clock.now)
        self._finishing = False
        self._ended: DeviceError | None = None
        self._taken = False
        self._armed: set[str] = set()
        self._connected: list[str] = []

    # ---- beginning and end

    def connect(self) -> None:
        """Take the lease, start the guardian, then open the devices.

        Raises Tripped if a trip is latched, LeaseHeld, and what a device raises; then nothing stays open.
        """
        self._refuse_if_latched()
        self._lease.take([f"{self.settings.station}/{name}" for name in self.devices])
        try:
            self._refuse_if_latched()  # again: whoever drove the rig while it was waited for may have tripped it
            self._guardian.start()
            for name, device in self.devices.items():
                self._connected.append(name)
                device.connect()
        except BaseException:
            self.close()
            raise

    def _refuse_if_latched(self) -> None:
        reason = self.latched()
        if reason is not None:
            raise Tripped(f"a trip is latched: {reason}. Find the cause, then reset it with a note", reason)

    def close(self) -> None:
        """Make safe, give back ports and lease, and let the guardian go if nothing is left unsafe. Never raises.

        If another process has taken the lease, nothing more is sent.
        """
        if self._connected:
            self.safe()
        for name in self._connected:
            try:
                self.devices[name].release()
            except Exception as error:
                self.unsafe.append(f"{name}: could not be closed: {error}")
        if self._taken or not self.unsafe:
            self._guardian.dismiss()
        else:
            self._guardian.leave()
        self._connected.clear()
        with contextlib.suppress(DeviceError):  # nobody can be told: the lease ends by itself
            self._lease.release()
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- reading and setting

    def now(self) -> float:
        """The clock's time in s."""
        return self.clock.now()

    def read(self, device: str, *channels: str) -> dict[str, Reading]:
        """Read channels of one device. Raises UnknownChannel, and the four errors of a link."""
        readings = self._device(device).read(*channels)
        self.observer(device, readings)
        return readings

    def check(self, device: str, **settings: Scalar) -> None:
        """Compare settings with the limits; moves nothing. Raises OutsideLimits, UnknownChannel."""
        self._device(device).check(**settings)

    def apply(self, device: str, **settings: Scalar) -> dict[str, Reading]:
        """Set channels of one device, one after the other, each only if limits, interlocks and lease allow it now.

        Returns what was read back.

        Raises OutsideLimits, UnknownChannel and Inhibited before anything is sent; NotSettled and the four errors of
        a link after the rig has been made safe; Tripped, Interrupted.
        """
        self._device(device).check(**settings)
        if len(settings) > 1:
            self._allow(device, settings)
        readings: dict[str, Reading] = {}
        for name, value in settings.items():
            self._needs_timer(device, name, value)
            self._allow(device, {name: value})
            self._may_act()
            with self._made_safe_on_error():
                done = self.devices[device].apply(**{name: value})
            self._note(device, name, done)
            self.observer(device, done)
            readings.update(done)
            self.guard()
        return readings

    def command(self, device: str, name: str, **arguments: Scalar) -> Any:
        """Have a device do something, once. Raises what the device raises; Tripped, Interrupted."""
        self._device(device)
        self.guard()
        self._may_act()
        return self.devices[device].command(name, **arguments)

    def arm_timer(self, device: str, seconds: float) -> None:
        """Have the instrument end its plasma by itself, `timer_margin` after the planned `seconds` (R9)."""
        self._device(device)
        self._may_act()
        with self._made_safe_on_error():
            self.devices[device].arm_timer(seconds + self.settings.guardian.timer_margin)
        self._armed.add(device)

    # ---- waiting

    def sleep(self, seconds: float) -> None:
        """Let that much time pass, with a look at everything in between. Raises Tripped, Interrupted."""
        end = self.clock.now() + seconds
        self.guard()
        while (left := end - self.clock.now()) > 0:
            self.clock.sleep(min(left, self.settings.clock.interval))
            self.guard()

    def until(self, condition: str | Condition | Callable[[], bool], limit: float, what: str) -> None:
        """Wait until a condition holds, at most `limit` seconds; `what` says to people what is waited for.

        Raises NotSettled after the limit, when the rig has been made safe; Tripped, Interrupted.
        """
        parsed = parse_condition(condition) if isinstance(condition, str) else condition
        end = self.clock.now() + limit
        self.guard()
        while not self._is_met(parsed):
            left = end - self.clock.now()
            if left <= 0:
                with self._made_safe_on_error():
                    seen = "" if callable(parsed) else f": {explained(parsed, self._reading)}"
                self.safe()
                raise NotSettled(f"{what}: not reached within {limit:g} s{seen}{self._left_unsafe()}")
            self.clock.sleep(min(left, self.settings.clock.interval))
            self.guard()

    def guard(self) -> None:
        """Look at requests, lease, guardian, interlocks and watches. Raises Tripped, Interrupted, errors of a link."""
        self._may_act()
        self._guardian_is_there()
        self._hear()
        with self._made_safe_on_error():
            self._look()

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """While a sample is brought home after a stop: a stop is not heard again, an emergency is."""
        before, self._finishing = self._finishing, True
        try:
            yield
        finally:
            self._finishing = before

    # ---- safety

    def safe(self) -> list[str]:
        """Make everything safe: plasma, shutter, heater, gas, the rest. Never raises; returns what was not done.

        A rig that another process has taken is not ours to make safe: nothing is sent.
        """
        if self._taken:
            return self.unsafe
        phases = [phase for phase in self._phases if phase.device in self._connected]
        self._speak()  # devices that do not answer take their time
        self.unsafe = self._make_safe(phases)
        self._armed.clear()
        self._lookout.intended.clear()
        for line in self.unsafe:
            self._write_down("rig", f"left unsafe: {line}")
        if self.unsafe:
            try:
                self.on_unsafe(self.unsafe)
            except Exception as error:  # whoever is told must not keep the rig from being given back
                self._write_down("rig", f"nobody could be told: {error}")
        return self.unsafe

    def _make_safe(self, phases: Sequence[Phase]) -> list[str]:
        """On a virtual clock one after the other: nothing is waited for there, and every run must be the same."""
        if self.settings.clock.kind == "virtual":
            return make_safe(self.devices, phases)
        hands = hands_for(phases)
        crew = Crew(phases, lambda phase: made_safe(self.devices[phase.device], phase), hands)
        crew.go_round()
        left = crew.wait(LONGEST_SAFE)
        for hand in hands.values():
            hand.shutdown(wait=False, cancel_futures=True)
        return left

    def _look(self) -> None:
        found = self._lookout.look()
        if found is not None:
            self._trip(*found)

    def _trip(self, name: str, reason: str) -> NoReturn:
        self.safe()  # before it is written down: a database may be slow
        self._write_down(name, f"tripped: {reason}")
        self._ended = Tripped(f"{name}: {reason}. The rig was made safe{self._left_unsafe()}", name)
        self.on_trip(name, reason)
        raise self._ended

    def _allow(self, device: str, asked: Mapping[str, Scalar]) -> None:
        """Raises Inhibited if an interlock forbids these settings in the present state."""
        with self._made_safe_on_error():
            objection = self._lookout.objection(device, asked)
        if objection is not None:
            raise objection

    def _may_act(self) -> None:
        """The last look before something is sent: no process that stood still may go on as if nothing had happened."""
        self._refuse_if_ended()
        self._confirm_lease()

    def _confirm_lease(self) -> None:
        try:
            self._lease.confirm()
        except LeaseLost as error:
            self._taken = error.holder is not None
            self.safe()
            self._ended = Interrupted(f"{error}. Nothing more is set by this process", StopLevel.PAUSE)
            raise self._ended from error

    def _guardian_is_there(self) -> None:
        self._speak()
        if self._news is not None:
            self.safe()
            self._ended = Interrupted(f"{self._news}{self._left_unsafe()}", StopLevel.PAUSE)
            raise self._ended

    def _speak(self) -> None:
        """Tell the guardian that all is well; it may have news."""
        self._news = self._news or self._guardian.word()

    def _hear(self) -> None:
        level = StopLevel(self.requested())
        if level.urgency <= StopLevel.PAUSE.urgency or (level is StopLevel.STOP and self._finishing):
            return
        self.safe()
        self._ended = Interrupted(f"{level} was asked for. The rig was made safe{self._left_unsafe()}", level)
        raise self._ended

    def _refuse_if_ended(self) -> None:
        ended = self._ended
        if ended is None:
            return
        if self._finishing and isinstance(ended, Interrupted) and ended.level == StopLevel.STOP:
            return
        raise ended.with_traceback(None)

    @contextmanager
    def _made_safe_on_error(self) -> Iterator[None]:
        """A device that fails leaves the rig safe, whatever is done about it afterwards."""
        try:
            yield
        except OutsideLimits:
            raise  # nothing was sent
        except (Tripped, Interrupted):
            raise  # it has been made safe
        except DeviceError:
            self.safe()
            raise

    def _is_met(self, condition: Condition | Callable[[], bool]) -> bool:
        with self._made_safe_on_error():
            return condition() if callable(condition) else holds(condition, self._reading)

    def _reading(self, channel: ChannelName) -> Reading:
        return self.read(channel.device, channel.name)[channel.name]

    def _device(self, name: str) -> RigDevice:
        device = self.devices.get(name)
        if device is None:
            raise UnknownChannel(f"there is no device '{name}'.{meant(name, self.devices)}")
        return device

    def _needs_timer(self, device: str, channel: str, value: Scalar) -> None:
        has_timer = self.settings.devices[device].timer is not None
        if has_timer and device not in self._armed and self._is_strike(device, channel, value):
            raise OutsideLimits(f"{device}.{channel}: arm the instrument's own timer before the plasma is struck")

    def _note(self, device: str, channel: str, done: Mapping[str, Reading]) -> None:
        """Remember what was meant: an interlock in hardware may undo it."""
        self._lookout.intended[ChannelName(device, channel)] = done[channel]
        if channel == "plasma" and not done[channel].value:
            self._armed.discard(device)

    def _is_strike(self, device: str, channel: str, value: Scalar) -> bool:
        return channel == "plasma" and bool(value) and "plasma_source" in self.settings.devices[device].role

    def _write_down(self, what: str, message: str) -> None:
        if self._journal is not None:
            with contextlib.suppress(OSError):  # a full disk does not keep a rig from being made safe
                self._journal.failed(self.clock.now(), what, message)

    def _left_unsafe(self) -> str:
        return f". Left unsafe: {'; '.join(self.unsafe)}" if self.unsafe else ""
