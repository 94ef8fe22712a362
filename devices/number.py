"""Numbers out of answers. What is not plainly a finite number is a BadReply: never nearly a reading."""

import math
import re

from devices.errors import BadReply

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)

SCPI_INFINITY = 9.9e37
"""SCPI instruments say 9.9E37 for infinity and 9.91E37 for not a number (SCPI 1999.0, volume 1, 7.2.1.4 and .5)."""


def finite(answer: object, what: str = "the answer") -> float:
    """The number that `answer` is, or is the text of; blanks around it are allowed.

    Python itself would also take `1_000`, `nan`, `infinity` and digits of other scripts, which are noise on a wire;
    a truth value is not a number either. Raises BadReply, naming `what`.
    """
    if isinstance(answer, bool) or not isinstance(answer, int | float | str | bytes | bytearray):
        raise BadReply(f"{what} is {answer!r}, which is not a number")
    value = float(answer if isinstance(answer, int | float) else _matched(_NUMBER, answer, what))
    if not math.isfinite(value) or abs(value) >= SCPI_INFINITY:
        raise BadReply(f"{what} is {answer!r}, which is not a finite number")
    return value


def whole(answer: str | bytes, what: str = "the answer") -> int:
    """The whole number whose decimal text `answer` is. Raises BadReply, naming `what`."""
    return int(_matched(_WHOLE, answer, what))


def text(answer: bytes, what: str = "the answer") -> str:
    """The printable ASCII text that `answer` is, without blanks around it. Raises BadReply, naming `what`."""
    stripped = bytes(answer).strip()
    if any(byte < 0x20 or byte > 0x7E for byte in stripped):
        raise BadReply(f"{what} is {answer!r}, which is not text")
    return stripped.decode("ascii")


def _matched(pattern: re.Pattern[str], answer: str | bytes | bytearray, what: str) -> str:
    plain = answer.strip() if isinstance(answer, str) else text(bytes(answer), what)
    if not pattern.fullmatch(plain):
        raise BadReply(f"{what} is {answer!r}, which is not a number")
    return plain
