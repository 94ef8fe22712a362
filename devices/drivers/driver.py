"""What a driver is: it turns the channels of one instrument into exchanges on a strict link, and decides nothing."""

import math
import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

from pydantic import Field, model_validator

from devices.channel import Channel, Native
from devices.channel_settings import ChannelSettings, Finite, Strict
from devices.errors import OutsideLimits, RigRefused
from devices.link import Link
from devices.reading import Scalar

WORD = re.compile(r"[!-~]+")
Answer = bool | str | tuple[float, ...] | None
"""What a command gives back: nothing, the state of a switch, a text, or numbers."""


class ArgumentSettings(Strict):
    """What one argument of a command may be: a number within limits, one of some texts, or a text of a pattern."""

    low: Finite | None = None
    high: Finite | None = None
    choices: tuple[str, ...] | None = None
    pattern: str | None = None

    def check(self, where: str, value: Any) -> Scalar:
        """The value as it may be sent. Raises OutsideLimits, naming `where`.

        A text is one printable word: with blanks or ends of line it could be a second command.
        """
        if self.low is not None or self.high is not None:
            low = -math.inf if self.low is None else self.low
            high = math.inf if self.high is None else self.high
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise OutsideLimits(f"{where} = {value!r} is not a number of {low:g} .. {high:g}")
            return value
        text = str(value)
        if self.choices is not None and text not in self.choices:
            raise OutsideLimits(f"{where} = {text!r} is none of {', '.join(self.choices)}")
        if not WORD.fullmatch(text) or (self.pattern is not None and not re.fullmatch(self.pattern, text)):
            raise OutsideLimits(f"{where} = {text!r} is not {self.pattern or 'one printable word'}")
        return text


class CommandSettings(Strict):
    """Something an instrument does, or a question with arguments. Never repeated unless it is `repeatable`."""

    send: str | None = None
    """Lines: what is sent, with arguments in braces, such as `MOVE {source} {target}`."""
    method: str | None = None
    """PyMeasure: the name in the driver's table."""
    register_: int | None = Field(default=None, ge=0, le=65535, alias="register")
    value: int | None = None
    """Modbus: what is written where."""
    arguments: dict[str, ArgumentSettings] = Field(default_factory=dict)
    answer: str | None = None
    """Lines: a regular expression for the whole answer; its first group is the result. None: the acknowledgement."""
    gives: Literal["nothing", "boolean", "text", "numbers"] = "nothing"
    true: str = "1"
    false: str = "0"
    """How the instrument writes a boolean."""
    crc32: bool = False
    """The answer is `#COUNT CRC NUMBERS`: checked with CRC-32 of the numbers' text."""
    repeatable: bool = False
    """A question that changes nothing: it may be asked again after a failure."""
    double_read: bool = False
    """Believe only what was answered twice, where safety depends on it and answers carry no checksum."""

    @model_validator(mode="after")
    def _only_questions_twice(self) -> Self:
        if self.double_read and (not self.repeatable or self.gives == "nothing"):
            raise RigRefused("double_read", "is for questions: they give something, and are `repeatable: true`")
        return self


@dataclass(frozen=True)
class Wiring:
    """Everything a driver needs of its device: the channels by name, the commands by name."""

    device: str
    channels: Mapping[str, Channel]
    commands: Mapping[str, CommandSettings]


class Driver(Protocol):
    """One instrument on one link. All methods raise only the four errors of a link; values are the instrument's own.

    `read` may be repeated by the link; `write` and `command` never are.
    """

    def identify(self) -> str:
        """Who answers, as text; empty if the instrument cannot say. Called within the handshake: nothing is retried."""
        ...

    def read(self, channel: Channel) -> Scalar:
        """What the instrument says: a finite number in its own unit, a boolean or a text."""
        ...

    def write(self, channel: Channel, value: Scalar) -> None:
        """Tell the instrument; a number is in its own unit and on its grid. The caller reads it back."""
        ...

    def command(self, command: CommandSettings, arguments: Mapping[str, Scalar], /) -> Answer:
        """Have it done once; what comes back is checked against the command's settings."""
        ...


class DriverSettings(Strict):
    """What every kind of driver says of itself before anything is opened."""

    @property
    def link_defaults(self) -> Mapping[str, Any]:
        """Settings of the line that belong to the instrument; the rig file may say otherwise."""
        return {}

    @property
    def timer(self) -> str | None:
        """The channel's `attr` that is the instrument's own switch-off timer, if it has one."""
        return None

    @property
    def identifies(self) -> bool:
        """Whether the instrument can be asked who it is."""
        return True

    @abstractmethod
    def native(self, channel: ChannelSettings) -> Native:
        """What is known of that channel of the instrument. Raises RigRefused, its place being a key of the channel."""

    def check_command(self, command: CommandSettings) -> None:
        """Raises RigRefused, its place being a key of the command, if the instrument cannot do it."""

    @abstractmethod
    def build(self, link: Link, wiring: Wiring) -> Driver:
        """The driver; imports the library it needs, opens nothing."""
