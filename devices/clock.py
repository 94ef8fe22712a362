"""Time as a rig sees it: real, or handed in by whoever simulates the instruments."""

import time
from typing import Protocol


class Clock(Protocol):
    """Waits go through here, and nowhere else, so that a simulated growth of an hour takes a second."""

    def now(self) -> float:
        """Seconds since the clock's own epoch; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
        ...


class RealClock:
    """The clock on the wall, `speed` times as fast: a simulated laboratory may run ahead, instruments never do."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed

    def now(self) -> float:
        """Seconds since the machine was started, times the speed."""
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(seconds, 0.0) / self._speed)
