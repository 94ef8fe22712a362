"""Every command and every answer of a run, in the order in which they crossed the wire.

JSON lines: {"part": n}, then {"at": s, "device": name, "sent": text} before the bytes go out, and {"received": text}
or {"failed": text} after. Bytes are written as Latin-1: people can read the file, and nothing is lost.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

DEFAULT_LIMIT = 64 * 2**20
"""Bytes; a growth of an hour with twenty channels writes about two million."""


class Journal(Protocol):
    """Whoever wants to know what a link says and hears. `at` is the time of the link's clock in s."""

    def sent(self, at: float, device: str, content: bytes) -> None:
        """Called before these bytes are written."""
        ...

    def received(self, at: float, device: str, content: bytes) -> None:
        """Called with the whole of an answer, good or bad."""
        ...

    def failed(self, at: float, device: str, message: str) -> None:
        """Called when an exchange gave no checked answer, or a port was lost or found again."""
        ...


@dataclass(frozen=True)
class Line:
    """One line of a journal: `kind` is sent, received or failed; `content` is bytes, of a failure its text."""

    at: float
    device: str
    kind: str
    content: bytes


class FileJournal:
    """A journal in one file of at most `limit` bytes; before it gets longer the older half is given up.

    What is kept of a crash matters more than what is kept of a quiet beginning; `complete(path)` tells whether the
    beginning is still there. May be used by several links and threads at once.

    It never raises: a full disk must not keep a plasma from being switched off. What could not be written is counted,
    and the next line that can be written says so.
    """

    def __init__(self, path: Path, *, limit: int = DEFAULT_LIMIT) -> None:
        self.path = path
        self._limit = limit
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        self._size = 0
        self.lost = 0
        """How many lines could not be written since one could be."""

    def sent(self, at: float, device: str, content: bytes) -> None:
        """Write it down before the bytes go out."""
        self._write(at, device, "sent", content.decode("latin-1"))

    def received(self, at: float, device: str, content: bytes) -> None:
        """Write an answer down."""
        self._write(at, device, "received", content.decode("latin-1"))

    def failed(self, at: float, device: str, message: str) -> None:
        """Write a failure down."""
        self._write(at, device, "failed", message)

    def close(self) -> None:
        """Close the file; the next line would open it again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write(self, at: float, device: str, kind: str, content: str) -> None:
        line = json.dumps({"at": round(at, 6), "device": device, kind: content}) + "\n"
        with self._lock:
            try:
                if self.lost:
                    gap = f"{self.lost} lines of this journal could not be written before this one"
                    self._append(json.dumps({"at": round(at, 6), "device": "journal", "failed": gap}) + "\n")
                self._append(line)
                self.lost = 0
            except OSError:
                self.lost += 1
                self._abandon()

    def _append(self, line: str) -> None:
        file = self._file or self._continued()
        if self._size + len(line) > self._limit // 2:
            file = self._next_part(file)
        file.write(line)
        file.flush()  # to the operating system: what was sent is known even after a kill -9
        self._size += len(line)

    def _abandon(self) -> None:
        """What is still in the buffer is given up; the next line opens the file again, behind the last whole one."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _continued(self) -> IO[str]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            return self._begun(1)
        self._file = self.path.open("r+", encoding="ascii")
        whole = self._file.read().rfind("\n") + 1
        self._file.seek(whole)  # behind the last line that no crash has cut off
        self._file.truncate()
        self._size = whole
        return self._file

    def _next_part(self, file: IO[str]) -> IO[str]:
        file.close()
        self.path.replace(_older(self.path))
        return self._begun(_part(_older(self.path)) + 1)

    def _begun(self, part: int) -> IO[str]:
        self._file = self.path.open("w", encoding="ascii")
        self._size = self._file.write(json.dumps({"part": part}) + "\n")
        self._file.flush()
        return self._file


def lines(path: Path) -> Iterator[Line]:
    """What a journal holds, oldest first. A last line that was cut off by a crash is left out."""
    for part in _parts(path):
        with part.open(encoding="ascii") as file:
            next(file, "")
            yield from (_parsed(line) for line in file if line.endswith("\n"))


@dataclass(frozen=True)
class Exchange:
    """What was sent to a device in one piece, and all that was received before the next."""

    at: float
    device: str
    sent: bytes
    received: bytes
    failure: str | None = None


def exchanges(path: Path) -> list[Exchange]:
    """The exchanges of a run, in the order in which they began."""
    found: list[Exchange] = []
    last: dict[str, int] = {}
    for line in lines(path):
        if line.kind == "sent":
            last[line.device] = len(found)
            found.append(Exchange(line.at, line.device, line.content, b""))
        elif line.device in last:
            place = last[line.device]
            one = found[place]
            if line.kind == "received":
                found[place] = replace(one, received=one.received + line.content)
            else:
                found[place] = replace(one, failure=line.content.decode("utf-8"))
    return found


def replayed(path: Path, tell: Callable[[Exchange], bytes]) -> list[tuple[Exchange, bytes]]:
    """Say everything once more, in order; returns the exchanges that were answered otherwise, with those answers.

    `tell` is given one exchange after the other, lets time pass until its `at`, sends, and returns what comes back.
    """
    answers = [(exchange, tell(exchange)) for exchange in exchanges(path)]
    return [(exchange, answer) for exchange, answer in answers if answer != exchange.received]


def complete(path: Path) -> bool:
    """Whether a journal still has its beginning."""
    parts = _parts(path)
    return bool(parts) and _part(parts[0]) == 1


def _parts(path: Path) -> list[Path]:
    return [part for part in (_older(path), path) if part.exists()]


def _part(path: Path) -> int:
    with path.open(encoding="ascii") as file:
        return int(json.loads(file.readline())["part"])


def _older(path: Path) -> Path:
    return path.with_name(path.name + ".older")


def _parsed(line: str) -> Line:
    entry = json.loads(line)
    kind = next(kind for kind in ("sent", "received", "failed") if kind in entry)
    encoding = "utf-8" if kind == "failed" else "latin-1"
    return Line(entry["at"], entry["device"], kind, entry[kind].encode(encoding))
