"""The driver for instruments that talk in lines of text: set and query templates, an acknowledgement, error answers."""

import re
import string
import zlib
from collections.abc import Callable, Mapping
from typing import Literal, TypeVar

from pydantic import Field, field_validator

from devices.channel import Channel, Native
from devices.channel_settings import ChannelSettings
from devices.drivers.driver import Answer, CommandSettings, DriverSettings, Wiring
from devices.errors import BadReply, NoReply, Refused, RigRefused
from devices.link import Link
from devices.number import finite, text
from devices.reading import Scalar
from devices.reply import Terminated

_NUMBER_FORMAT = re.compile(r"(0?\d*)(?:\.(\d+))?([fdeEg]?)", re.ASCII)
NAK = "\x15"
T = TypeVar("T")


class LinesSettings(DriverSettings):
    """`kind: lines`: what all exchanges have in common. Errors and busy answers are regular expressions."""

    kind: Literal["lines"]
    terminator: str = Field(default="\r\n", min_length=1)
    acknowledge: str | None = "OK"
    """The whole answer to a set and to a command; None if the instrument does not answer them."""
    errors: str = r"ERR.*"
    """An answer that means: I will not."""
    busy: str = r"BUSY.*"
    """An answer that means: not now. A question is asked again, anything else is refused."""
    identity: str | None = None
    """The question whose answer tells who the instrument is, such as `*IDN?`."""

    @field_validator("errors", "busy")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        compiled(pattern, "")
        return pattern

    @property
    def identifies(self) -> bool:
        """Whether there is something to ask."""
        return self.identity is not None

    def native(self, channel: ChannelSettings) -> Native:
        """Templates say whether it can be set and asked, and how finely."""
        if channel.set_ is None and channel.query is None:
            raise RigRefused("query", "is missing: what is sent to ask for this quantity, and `set` to set it")
        for key, value in (("attr", channel.attr), ("register", channel.register_)):
            if value is not None:
                raise RigRefused(key, "is not for a driver of lines, which takes `set` and `query`")
        for key, template in (("set", channel.set_), ("query", channel.query)):
            self._check_plain(key, template)
        if channel.answer is not None:
            compiled(channel.answer, "answer")
        step = None if channel.set_ is None else _step(channel.set_)
        return Native(step=step, readable=channel.query is not None, settable=channel.set_ is not None)

    def check_command(self, command: CommandSettings) -> None:
        """It says what to send, and names its arguments."""
        if command.send is None:
            raise RigRefused("send", "is missing: what is sent to have it done")
        self._check_plain("send", command.send)
        names = _fields(command.send, "send")
        if set(names) != set(command.arguments):
            wanted, given = ", ".join(sorted(set(names))), ", ".join(sorted(command.arguments))
            raise RigRefused("arguments", f"`send` has {wanted or 'none'}, but `arguments` describes {given or 'none'}")
        if command.answer is not None:
            compiled(command.answer, "answer")

    def build(self, link: Link, wiring: Wiring) -> "LinesDriver":
        """The driver."""
        return LinesDriver(self, link, wiring)

    def _check_plain(self, key: str, template: str | None) -> None:
        if template is not None and (not template.isascii() or any(ord(letter) < 32 for letter in template)):
            raise RigRefused(key, "must be printable ASCII; the terminator is added by the driver")


class LinesDriver:
    """Lines of text on a link."""

    def __init__(self, settings: LinesSettings, link: Link, wiring: Wiring) -> None:
        self._settings = settings
        self._link = link
        self._wiring = wiring
        self._reply = LineOrNak(settings.terminator.encode("ascii"))
        self._errors = re.compile(settings.errors)
        self._busy = re.compile(settings.busy)

    def identify(self) -> str:
        """The answer to the identity question."""
        if self._settings.identity is None:
            return ""
        return self._ask(self._settings.identity, str, again=False)

    def read(self, channel: Channel) -> Scalar:
        """Ask, and check the answer as strictly as the channel allows."""
        return self._ask(channel.settings.query or "", lambda line: _value(channel, line), again=True)

    def write(self, channel: Channel, value: Scalar) -> None:
        """Send the set template; the acknowledgement must be exact."""
        self._tell(_filled(channel, value))

    def command(self, command: CommandSettings, arguments: Mapping[str, Scalar], /) -> Answer:
        """Send it once."""
        line = (command.send or "").format(**arguments)
        if command.gives == "nothing" and command.answer is None:
            self._tell(line)
            return None
        return self._ask(line, lambda answer: _given(command, answer), again=command.repeatable)

    def _tell(self, line: str) -> None:
        acknowledge = self._settings.acknowledge
        if acknowledge is None:
            self._link.perform(lambda: self._send(line), again=False)
            return

        def exchange() -> None:
            answer = self._exchanged(line)
            if self._busy.fullmatch(answer) or answer == NAK:
                raise Refused(f"{self._wiring.device}: {answer!r} in answer to {line!r}")
            if answer != acknowledge:
                raise BadReply(f"{self._wiring.device}: {answer!r} in answer to {line!r}, expected {acknowledge!r}")

        self._link.perform(exchange, again=False)

    def _ask(self, line: str, parsed: Callable[[str], T], *, again: bool) -> T:
        def exchange() -> T:
            answer = self._exchanged(line)
            if self._busy.fullmatch(answer) or answer == NAK:
                raise (NoReply if again else Refused)(f"{self._wiring.device}: {answer!r} in answer to {line!r}")
            try:
                return parsed(answer)
            except BadReply as error:
                raise BadReply(f"{self._wiring.device}: {line!r}: {error}") from error

        return self._link.perform(exchange, again=again)

    def _exchanged(self, line: str) -> str:
        self._send(line)
        raw = self._link.receive(self._reply)
        if raw.strip() == NAK.encode():
            return NAK
        plain = text(self._reply.content(raw), f"{self._wiring.device}: the answer to {line!r}")
        if self._errors.fullmatch(plain) and not self._busy.fullmatch(plain):  # busy is often one of the errors
            raise Refused(f"{self._wiring.device}: {plain!r} in answer to {line!r}")
        return plain

    def _send(self, line: str) -> None:
        self._link.send(line.encode("ascii") + self._reply.end)


