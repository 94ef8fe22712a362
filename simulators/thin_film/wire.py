"""The cable between a port and an instrument: bytes travel on it, are spoilt on it, and it can fall out."""

import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from simulators.thin_film.faults import NOT_OBEYED, Chance, Fault, FaultSettings
from simulators.thin_film.instruments.instrument import Instrument

NAK = b"\x15"


class WireTime(Protocol):
    """The time in which answers travel. It is not the time of the world, which may stand still meanwhile."""

    def now(self) -> float:
        """Seconds."""
        ...

    def wait(self, seconds: float) -> None:
        """Somebody waited that long for bytes."""
        ...


class ElapsedTime:
    """Time that passes by itself: for ports that are real."""

    def now(self) -> float:
        """Seconds since the machine was started."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Whoever waited really did."""


class WaitedTime:
    """Time that passes while somebody waits for bytes in vain, and with the world: nothing sleeps."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Seconds that were waited."""
        return self._now

    def wait(self, seconds: float) -> None:
        """Wait without waiting."""
        self._now += seconds


class Wire:
    """One instrument at the end of one cable."""

    def __init__(
        self,
        name: str,
        instrument: Instrument,
        faults: FaultSettings | None = None,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        """`lock` is held while the instrument is spoken to, for it shares its world with others."""
        self.name = name
        self.instrument = instrument
        self.chance = Chance(faults or FaultSettings(), name)
        self.time: WireTime = WaitedTime()
        self.written: list[bytes] | None = None
        """If a list: every burst of bytes that was written to the port, whatever became of it."""
        self.unplugged = 0
        """How often the cable was out: whoever opened a port before has a dead one."""
        self.owner: object | None = None
        """Who holds the port for himself alone."""
        self._lock = nullcontext() if lock is None else lock
        self._arriving: list[tuple[float, bytes]] = []
        self._back_at: float | None = None
        self._falls_out_at: float | None = None

    @property
    def plugged(self) -> bool:
        """The cable is in. One that fell out by chance is put back after a while; one that was pulled is not."""
        if self._falls_out_at is None and self._back_at is None:
            return True
        if self._falls_out_at is not None and self.time.now() >= self._falls_out_at:
            self.unplug(self.chance.settings.away)
        if self._back_at is not None and self.time.now() >= self._back_at:
            self.plug()
        return self._back_at is None

    def unplug(self, seconds: float = float("inf")) -> None:
        """Pull the cable, for so long. What was on it is lost."""
        self._arriving.clear()
        self._falls_out_at = None
        self._back_at = self.time.now() + seconds
        self.unplugged += 1
        self.owner = None

    def plug(self) -> None:
        """Put the cable back."""
        self._back_at = None

    def write(self, data: bytes) -> None:
        """Bytes from the port. Nothing arrives anywhere while the cable is out."""
        if self.written is not None:
            self.written.append(data)
        if not self.plugged:
            return
        fault = self.chance.draw()
        if fault is Fault.UNPLUGGED:
            self.unplug(self.chance.settings.away)
            return
        if fault is not None and fault in NOT_OBEYED:
            answer = {Fault.BUSY: self.instrument.busy(data), Fault.NAK: NAK}.get(fault, b"")
        else:
            with self._lock:
                self.instrument.feed(data)
                answer = self.instrument.take()
        self._send(fault, answer)

    def _send(self, fault: Fault | None, answer: bytes) -> None:
        now = self.time.now()
        spoilt = self.chance.spoil(fault, answer)
        if spoilt:
            self._arriving.append((now + (self.chance.settings.late if fault is Fault.LATE else 0.0), spoilt))
        if fault is Fault.CUT_OFF:
            self._falls_out_at = now + 0.01

    def read(self) -> bytes:
        """What has arrived at the port by now, what the instrument says unasked included."""
        if not self.plugged:
            return b""
        unasked = self.instrument.take()
        if not unasked and not self._arriving:
            return b""
        now = self.time.now()
        if unasked:
            self._arriving.append((now, unasked))
        arrived = b"".join(data for at, data in self._arriving if at <= now)
        self._arriving = [(at, data) for at, data in self._arriving if at > now]
        return arrived

    def next_change(self) -> float | None:
        """When, in the wire's time, something on it changes by itself; None if nothing is planned."""
        if not self._arriving and self._back_at is None and self._falls_out_at is None:
            return None
        moments = [at for at, _ in self._arriving]
        moments += [at for at in (self._back_at, self._falls_out_at) if at is not None]
        return min(moments, default=None)
