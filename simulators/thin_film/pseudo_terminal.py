"""A real terminal device whose other end is a simulated instrument. Linux and macOS only.

Speed and parity are taken and ignored, as every pseudo-terminal does; everything else is what a driver meets on a USB
adapter: a name that stays while the device behind it changes, errors of the kernel when the cable is out.
"""

import os
import tty
from contextlib import suppress
from pathlib import Path

from simulators.thin_film.wire import ElapsedTime, Wire

MOST_UNREAD = 1 << 16
"""Bytes that nobody reads are kept up to here; then the newest are lost, as on a real port."""


class PseudoTerminal:
    """One port with a stable name. `serve` moves bytes; call it when the terminal is readable and now and then."""

    def __init__(self, wire: Wire, link: Path) -> None:
        self.wire = wire
        self.link = link
        self._master = self._slave = -1
        self._unsent = bytearray()
        wire.time = ElapsedTime()

    @property
    def descriptor(self) -> int:
        """What to wait on; -1 while the cable is out."""
        return self._master

    def serve(self) -> bool:
        """Move what waits in either direction, and let the cable be in or out. True if the descriptor has changed."""
        before = self._master
        if not self.wire.plugged:
            self.close()
        elif self._master < 0:
            self._open()
        if self._master >= 0:
            self._receive()
            self._send()
        if not self.wire.plugged:  # it fell out with these bytes
            self.close()
        return self._master != before

    def close(self) -> None:
        """Take the name away and let whoever holds the port find it dead. Never raises."""
        if self._master < 0:
            return
        with suppress(OSError):
            self.link.unlink()
        for descriptor in (self._master, self._slave):
            with suppress(OSError):
                os.close(descriptor)
        self._master = self._slave = -1
        self._unsent.clear()

    def _open(self) -> None:
        """The slave is kept open here: without that the master would report an error whenever no client is there."""
        self._master, self._slave = os.openpty()
        tty.setraw(self._master)
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        fresh = self.link.with_name(f".{self.link.name}.{os.getpid()}")
        with suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self.link)

    def _receive(self) -> None:
        with suppress(BlockingIOError):
            while data := os.read(self._master, 4096):
                self.wire.write(data)

    def _send(self) -> None:
        self._unsent += self.wire.read()
        del self._unsent[MOST_UNREAD:]
        with suppress(BlockingIOError):
            while self._unsent:
                sent = os.write(self._master, self._unsent)
                del self._unsent[:sent]
