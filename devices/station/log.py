"""The log of a station: an append-only list of events, the only thing about it that is stored.

Everything that must outlive a process is a fold over these events (`devices.station.state`). Whoever wants to act
reads the log, decides, and appends at the position it has read up to; if somebody else was faster, it reads and
decides again. That one rule makes the first answer win, a substrate belong to one growth, and a trip stay latched.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from devices.errors import DeviceError


@dataclass(frozen=True)
class Event:
    """One thing that happened at a station. `content` is plain JSON; the fields of each `kind` are in `events.py`."""

    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    """UTC; set by the log when it is appended."""


class Conflict(Exception):
    """Somebody else appended first: nothing was written. Read, decide, and try again."""


class LogUnreachable(DeviceError):
    """The log can be neither read nor written at the moment. Nothing may begin that must be written down first."""


class StationLog(Protocol):
    """The log of one station. Both methods may be called from any process and any thread, and raise LogUnreachable."""

    def since(self, position: int) -> Sequence[Event]:
        """The events after the first `position` ones, in order."""
        ...

    def append(self, position: int, *events: Event) -> int:
        """Write `events` behind the first `position` ones, all or none; returns the new length. Raises Conflict."""
        ...


def utc_now() -> datetime:
    """The time that events are stamped with."""
    return datetime.now(UTC)


class MemoryLog:
    """A log that ends with its process: for tests, and for a rig that is driven by hand."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._events: list[Event] = []
        self._lock = threading.Lock()
        self._now = now

    def since(self, position: int) -> Sequence[Event]:
        """The events after the first `position` ones."""
        return tuple(self._events[position:])

    def append(self, position: int, *events: Event) -> int:
        """Write behind the first `position` events. Raises Conflict."""
        with self._lock:
            if position != len(self._events):
                raise Conflict
            self._events.extend(replace(event, at=self._now()) for event in events)
            return len(self._events)
