"""An instrument behind a real pseudo-terminal, whose answers can be spoilt one by one.

`language(buffer)` cuts the first whole command off a buffer, or returns None; `instrument(command)` returns its answer
(b"" for none). What was heard is kept in `heard`, so that a test can count what was really sent.
"""

import os
import select
import threading
import time
import tty
from collections import deque
from collections.abc import Callable
from pathlib import Path

Language = Callable[[bytearray], bytes | None]
Instrument = Callable[[bytes], bytes]
Sending = list[tuple[float, bytes]]
"""What goes out instead of an answer: (seconds after the command, bytes)."""
Fault = Callable[[bytes], Sending | None]
"""Given the right answer; None pulls the plug."""


def lines(buffer: bytearray, end: bytes = b"\r\n") -> bytes | None:
    """Commands that end with CR LF."""
    place = buffer.find(end)
    return _cut(buffer, place + len(end)) if place >= 0 else None


def modbus(buffer: bytearray) -> bytes | None:
    """Requests of Modbus RTU: eight bytes, and function 16, which says how long it is."""
    if len(buffer) < 7:
        return None
    size = 9 + buffer[6] if buffer[1] == 16 else 8
    return _cut(buffer, size) if len(buffer) >= size else None


DCXS_SIZES = {b"C": 5, b"D": 2, b"E": 3, b"F": 3, b"G": 4, b"H": 3, b"I": 9, b"Z": 2}


def dcxs(buffer: bytearray) -> bytes | None:
    """Commands of the AJA DCXS: one letter, some with digits behind it."""
    size = DCXS_SIZES.get(bytes(buffer[:1]), 1)
    return _cut(buffer, size) if 0 < size <= len(buffer) else None


def _cut(buffer: bytearray, size: int) -> bytes:
    command = bytes(buffer[:size])
    del buffer[:size]
    return command


class PseudoTerminal:
    """A port at `path`, a symbolic link like those in /dev/serial/by-id. Use as a context manager."""

    def __init__(self, folder: Path, language: Language, instrument: Instrument, name: str = "port") -> None:
        self.path = folder / name
        self.heard: list[bytes] = []
        self.faults: deque[Fault] = deque()
        """Each spoils one answer, in order; afterwards the instrument is well again."""
        self.always: Fault | None = None
        """Spoils every answer."""
        self._language = language
        self._instrument = instrument
        self._master = self._slave = -1
        self._plugged = 0
        self._stop, self._wake = os.pipe()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "PseudoTerminal":
        self.plug()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._wake, b"x")
        self._thread.join()
        self.unplug()
        os.close(self._stop)
        os.close(self._wake)

    def plug(self) -> None:
        """Appear. The old symbolic link is replaced in one step."""
        with self._lock:
            self._plugged += 1
            self._master, self._slave = os.openpty()  # the slave stays open here, or the master would see a hang-up
            tty.setraw(self._master)
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            new = self.path.with_suffix(".new")
            new.symlink_to(os.ttyname(self._slave))
            new.replace(self.path)

    def unplug(self) -> None:
        """Vanish: open ports hang up, and there is nothing to open."""
        with self._lock:
            self._pull()

    def say(self, content: bytes) -> None:
        """Send something that nobody asked for."""
        with self._lock:
            os.write(self._master, content)

    def _pull(self) -> None:
        if self._master >= 0:
            os.close(self._master)
            os.close(self._slave)
            self._master = self._slave = -1
            self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        """Commands are answered in turn, and every answer at its time, even if it is somebody else's turn by then."""
        buffer = bytearray()
        pending: list[tuple[float, bytes]] = []
        while True:
            with self._lock:
                master, plugged = self._master, self._plugged
            wait = min((at for at, _ in pending), default=time.monotonic() + 0.05) - time.monotonic()
            watched = [self._stop, *([master] if master >= 0 else [])]
            try:
                ready = select.select(watched, [], [], min(max(wait, 0), 0.05))[0]
            except OSError:  # the plug was pulled while we were looking
                continue
            if self._stop in ready:
                return
            with self._lock:
                if plugged != self._plugged or self._master < 0:  # the new one may have the old one's number
                    buffer.clear()
                    pending.clear()
                    continue
                if master in ready:
                    buffer += os.read(master, 4096)
                    while (command := self._language(buffer)) is not None:
                        pending += self._answered(command)
                for at, content in sorted(pending, key=lambda entry: entry[0]):
                    if at <= time.monotonic() and self._master >= 0:
                        os.write(self._master, content)
                        pending.remove((at, content))

    def _answered(self, command: bytes) -> list[tuple[float, bytes]]:
        self.heard.append(command)
        answer = self._instrument(command)
        if not answer:
            return []
        fault = self.faults.popleft() if self.faults else self.always
        sending = fault(answer) if fault else [(0.0, answer)]
        if sending is None:
            self._pull()
            return []
        return [(time.monotonic() + after, content) for after, content in sending if content]


def silent(answer: bytes) -> Sending:
    """No answer."""
    return []


def truncated(answer: bytes) -> Sending:
    """Half of it, and nothing more."""
    return [(0.0, answer[: max(1, len(answer) // 2)])]


def garbage(answer: bytes) -> Sending:
    """As many bytes of nonsense."""
    return [(0.0, bytes(0x80 + (37 * place + 11) % 0x60 for place in range(len(answer))))]


def late(seconds: float) -> Fault:
    """The right answer, but too late."""
    return lambda answer: [(seconds, answer)]


def prefixed(noise: bytes) -> Fault:
    """Noise, and the answer directly behind it."""
    return lambda answer: [(0.0, noise + answer)]


def flipped(bit: int) -> Fault:
    """One bit of the answer is wrong; `bit` counts through it and starts again at its end."""

    def spoil(answer: bytes) -> Sending:
        spoilt = bytearray(answer)
        place = bit % (8 * len(answer))
        spoilt[place // 8] ^= 1 << (place % 8)
        return [(0.0, bytes(spoilt))]

    return spoil


def instead(other: bytes) -> Fault:
    """Something else: a refusal, say."""
    return lambda _: [(0.0, other)]


def pulled_out(answer: bytes) -> None:
    """The plug is pulled before the answer."""


def torn_off(terminal: PseudoTerminal) -> Fault:
    """Half of the answer, and then the plug is pulled."""

    def spoil(answer: bytes) -> None:
        os.write(terminal._master, answer[: max(1, len(answer) // 2)])
        time.sleep(0.005)  # the half must have been read before the line hangs up, which empties it

    return spoil
