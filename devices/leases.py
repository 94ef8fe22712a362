"""Leases: one process at a time drives the devices of a station, and one that stalled does not act when it wakes up.

A lease lasts `TIME_TO_LIVE` from its last renewal. Whoever has not renewed in time has lost it, even if nobody else
took it: in the meantime anything may have happened to the rig.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from devices.errors import DeviceError

TIME_TO_LIVE = 30.0
"""Seconds that a lease lasts."""
BEAT = 10.0
"""Seconds after which it is renewed."""
LOOK = 0.5
"""Seconds after which devices that somebody else drives are looked at again."""


class LeaseHeld(DeviceError):
    """Somebody else drives the device. The message says who, and for how long at least."""


class LeaseLost(DeviceError):
    """The lease is no longer ours: it expired, or somebody took it then. `holder` is who has it now, if known."""

    def __init__(self, message: str, holder: str | None = None) -> None:
        self.holder = holder
        super().__init__(message)


class LeasesUnreachable(DeviceError):
    """Nobody can say at the moment whose the lease is. It stays ours until it expires."""


class Leases(Protocol):
    """Who drives which device. Names are `station/device`; owners are texts of `devices.owner.Owner`."""

    def take(self, names: Sequence[str], owner: str) -> None:
        """Take all of them or none. Raises LeaseHeld."""
        ...

    def beat(self, owner: str) -> None:
        """Renew all that `owner` has, in the same act that proves that it still has them. Raises LeaseLost,
        LeasesUnreachable."""
        ...

    def release(self, owner: str) -> None:
        """Give back whatever `owner` has."""
        ...


class MemoryLeases:
    """Leases within one process: for tests, and for a rig that is driven by hand."""

    def __init__(self, now: Callable[[], float] = time.monotonic, time_to_live: float = TIME_TO_LIVE) -> None:
        self._now = now
        self._time_to_live = time_to_live
        self._held: dict[str, tuple[str, float]] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def take(self, names: Sequence[str], owner: str) -> None:
        """Take all of them or none. Raises LeaseHeld."""
        now = self._now()
        for name in names:
            holder, until = self._held.get(name, (owner, now))
            if holder != owner and until > now:
                raise LeaseHeld(f"{name} is driven by {holder}; its lease ends in {until - now:.0f} s unless renewed")
        self._held.update(dict.fromkeys(names, (owner, now + self._time_to_live)))
        self._names[owner] = tuple(names)

    def beat(self, owner: str) -> None:
        """Renew. Raises LeaseLost."""
        now = self._now()
        for name in self._names.get(owner, ()):
            holder, until = self._held.get(name, ("", now))
            if holder != owner:
                raise LeaseLost(f"{name} is driven by {holder or 'nobody'} now", holder or None)
            if until <= now:
                raise LeaseLost(f"the lease of {name} expired {now - until:.0f} s ago")
        self._held.update(dict.fromkeys(self._names.get(owner, ()), (owner, now + self._time_to_live)))

    def release(self, owner: str) -> None:
        """Give back."""
        self._held = {name: held for name, held in self._held.items() if held[0] != owner}
        self._names.pop(owner, None)


def boot_time() -> float:
    """Seconds since the machine was started, the time in which it was suspended included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class HeldLease:
    """What one process holds: renews it in time, and knows by itself when it is too late.

    `now` must go on while this process stands still. `patience` is how long, in s, devices are waited for that somebody
    else drives.
    """

    def __init__(
        self,
        leases: Leases,
        owner: str,
        now: Callable[[], float] = boot_time,
        patience: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._leases = leases
        self._owner = owner
        self._now = now
        self._patience = patience
        self._sleep = sleep
        self._renewed: float | None = None

    def take(self, names: Sequence[str]) -> None:
        """Take all of them or none. Raises LeaseHeld once the patience is over."""
        deadline = self._now() + self._patience
        while True:
            began = self._now()
            try:
                self._leases.take(names, self._owner)
                break
            except LeaseHeld:
                if began >= deadline:
                    raise
            self._sleep(LOOK)
        self._renewed = began

    def confirm(self) -> None:
        """Return only if the lease is surely ours; called before every setting and in every wait. Raises LeaseLost."""
        if self._renewed is None:
            raise LeaseLost("the lease of the rig was never taken, or has been given back")
        asked = self._now()
        if asked - self._renewed < BEAT:
            return
        late = asked - self._renewed >= TIME_TO_LIVE
        try:
            self._leases.beat(self._owner)
            renewed = asked
        except LeasesUnreachable:
            renewed = self._renewed
        if late or self._now() - renewed >= TIME_TO_LIVE:
            raise LeaseLost(f"the lease of the rig was not renewed for {TIME_TO_LIVE:g} s: this process stood still")
        self._renewed = renewed

    def release(self) -> None:
        """Give it back; nothing happens if there is none."""
        if self._renewed is not None:
            self._renewed = None
            self._leases.release(self._owner)
