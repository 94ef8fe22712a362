"""The diffractometer: a scan takes its time, and its counts come as one line with their number and a checksum."""

import math
import zlib
from collections.abc import Mapping
from typing import Any, ClassVar

from simulators.thin_film.instruments.line_instrument import (
    BUSY,
    OUT_OF_RANGE,
    UNKNOWN,
    LineInstrument,
    RefusedLine,
    none,
    number,
)
from simulators.thin_film.world import World

NOTHING_THERE, NO_SCAN = 3, 4


class Diffractometer(LineInstrument):
    """`SCAN 20 60 0.02` (deg of 2theta) is answered `OK`, then the scan runs; `STATE?` is IDLE or SCANNING.

    `COUNTS?` gives one line: `#2001 1A2B3C4D 31 35 ...`, the number of points, the CRC-32 of the text behind the second
    blank, and the counts. `STOP` abandons a scan.
    """

    IDENTITY: ClassVar[str] = "JUNKAN,XRD-1,0001,1.0"
    MOST_POINTS = 20001
    SECONDS_PER_POINT = 0.15
    TROUBLES: ClassVar[Mapping[str, str]] = {"stalled": "a scan never ends"}
    KEPT: ClassVar[tuple[str, ...]] = ("left", "counts")

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.left = 0.0
        self.counts: list[int] = []

    def power_up(self) -> None:
        """No scan."""
        super().power_up()
        self.left, self.counts = 0.0, []

    def elapse(self, seconds: float) -> None:
        """Scan."""
        if self.left > 0 and "stalled" not in self._troubles:
            self.left = max(self.left - seconds, 0.0)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember."""
        super().restore(state)
        self.counts = list(self.counts)

    def _obey(self, command: str, arguments: list[str]) -> str:
        if command == "SCAN":
            return self._scan(arguments)
        none(arguments)
        if command == "STATE?":
            return "SCANNING" if self.left > 0 else "IDLE"
        if command == "STOP":
            self.left, self.counts = 0.0, []
            return "OK"
        if command == "COUNTS?":
            return self._block()
        raise RefusedLine(UNKNOWN, "unknown command")

    def _scan(self, arguments: list[str]) -> str:
        if len(arguments) != 3:
            raise RefusedLine(UNKNOWN, "start, stop and step expected")
        if self.left > 0:
            raise RefusedLine(BUSY, "scanning")
        start, stop = (number(text, 5.0, 140.0) for text in arguments[:2])
        step = number(arguments[2], 0.001, 1.0)
        points = math.floor((stop - start) / step + 1e-6) + 1
        if not 2 <= points <= self.MOST_POINTS:
            raise RefusedLine(OUT_OF_RANGE, f"not between 2 and {self.MOST_POINTS} points")
        counts = self._world.diffraction(start, stop, step)
        if counts is None:
            raise RefusedLine(NOTHING_THERE, "no sample")
        self.counts = [int(count) for count in counts]
        self.left = self.SECONDS_PER_POINT * points
        return "OK"

    def _block(self) -> str:
        if self.left > 0:
            raise RefusedLine(BUSY, "scanning")
        if not self.counts:
            raise RefusedLine(NO_SCAN, "no scan")
        text = " ".join(map(str, self.counts))
        return f"#{len(self.counts)} {zlib.crc32(text.encode()):08X} {text}"