class LineOrNak(Terminated):
    """A line, or the one byte NAK that some instruments send instead of one."""

    def excess(self, received: bytes | bytearray) -> int | None:
        """Bytes behind the line."""
        return 0 if received.strip() == NAK.encode() else super().excess(received)


def compiled(pattern: str, key: str) -> re.Pattern[str]:
    """The regular expression, or RigRefused."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise RigRefused(key, f"{pattern!r} is not a regular expression: {error}") from error


def _fields(template: str, key: str) -> list[str]:
    """The names in braces. Only plain names: a template reaches into nothing."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise RigRefused(key, f"{template!r}: {error}") from error
    names = [name for _, name, _, _ in parts if name is not None]
    for name in names:
        if name and not name.isidentifier():
            raise RigRefused(key, f"{template!r}: a name in braces is a plain word, not {name!r}")
    return names


def _step(template: str) -> float | None:
    """What one digit of the last place of `AR {:.2f}` is worth."""
    if _fields(template, "set") != [""]:
        raise RigRefused("set", f"{template!r} needs one pair of braces for the value, such as `AR {{:.2f}}`")
    _, _, spec, conversion = next(part for part in string.Formatter().parse(template) if part[1] is not None)
    match = _NUMBER_FORMAT.fullmatch(spec or "")
    if conversion or match is None:
        raise RigRefused("set", f"{template!r}: the format of a number is like `.2f`, `d` or `.4e`")
    if match[3] == "d":
        return 1.0
    return 10.0 ** -int(match[2]) if match[3] == "f" and match[2] else None


def _filled(channel: Channel, value: Scalar) -> str:
    template = channel.settings.set_ or ""
    if channel.holds == "boolean":
        return template.format(channel.settings.true if value else channel.settings.false)
    if isinstance(value, float) and channel.step == 1.0:
        return template.format(round(value))
    return template.format(value)


def _value(channel: Channel, line: str) -> Scalar:
    settings = channel.settings
    value = line if settings.answer is None else _matched(settings.answer, line)
    if channel.holds == "boolean":
        return _switch(value, settings.true, settings.false)
    if channel.holds == "text":
        if settings.choices is not None and value not in settings.choices:
            raise BadReply(f"{line!r} is none of {', '.join(settings.choices)}")
        return value
    return finite(value)


def _switch(value: str, true: str, false: str) -> bool:
    if value not in (true, false):
        raise BadReply(f"{value!r} is neither {true!r} nor {false!r}")
    return value == true


def _matched(pattern: str, line: str) -> str:
    match = re.fullmatch(pattern, line)
    if match is None:
        raise BadReply(f"{line!r} does not look like {pattern!r}")
    return match[1] if match.re.groups else line


def _given(command: CommandSettings, line: str) -> Answer:
    """What a command gives back. Raises BadReply."""
    value = line if command.answer is None else _matched(command.answer, line)
    if command.gives == "boolean":
        return _switch(value, command.true, command.false)
    if command.gives != "numbers":
        return value if command.gives == "text" else None
    if command.crc32:
        return _checked_numbers(value)
    return tuple(finite(part) for part in value.replace(",", " ").split())


def _checked_numbers(line: str) -> tuple[float, ...]:
    """The numbers of `#COUNT CRC NUMBERS`, whose CRC-32 is over the text of the numbers."""
    match = re.fullmatch(r"#(\d+) ([0-9A-Fa-f]{8}) (.*)", line)
    if match is None:
        raise BadReply(f"{line[:40]!r} does not begin like '#COUNT CRC NUMBERS'")
    if zlib.crc32(match[3].encode("ascii")) != int(match[2], 16):
        raise BadReply("the checksum of the numbers is wrong")
    numbers = tuple(finite(part) for part in match[3].split())
    if len(numbers) != int(match[1]):
        raise BadReply(f"{match[1]} numbers were announced and {len(numbers)} came")
    return numbers
