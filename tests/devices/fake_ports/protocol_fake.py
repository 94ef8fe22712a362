"""pyserial's door to the instruments of `tests.devices.fake_ports.bench`."""

from typing import Any
from urllib.parse import urlsplit

from serial import SerialBase, SerialException

from tests.devices.fake_ports import bench


class Serial(SerialBase):
    instant = True

    def open(self) -> None:
        self._wire = bench.wire(urlsplit(self.port).netloc)
        self._received = bytearray()
        if not self._wire.plugged:
            raise SerialException(2, "could not open port: nothing is plugged in")
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def _reconfigure_port(self) -> None:
        pass

    def _live(self) -> bench.Wire:
        if not self._wire.plugged:
            raise SerialException(5, "the device was unplugged")
        return self._wire

    @property
    def in_waiting(self) -> int:
        wire = self._live()
        self._received += wire.unsolicited
        wire.unsolicited = b""
        return len(self._received)

    def read(self, size: int = 1) -> bytes:
        wire = self._live()
        data = bytes(self._received[:size])
        del self._received[:size]
        if not data:
            wire.unsolicited, wire.late = wire.unsolicited + wire.late, b""
        return data

    def write(self, data: Any) -> int:
        self._received += self._live().say(bytes(data))
        return len(data)

    def reset_input_buffer(self) -> None:
        self._live()
        self._received.clear()

    def reset_output_buffer(self) -> None:
        pass
