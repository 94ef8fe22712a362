"""An instrument that speaks in lines of text: a command, a blank, its arguments; one line of answer to each."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from simulators.thin_film.instruments.instrument import Instrument

LONGEST_LINE = 256
UNKNOWN, OUT_OF_RANGE, BUSY = 1, 2, 9


class RefusedLine(Exception):
    """`ERR code text`, said aloud."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        super().__init__(f"ERR {code} {text}")


class LineInstrument(Instrument):
    r"""Lines end with \r\n (a lone \n or \r does too). Exactly one line is answered to each that is not empty."""

    IDENTITY: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._line = bytearray()

    @abstractmethod
    def _obey(self, command: str, arguments: list[str]) -> str:
        """Do it and say what to answer. Raises RefusedLine."""

    def feed(self, data: bytes) -> None:
        """Bytes beyond the longest line are swallowed until it ends, and the line is refused."""
        for byte in data:
            if byte in b"\r\n":
                line, self._line = bytes(self._line), bytearray()
                if line:
                    self._answer(f"{self._reply(line)}\r\n".encode())
            elif len(self._line) <= LONGEST_LINE:
                self._line.append(byte)

    def busy(self, request: bytes) -> bytes:
        """`ERR 9 busy`."""
        return f"ERR {BUSY} busy\r\n".encode() if request.strip() else b""

    def power_up(self) -> None:
        """Half a line is forgotten."""
        super().power_up()
        self._line.clear()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember; half a line is forgotten."""
        super().restore(state)
        self._line.clear()

    def _reply(self, line: bytes) -> str:
        try:
            if len(line) > LONGEST_LINE or not line.isascii():
                raise RefusedLine(UNKNOWN, "unreadable")
            words = line.decode("ascii").split()
            if not words:
                raise RefusedLine(UNKNOWN, "unknown command")
            if words == ["*IDN?"]:
                return self.IDENTITY
            return self._obey(words[0], words[1:])
        except RefusedLine as refused:
            return str(refused)


def one(arguments: list[str]) -> str:
    """The only argument. Raises RefusedLine."""
    if len(arguments) != 1:
        raise RefusedLine(UNKNOWN, "one argument expected")
    return arguments[0]


def none(arguments: list[str]) -> None:
    """There is no argument. Raises RefusedLine."""
    if arguments:
        raise RefusedLine(UNKNOWN, "no argument expected")


def number(text: str, low: float, high: float) -> float:
    """A finite number in these limits. Raises RefusedLine."""
    try:
        value = float(text)
    except ValueError:
        raise RefusedLine(UNKNOWN, "not a number") from None
    if "_" in text or not math.isfinite(value):
        raise RefusedLine(UNKNOWN, "not a number")
    if not low <= value <= high:
        raise RefusedLine(OUT_OF_RANGE, f"not between {low:g} and {high:g}")
    return value


def switch(text: str) -> bool:
    """`1` or `0`. Raises RefusedLine."""
    if text not in ("0", "1"):
        raise RefusedLine(OUT_OF_RANGE, "not 0 or 1")
    return text == "1"
