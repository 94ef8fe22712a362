"""A link in the clothes of an open serial port, for libraries that want one.

PyMeasure's own adapter returns what has come when the time is up: 250 W cut short is read as 2 W. Through this object
a read is complete or an error, whatever the library does with it.
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from devices.reply import Reply, Terminated

if TYPE_CHECKING:
    from devices.link import Link


def strict_serial(link: "Link", answer: Callable[[int], Reply]) -> Any:
    """A `serial.SerialBase` whose reads and writes are those of `link`; `answer(size)` is what `read(size)` expects."""
    return _strict_class()(link, answer)


@functools.cache
def _strict_class() -> Any:
    """The class is made when it is first needed: pyserial may not be installed."""
    import serial

    class StrictSerial(serial.SerialBase):  # type: ignore[misc]
        is_open = True

        def __init__(self, link: "Link", answer: Callable[[int], Reply]) -> None:
            self._link = link
            self._answer = answer
            self._port = self.portstr = self.name = link.url
            self._baudrate = link.settings.baudrate
            self._timeout = self._write_timeout = link.settings.timeout

        def write(self, data: bytes) -> int:
            self._link.send(bytes(data))
            return len(data)

        def read(self, size: int = 1) -> bytes:
            return self._link.receive(self._answer(size))

        def read_until(self, expected: bytes = b"\n", size: int | None = None) -> bytes:  # noqa: ARG002
            return self._link.receive(Terminated(bytes(expected)))

        @property
        def in_waiting(self) -> int:
            return 0

        def open(self) -> None:
            """The link opens the port."""

        def close(self) -> None:
            """The link closes the port, not a library that is done with it."""

        def flush(self) -> None:
            """Nothing is held back."""

        def reset_input_buffer(self) -> None:
            """The link does so before every command."""

        def reset_output_buffer(self) -> None:
            """Nothing is held back."""

        def _reconfigure_port(self) -> None:
            raise ValueError(f"{self._link.name}: how a line is set belongs into the rig file, not into a driver")

    return StrictSerial
