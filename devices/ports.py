"""Ports: opened by URL, held by one owner, and their libraries' exceptions translated into the four errors of a link.

A URL is whatever `serial.serial_for_url` takes: `/dev/serial/by-id/...`, `socket://host:port`,
`rfc2217://host:port`, or a scheme that somebody has registered (`sim://station/instrument`).
"""

import errno
import fcntl
import hashlib
import os
import sys
import tempfile
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from devices.errors import BadReply, DeviceError, Disconnected, LinkError, NoReply, Refused
from devices.link_settings import PortSettings


class Port(Protocol):
    """What a link uses of a pyserial object.

    One that has an attribute `instant = True` answers as soon as it is written to: nothing is waited for there.
    """

    @property
    def in_waiting(self) -> int:
        """Number of bytes that can be read at once; `socket://` knows only 0 and 1."""
        ...

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes; fewer after the time limit."""
        ...

    def write(self, data: bytes, /) -> int | None:
        """Send."""
        ...

    def reset_input_buffer(self) -> None:
        """Forget what has come in."""
        ...

    def close(self) -> None:
        """Give the port back."""
        ...


NETWORK = ("socket://", "rfc2217://")
_held: dict[str, str] = {}
_holding = threading.Lock()


def canonical(url: str) -> str:
    """One name for one port: symbolic links are followed, so that two names of a port are seen to be the same."""
    return url.lower().partition("?")[0] if "://" in url else os.path.realpath(url)


def lock_path(url: str) -> Path:
    """The file whose lock says that a port is in use: the line itself, or for a terminal server a file of its own."""
    if not url.lower().startswith(NETWORK):
        return Path(url)
    name = f"junkan-port-{hashlib.sha256(canonical(url).encode()).hexdigest()[:16]}.lock"
    return Path(tempfile.gettempdir()) / name


class OwnedPort:
    """A port in this process's hands. `close()` gives it back; to everybody else it is Disconnected until then."""

    def __init__(self, url: str, settings: PortSettings, owner: str) -> None:
        self.url = url
        self._settings = settings
        self._owner = owner
        self._key = ""
        self._lock_file = -1
        self._port: Any = None
        self._process = 0

    @property
    def inherited(self) -> bool:
        """Whether this process got the port from its parent by fork: both would talk at once."""
        return self._port is not None and self._process != os.getpid()

    def open(self) -> Port:
        """Take the port. Raises Disconnected if it is absent or somebody else's."""
        if self._settings.exclusive:
            self._take()
        try:
            with translated(self._owner):
                self._port = _opened(self.url, self._settings, self._owner)
        except BaseException:
            self.close()
            raise
        self._process = os.getpid()
        port: Port = self._port
        return port

    def close(self) -> None:
        """Give the port back, whatever state it is in. Never raises."""
        port, self._port = self._port, None
        if port is not None:
            with suppress(OSError, termios.error, ValueError):  # unplugged, which is often why it is being closed
                port.close()
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1
        with _holding:
            if self._key:
                _held.pop(self._key, None)
                self._key = ""

    def _take(self) -> None:
        key = canonical(self.url)
        with _holding:
            if key in _held:
                raise Disconnected(
                    f"{self._owner}: the port {self.url} is already open in this process, for {_held[key]!r}. "
                    "Give each device a port of its own, or close the other one first"
                )
            _held[key] = self._owner
            self._key = key
        if self.url.lower().startswith(NETWORK):
            self._take_from_other_processes(key)

    def _take_from_other_processes(self, key: str) -> None:
        """A serial line is locked by the line itself; a terminal server is not, so that a file stands in for it."""
        path, how = lock_path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            try:
                self._lock_file = os.open(path, how)
            except FileNotFoundError:  # asked for only now: Linux lets nobody create over another user's file
                self._lock_file = os.open(path, how | os.O_CREAT, 0o644)
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise _held_elsewhere(self._owner, self.url) from error
        except OSError as error:
            self.close()
            raise Disconnected(f"{self._owner}: {path}, which marks {self.url} as in use: {error}") from error


def _opened(url: str, settings: PortSettings, owner: str) -> Any:
    try:
        import serial
    except ImportError as error:
        raise Disconnected(f"{owner}: {url} needs pyserial: pip install 'junkan[devices]'") from error
    options: dict[str, Any] = settings.model_dump(include=set(PortSettings.model_fields))
    if not settings.exclusive:
        options["exclusive"] = None  # False would take the lock of this process away, None leaves it alone
    if not url.lower().startswith("rfc2217://"):
        options["write_timeout"] = max(settings.timeout, 1.0)  # pyserial counts a pause of this process as well
    try:
        return serial.serial_for_url(url, **options)
    except serial.SerialException as error:
        if "exclusively lock" in str(error):
            raise _held_elsewhere(owner, url) from error
        if error.errno == errno.ENOENT:
            raise Disconnected(
                f"{owner}: there is no port {url}. Is the instrument plugged in and switched on? "
                "`ls /dev/serial/by-id` shows the lines that are there"
            ) from error
        raise
    except ValueError as error:
        raise Disconnected(f"{owner}: the port {url} cannot be opened: {error}") from error


def _held_elsewhere(owner: str, url: str) -> Disconnected:
    return Disconnected(
        f"{owner}: the port {url} is in use by another program, and only one may have it. End that program first"
    )


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Whatever a library raises inside comes out as one of the four errors, with its cause, naming the device."""
    try:
        yield
    except Exception as error:
        known = link_error(error, name)
        if known is None or known is error:
            raise
        raise known from error


def link_error(error: Exception, name: str) -> LinkError | None:
    """Which of the four errors an exception of pyserial, minimalmodbus or the operating system is; None if of none.

    An unplugged line raises `termios.error`, which is not an OSError; those of minimalmodbus are, and all mean
    something else than a lost line.
    """
    if isinstance(error, DeviceError):
        return error if isinstance(error, LinkError) else None
    if (modbus := sys.modules.get("minimalmodbus")) is not None and isinstance(error, modbus.ModbusException):
        return _modbus_error(error, name, modbus)
    if isinstance(error, OSError | termios.error):
        return Disconnected(f"{name}: the line is lost: {error}")
    return None


def _modbus_error(error: Exception, name: str, modbus: Any) -> LinkError:
    if isinstance(error, modbus.SlaveReportedException):
        return Refused(f"{name}: the instrument refused: {error}")
    if isinstance(error, modbus.NoResponseError):
        return NoReply(f"{name}: no answer")
    return BadReply(f"{name}: {error}")
