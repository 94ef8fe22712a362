"""Time that passes only when somebody waits: an hour of growth takes a second, and is the same every time."""

from collections.abc import Callable

LONGEST_STEP = 5.0
"""Seconds between two looks of whoever watches the time."""


class VirtualClock:
    """A clock that stands still between waits. Whoever is told of the time advances with it.

    A wait is made of steps of at most `step` seconds, so that the instruments, and an interlock that asks them, see
    what happens in between. Nothing depends on how fast the computer is.
    """

    def __init__(self, start: float = 0.0, step: float = LONGEST_STEP) -> None:
        self._now = start
        self._step = step
        self._subscribers: list[Callable[[float], None]] = []

    def now(self) -> float:
        """Seconds since the beginning of the virtual laboratory."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let that much time pass, in steps."""
        end = self._now + max(seconds, 0.0)
        while self._now < end:
            step = min(self._step, end - self._now)
            self._now = end if step == end - self._now else self._now + step
            for subscriber in tuple(self._subscribers):
                subscriber(step)

    def subscribe(self, advance: Callable[[float], None]) -> None:
        """Have `advance(seconds)` called after every step."""
        self._subscribers.append(advance)
