"""One wire to one instrument, on which nothing is believed that was not asked for and answered in full.

Serial lines have no sequence numbers. An answer that comes late would be taken for the answer to the next question,
and every later one would be off by one for ever. Therefore: what waits unread is thrown away before a command goes
out; an answer is either complete and exact or one of four errors; and after a missing or a bad answer nothing is sent
until the line has been silent for a while and the instrument has said again who it is.

Only reads are ever repeated. What an instrument did about a command whose answer was lost is not known here: whoever
gave the command reads the state back.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from devices.clock import Clock, RealClock
from devices.errors import BadReply, DeviceError, Disconnected, LinkError, NoReply, Refused
from devices.journal import Journal
from devices.link_settings import LinkSettings
from devices.ports import NETWORK, OwnedPort, Port, translated
from devices.reply import Exactly, Nothing, Reply

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0
CHARACTER_BITS = 11
SILENT_CHARACTERS = 3.5

T = TypeVar("T")


class Link:
    """A strict, exclusive line to one instrument. Raises Disconnected, NoReply, BadReply or Refused, and nothing else.

    `handshake(link)`, if set, asks the instrument who it is and raises Refused if it is another one. It is called
    whenever the line was opened or has been in quarantine, before anything else is sent.
    `generation` counts how often the port was opened: after it has changed, settings are no longer known.
    """

    def __init__(
        self,
        url: str,
        settings: LinkSettings | None = None,
        *,
        name: str = "",
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.url = url
        self.settings = settings or LinkSettings()
        self.name = name or url
        self.handshake: Callable[[Link], None] | None = None
        self.generation = 0
        self.lock = threading.RLock()
        """Held around every exchange; hold it yourself around several that belong together."""
        self._clock = clock or RealClock()
        self._journal = journal
        self._owned = OwnedPort(url, self.settings, self.name)
        self._port: Port | None = None
        self._instant = False
        self._unread = bytearray()
        self._wanted = False
        self._suspect = False
        self._greeted = False
        self._greeting = False
        self._urgent = False
        self._depth = 0
        self._spoken = False
        """Whether this exchange has sent anything, and whether it has heard anything."""
        self._heard = False
        self._fixed = False
        """Whether the last answer was one of fixed length."""

    # ---- the owner's calls ---------------------------------------------------------------------------------------

    def open(self) -> None:
        """Take the port and let the handshake prove who is there. Raises one of the four errors, the port closed."""
        with self.lock:
            self._wanted = True
            try:
                self.perform(lambda: None, again=False)
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Give the port back. Never raises; `open()` may be called again."""
        with self.lock:
            self._wanted = False
            self._drop()

    def distrust(self, reason: str) -> None:
        """Let silence and the handshake come before whatever is sent next."""
        with self.lock:
            self._distrust(reason)

    @property
    def is_open(self) -> bool:
        """Whether the port is held. It may have been unplugged since the last exchange."""
        return self._port is not None

    def exchange(self, request: bytes, reply: Reply, *, again: bool, wait: float | None = None) -> bytes:
        """Send `request` and return the answer, without its end mark.

        `again=True` is for reads only, which change nothing: they are asked again after a missing or a bad answer, and
        a lost port is opened again, until `retries` and `patience` are used up. Commands are sent at most once.
        `wait` is for an instrument that is slow about this one answer; otherwise it has `timeout` seconds.
        """

        def once() -> bytes:
            self.send(request)
            return b"" if isinstance(reply, Nothing) else reply.content(self.receive(reply, wait))

        return self.perform(once, again=again)

    def perform(self, operation: Callable[[], T], *, again: bool) -> T:
        """Run `operation`, which talks through this link, as one undivided exchange, and return what it returns.

        What it raises comes out as one of the four errors; an answer that it cannot understand (a ValueError, say), or
        has not read to its end, is a BadReply. With `again` it is run again as `exchange` says. Inside another
        `perform` it is only run.
        """
        give_up = time.monotonic() + self.settings.patience
        failures, pause, not_slept = 0, FIRST_PAUSE, 0.0
        with self.lock:
            again = again and not self._depth
        while True:
            try:
                with self.lock:
                    return self._performed(operation)
            except (NoReply, BadReply):
                failures += 1
                if not again or failures > self.settings.retries or time.monotonic() > give_up:
                    raise
            except Disconnected:
                if not again or not self._wanted or time.monotonic() + not_slept + pause > give_up:
                    raise
                if self._instant:
                    not_slept += pause
                else:
                    time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def serial(self, answer: Callable[[int], Reply] = Exactly) -> Any:
        """An object that PyMeasure and minimalmodbus take for an open serial port; it obeys the rules of this link.

        `answer(size)` is the shape of what a `read(size)` expects. May be used only inside `perform`.
        """
        from devices.strict_serial import strict_serial

        return strict_serial(self, answer)

    @property
    def is_trusted(self) -> bool:
        """Whether a command would go out at once: the port is open, and silence and name need not be waited for."""
        return self._port is not None and self._greeted and not self._suspect

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """Inside, commands go out at once even on a line that is not trusted: only for switching something off.

        An answer heard inside proves nothing, it may be an old one. Raises Disconnected if the port is not open: what
        is behind a port that was opened anew may be a stranger, who is told nothing.
        """
        with self.lock:
            self._urgent = True
            try:
                yield
            finally:
                self._urgent = False
                self._distrust("something was said in haste")

    # ---- the words of which exchanges are made; only inside perform ----------------------------------------------

    def send(self, request: bytes) -> None:
        """Throw away what nobody asked for, then send."""
        with self.lock:
            self._need_perform()
            if self._spoken:
                self._nothing_more()
            port = self._ready()
            port.reset_input_buffer()
            self._unread.clear()
            self._log("sent", request)
            self._spoken, self._fixed = True, False
            port.write(request)

    def receive(self, reply: Reply, wait: float | None = None) -> bytes:
        """One whole answer with its end mark. Raises NoReply, or BadReply if it is cut off, too long or endless."""
        with self.lock:
            self._need_perform()
            if self._port is None:
                raise Disconnected(f"{self.name}: the line was lost before an answer came")
            excess = self._collect(self._port, reply, self.settings.timeout if wait is None else wait)
            size = len(self._unread) - excess
            received = bytes(self._unread[:size])
            del self._unread[:size]
            self._heard, self._fixed = True, isinstance(reply, Exactly)
            self._log("received", received)
            return received

    def _need_perform(self) -> None:
        if not self._depth:
            raise RuntimeError(f"{self.name}: an exchange has to be one piece: talk to a link inside Link.perform")

    def _collect(self, port: Port, reply: Reply, wait: float) -> int:
        """Read until the answer is complete; returns how many bytes came behind it."""
        limit = time.monotonic() + max(self.settings.longest_wait, wait)
        silence = 0.0
        while (excess := reply.excess(self._unread)) is None:
            chunk = port.read(max(1, port.in_waiting))
            self._unread += chunk
            silence = 0.0 if chunk else silence + self.settings.timeout
            if silence >= wait:
                self._incomplete("is cut off", wait)
            if len(self._unread) > self.settings.longest_answer or time.monotonic() > limit:
                self._incomplete("does not end", wait)
        return excess

    def _incomplete(self, how: str, wait: float) -> None:
        received = bytes(self._unread)
        if not received:
            raise NoReply(f"{self.name}: no answer within {wait:g} s")
        self._heard = True
        self._log("received", received)
        raise BadReply(f"{self.name}: the answer {how}: {_shown(received)}")

    def _nothing_more(self) -> None:
        """The end of an exchange. A digit too many in front of an answer of fixed length shows only here."""
        if self._port is None:
            return
        if self._fixed and not self._unread and not self._instant:
            gap = self.settings.gap
            time.sleep(SILENT_CHARACTERS * CHARACTER_BITS / self.settings.baudrate if gap is None else gap)
        self._fixed = False
        if waiting := self._port.in_waiting:
            self._unread += self._port.read(waiting)
        if self._unread:
            self._log("received", bytes(self._unread))
            raise BadReply(f"{self.name}: more came than an answer: {_shown(bytes(self._unread))} is left over")

    def _log(self, kind: Literal["sent", "received"], content: bytes) -> None:
        if self._journal is not None:
            record = self._journal.sent if kind == "sent" else self._journal.received
            record(self._clock.now(), self.name, content)

    # ---- trust ---------------------------------------------------------------------------------------------------

    def _ready(self) -> Port:
        """The port, open, silent, and with the right instrument behind it."""
        if self._urgent and self._port is None:
            raise Disconnected(f"{self.name}: the port {self.url} is not open")
        port = self._port or self._connected()
        if self._owned.inherited:
            raise Refused(f"{self.name}: the port belongs to the parent of this process, which was forked off with it")
        if self._urgent:
            return port
        if not self._suspect and (self._unread or port.in_waiting):
            self._distrust("something came that nobody asked for")
        if self._greeting:
            if self._suspect:
                self._quarantine(port)
        elif self._suspect or not self._greeted:
            self._regain_trust(port)
        return port

    def _connected(self) -> Port:
        if not self._wanted:
            raise Disconnected(f"{self.name}: the port {self.url} is not open. Connect first")
        self._port = self._owned.open()
        self._instant = bool(getattr(self._port, "instant", False))
        self.generation += 1
        self._greeted = False
        if self.settings.settle:
            time.sleep(self.settings.settle)
            self._port.reset_input_buffer()
        return self._port

    def _regain_trust(self, port: Port) -> None:
        """Silence first, then the handshake. It is given twice: an old answer may have been taken for a name."""
        for last in (False, True):
            if self._suspect:
                self._quarantine(port)
            self._greeting = True
            try:
                if self.handshake is not None:
                    self.handshake(self)
                self._greeted = True
                return
            except (BadReply, Refused):
                self._suspect = True
                if last:
                    raise
            finally:
                self._greeting = False

    def _quarantine(self, port: Port) -> None:
        """Read until nothing has come for `quiet` seconds, so that no old answer can be taken for a new one."""
        limit = time.monotonic() + self.settings.longest_quarantine
        self._unread.clear()
        silence = 0.0
        while silence < self.settings.quiet:
            if port.read(max(1, port.in_waiting)):
                silence = 0.0
            else:
                silence += self.settings.timeout
            if silence < self.settings.quiet and time.monotonic() > limit:
                raise BadReply(f"{self.name}: the line does not fall silent: is something else talking on {self.url}?")
        self._suspect = False

    def _performed(self, operation: Callable[[], T]) -> T:
        outer = self._spoken, self._heard
        self._spoken = self._heard = False
        self._depth += 1
        try:
            with translated(self.name):
                if self._depth == 1:
                    self._ready()  # before the operation: the handshake may build the driver anew
                    self._spoken = self._heard = False
                result = operation()
                self._nothing_more()
            return result
        except LinkError as error:
            self._note(error)
            raise
        except DeviceError:
            raise
        except Exception as error:
            misread = self._misread(error)
            if misread is None:
                if self._spoken:
                    self._distrust(f"an exchange was given up: {error!r}")
                raise
            self._note(misread)
            raise misread from error
        except BaseException:
            self._distrust("an exchange was interrupted")
            raise
        finally:
            self._depth -= 1
            if self._greeting:
                self._spoken, self._heard = outer
            elif self._depth:
                self._spoken, self._heard = self._spoken or outer[0], self._heard or outer[1]

    def _misread(self, error: Exception) -> LinkError | None:
        """A library that fails over an answer has been given a bad one."""
        if self._heard:
            return BadReply(f"{self.name}: an answer that cannot be understood: {type(error).__name__}: {error}")
        if isinstance(error, ValueError) and not self._spoken:
            return Refused(f"{self.name}: refused by its driver, nothing was sent: {error}")
        return None

    def _note(self, error: LinkError) -> None:
        if isinstance(error, Disconnected):
            self._suspect = self._suspect or self._spoken  # the answer may still come when the plug is in again
            self._drop()
        elif isinstance(error, NoReply) and self.url.lower().startswith(NETWORK):
            self._drop()  # a connection whose other end has lost its power looks alive for a quarter of an hour
        if isinstance(error, NoReply | BadReply):
            self._distrust(str(error))
        elif self._journal is not None and self._depth == 1:
            self._journal.failed(self._clock.now(), self.name, str(error))

    def _distrust(self, reason: str) -> None:
        if self._journal is not None and not self._suspect:
            self._journal.failed(self._clock.now(), self.name, reason)
        self._suspect, self._greeted = True, False

    def _drop(self) -> None:
        self._port = None
        self._unread.clear()
        self._owned.close()


def _shown(content: bytes) -> str:
    return repr(content if len(content) <= 40 else content[:37] + b"...")
