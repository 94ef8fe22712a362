"""What an answer looks like on the wire: how a link knows that it has the whole of it, and no more."""

from dataclasses import dataclass
from typing import Protocol


class Reply(Protocol):
    """The shape of one answer."""

    def excess(self, received: bytes | bytearray) -> int | None:
        """How many bytes came behind the answer; None while the answer is not complete."""
        ...

    def content(self, received: bytes) -> bytes:
        """A complete answer without what only frames it."""
        ...


@dataclass(frozen=True)
class Terminated:
    """An answer that ends with `end`."""

    end: bytes = b"\r\n"

    def __post_init__(self) -> None:
        if not self.end:
            raise ValueError("an answer that ends with nothing cannot be told from one that was cut off")

    def excess(self, received: bytes | bytearray) -> int | None:
        """Bytes behind the first `end`."""
        place = received.find(self.end)
        return None if place < 0 else len(received) - place - len(self.end)

    def content(self, received: bytes) -> bytes:
        """What stands before `end`."""
        return received.removesuffix(self.end)


@dataclass(frozen=True)
class Exactly:
    """An answer of `size` bytes with no end mark: that nothing more comes is looked at as well."""

    size: int

    def excess(self, received: bytes | bytearray) -> int | None:
        """Bytes behind the first `size`."""
        return None if len(received) < self.size else len(received) - self.size

    def content(self, received: bytes) -> bytes:
        """All of it."""
        return received


@dataclass(frozen=True)
class Nothing:
    """No answer at all: the instrument is silent about this command, so that the setting must be read back."""

    def excess(self, received: bytes | bytearray) -> int | None:
        """Every byte is one too many."""
        return len(received)

    def content(self, received: bytes) -> bytes:  # noqa: ARG002
        """Nothing."""
        return b""


@dataclass(frozen=True)
class ModbusAnswer:
    """An RTU frame of `size` bytes, or the five of an exception, which sets the highest bit of the function code.

    Modbus application protocol specification V1.1b3, section 7. The checksum is the driver's to look at.
    """

    size: int

    def excess(self, received: bytes | bytearray) -> int | None:
        """Bytes behind the frame."""
        if len(received) < 2:
            return None
        size = 5 if received[1] & 0x80 else self.size
        return None if len(received) < size else len(received) - size

    def content(self, received: bytes) -> bytes:
        """All of it."""
        return received
