"""pyserial's door to simulated instruments: `serial.serial_for_url("sim://station/instrument")`.

The package is found once `simulators.thin_film.ports.PACKAGE` stands in `serial.protocol_handler_packages`.
"""

import errno
from typing import Any
from urllib.parse import urlsplit

from serial import PortNotOpenError, SerialBase, SerialException, to_bytes

from simulators.thin_film.ports import registry
from simulators.thin_film.wire import Wire

FAILED_OPEN = 1.0
"""Seconds of the wire's time that a vain attempt to open takes, so that a cable that fell out comes back."""


class Serial(SerialBase):  # type: ignore[misc]
    """A port whose other end is a simulated instrument of this process.

    A `read` that finds too little returns at once, and its time limit counts as waited: what would have arrived within
    it has arrived. Nothing sleeps, so simulated growths are quick and always the same.
    """

    is_open: bool
    instant = True
    """Waiting for bytes costs no real time."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._wire: Wire | None = None
        self._received = bytearray()
        self._cable = 0
        super().__init__(*arguments, **keywords)

    def open(self) -> None:
        """Raises SerialException: already open, nothing there (errno 2), or held by another (errno 11)."""
        if self.is_open:
            raise SerialException("Port is already open.")
        parts = urlsplit(self.port)
        try:
            wire = registry.wire_at(parts.netloc, parts.path.strip("/"))
        except KeyError as error:
            raise SerialException(errno.ENOENT, f"could not open port {self.port}: {error.args[0]}") from None
        if not wire.plugged:
            wire.time.wait(FAILED_OPEN)
            raise SerialException(errno.ENOENT, f"could not open port {self.port}: nothing is plugged in")
        if self._exclusive and wire.owner is not None:
            raise SerialException(errno.EAGAIN, f"Could not exclusively lock port {self.port}: it is held by another")
        self._wire, self._cable = wire, wire.unplugged
        if self._exclusive:
            wire.owner = self
        self._received.clear()
        self.is_open = True

    def close(self) -> None:
        """Let go of the port."""
        if self._wire is not None and self._wire.owner is self:
            self._wire.owner = None
        self.is_open = False
        self._wire = None

    def _reconfigure_port(self) -> None:
        """Speed and parity make no difference here."""

    def _live(self) -> Wire:
        if self._wire is None:
            raise PortNotOpenError()
        if not self._wire.plugged or self._wire.unplugged != self._cable:
            raise SerialException(errno.EIO, f"{self.port}: the device was unplugged")
        return self._wire

    @property
    def in_waiting(self) -> int:
        """Bytes that have arrived."""
        self._received += self._live().read()
        return len(self._received)

    def write(self, data: Any) -> int:
        """The instrument hears it, and its answer begins to travel. Raises SerialException if it is unplugged."""
        content = to_bytes(data)
        wire = self._live()
        wire.write(content)
        self._live()
        return len(content)

    def read(self, size: int = 1) -> bytes:
        """At most `size` bytes; fewer only when the time limit has been waited through."""
        wire = self._live()
        deadline = wire.time.now() + (self._timeout or 0.0)
        while True:
            self._received += wire.read()
            if len(self._received) >= size:
                break
            change = wire.next_change()
            now = wire.time.now()
            if change is None or change > deadline:
                wire.time.wait(deadline - now)
                break
            wire.time.wait(max(change - now, 0.0))
            self._live()
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def read_until(self, expected: bytes = b"\n", size: int | None = None) -> bytes:
        """Up to and with `expected`, or at most `size` bytes; what there is, when the time limit has been waited."""
        line = bytearray()
        while not line.endswith(expected) and (size is None or len(line) < size):
            found = self._received.find(expected)
            wanted = found + len(expected) if found >= 0 else max(len(self._received), 1)
            part = self.read(min(wanted, size - len(line)) if size is not None else wanted)
            if not part:
                break
            line += part
        return bytes(line)

    def reset_input_buffer(self) -> None:
        """Forget what has arrived."""
        self._live().read()
        self._received.clear()

    def reset_output_buffer(self) -> None:
        """Nothing waits on the way out."""
        self._live()

    def flush(self) -> None:
        """Nothing waits on the way out."""
        self._live()

    def cancel_read(self) -> None:
        """No read ever waits."""
