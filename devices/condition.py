"""Conditions of a rig file: `gas.pressure >= 0.2 Pa and not gas.door`, read into data, never evaluated as code.

    condition   := either ("or" either)*          either := part ("and" part)*
    part        := "not" part | "(" condition ")" | channel | channel relation quantity
    channel     := device "." name                relation := >= <= > < == !=
    quantity    := number [unit] | true | false | word | "text"

A channel alone holds if it reads true. Numbers are compared in SI; a channel with a unit is compared with a number
that has one.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from devices.errors import BadReply
from devices.reading import Reading, Scalar
from devices.units import to_si

_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<channel>[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)(?![\w.])
    | (?P<relation>>=|<=|==|!=|>|<)
    | (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
      (?:\s*(?P<unit>(?!(?:and|or)\b)[A-Za-z%/][A-Za-z0-9/%]*(?:\ (?:c?m|m3/s|l/s)\b)?))?
    | (?P<text>"[^"]*")
    | (?P<parenthesis>[()])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    )""",
    re.VERBOSE,
)


class UnreadableCondition(ValueError):
    """A text that is no condition. The message says where it stops making sense."""


@dataclass(frozen=True)
class ChannelName:
    """One channel of one device, written `device.name`."""

    device: str
    name: str

    def __str__(self) -> str:
        return f"{self.device}.{self.name}"


@dataclass(frozen=True)
class Quantity:
    """What a channel is compared with; a switch or a text has no unit."""

    value: Scalar
    unit: str = ""

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, str):
            return f'"{self.value}"'
        return f"{self.value!r} {self.unit}".rstrip()


@dataclass(frozen=True)
class IsTrue:
    """Holds if the channel reads true."""

    channel: ChannelName

    def __str__(self) -> str:
        return str(self.channel)


@dataclass(frozen=True)
class Comparison:
    """Holds if the channel stands in this relation to the quantity."""

    channel: ChannelName
    relation: str
    quantity: Quantity

    def __str__(self) -> str:
        return f"{self.channel} {self.relation} {self.quantity}"


@dataclass(frozen=True)
class Not:
    """Holds if its part does not."""

    part: "Condition"

    def __str__(self) -> str:
        return f"not ({self.part})" if isinstance(self.part, All | Either) else f"not {self.part}"


@dataclass(frozen=True)
class All:
    """Holds if each of its parts does."""

    parts: "tuple[Condition, ...]"

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Either) else str(part) for part in self.parts)


@dataclass(frozen=True)
class Either:
    """Holds if one of its parts does."""

    parts: "tuple[Condition, ...]"

    def __str__(self) -> str:
        return " or ".join(str(part) for part in self.parts)


Condition: TypeAlias = IsTrue | Comparison | Not | All | Either
Read: TypeAlias = Callable[[ChannelName], Reading]
"""How a condition comes by the reading of a channel."""


def parse_condition(text: str) -> Condition:
    """Read a condition. Raises UnreadableCondition."""
    return _Parser(text).whole()


def parse_quantity(text: str) -> Quantity:
    """Read a number with its unit, true, false, or a text. Raises UnreadableCondition."""
    return _Parser(text).whole_quantity()


def atoms(condition: Condition) -> "Iterator[IsTrue | Comparison]":
    """The statements about single channels of which a condition is made, in the order of its text."""
    if isinstance(condition, IsTrue | Comparison):
        yield condition
    else:
        for part in (condition.part,) if isinstance(condition, Not) else condition.parts:
            yield from atoms(part)


def channels_of(condition: Condition) -> tuple[ChannelName, ...]:
    """The channels that a condition asks for, each once."""
    return tuple(dict.fromkeys(atom.channel for atom in atoms(condition)))


def holds(condition: Condition, read: Read) -> bool:
    """Whether a condition holds; `read` is asked only for the channels that decide it.

    Raises BadReply if a channel reads something that cannot be compared, and whatever `read` raises.
    """
    if isinstance(condition, Not):
        return not holds(condition.part, read)
    if isinstance(condition, All):
        return all(holds(part, read) for part in condition.parts)
    if isinstance(condition, Either):
        return any(holds(part, read) for part in condition.parts)
    reading = read(condition.channel)
    if isinstance(condition, IsTrue):
        if isinstance(reading.value, str):
            raise BadReply(f"{condition.channel} reads {reading.value!r}, which is neither true nor false")
        return bool(reading.value)
    return compare(reading.value, reading.unit, condition)


def compare(value: Scalar, unit: str, comparison: Comparison) -> bool:
    """Whether a value stands in the relation of `comparison`. Raises BadReply if they are of different kinds."""
    wanted = comparison.quantity
    if isinstance(value, str) != isinstance(wanted.value, str):
        raise BadReply(f"{comparison.channel} reads {value!r}, which cannot be compared with {wanted}")
    if isinstance(value, str) or isinstance(wanted.value, str):
        return _RELATIONS[comparison.relation](value, wanted.value)
    left, right = _si(value, unit), _si(wanted.value, wanted.unit)
    if comparison.relation in ("==", "!="):
        same = math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
        return same == (comparison.relation == "==")
    return _RELATIONS[comparison.relation](left, right)


def _si(value: float, unit: str) -> float:
    return float(value) if isinstance(value, bool) or not unit else to_si(value, unit)


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._at = 0

    def _split(self) -> Iterator[tuple[str, re.Match[str]]]:
        at, end = 0, len(self._text.rstrip())
        while at < end:
            found = _TOKEN.match(self._text, at)
            if found is None:
                sign = self._text[at:].lstrip()[:1]
                guess = " Did you mean '=='?" if sign == "=" else ""
                raise UnreadableCondition(f"cannot read {self._text!r} from {self._text[at:].strip()!r} on.{guess}")
            kind = "number" if found["number"] else str(found.lastgroup)
            yield kind, found
            at = found.end()

    def whole(self) -> Condition:
        condition = self._condition()
        self._end()
        return condition

    def whole_quantity(self) -> Quantity:
        quantity = self._quantity("a quantity")
        self._end()
        return quantity

    def _end(self) -> None:
        if self._at < len(self._tokens):
            raise self._error("the end")

    def _error(self, wanted: str) -> UnreadableCondition:
        found = repr(self._tokens[self._at][1].group().strip()) if self._at < len(self._tokens) else "nothing"
        example = "gas.pressure >= 0.2 Pa and gas.water"
        return UnreadableCondition(
            f"in {self._text!r}: expected {wanted}, found {found}. A condition looks like: {example}"
        )

    def _take(self, kind: str, *texts: str) -> re.Match[str] | None:
        if self._at < len(self._tokens):
            found, match = self._tokens[self._at]
            if found == kind and (not texts or match.group().strip() in texts):
                self._at += 1
                return match
        return None

    def _condition(self) -> Condition:
        parts = [self._both()]
        while self._take("word", "or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._part()]
        while self._take("word", "and"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self) -> Condition:
        if self._take("word", "not"):
            return Not(self._part())
        if self._take("parenthesis", "("):
            condition = self._condition()
            if not self._take("parenthesis", ")"):
                raise self._error("')'")
            return condition
        found = self._take("channel")
        if found is None:
            raise self._error("a channel such as gas.pressure")
        device, name = found["channel"].split(".")
        relation = self._take("relation")
        if relation is None:
            return IsTrue(ChannelName(device, name))
        sign = relation["relation"]
        return self._comparison(ChannelName(device, name), sign, self._quantity(f"a quantity behind {sign}"))

    def _comparison(self, channel: ChannelName, relation: str, quantity: Quantity) -> Comparison:
        if not isinstance(quantity.value, float) and relation not in ("==", "!="):
            raise UnreadableCondition(f"in {self._text!r}: {quantity} has no order; use == or !=")
        return Comparison(channel, relation, quantity)

    def _quantity(self, wanted: str) -> Quantity:
        if found := self._take("number"):
            return Quantity(float(found["number"]), found["unit"] or "")
        if found := self._take("text"):
            return Quantity(found["text"][1:-1])
        if found := self._take("word", "true", "false"):
            return Quantity(found["word"] == "true")
        if (found := self._take("word")) and found["word"] not in ("and", "or", "not"):
            return Quantity(found["word"])
        raise self._error(wanted)


def _condition_from(given: Any) -> Condition:
    if isinstance(given, Condition):
        return given
    if not isinstance(given, str):
        raise UnreadableCondition(f"a condition is a text such as gas.pressure >= 0.2 Pa, not {given!r}")
    return parse_condition(given)


def _quantity_from(given: Any) -> Quantity:
    if isinstance(given, Quantity):
        return given
    if isinstance(given, bool):
        return Quantity(given)
    if isinstance(given, int | float):
        return Quantity(float(given))
    if not isinstance(given, str):
        raise UnreadableCondition(f"a quantity is a number with its unit such as '0.2 Pa', not {given!r}")
    return parse_quantity(given)


def _channel_from(given: Any) -> ChannelName:
    if isinstance(given, ChannelName):
        return given
    condition = _condition_from(given)
    if not isinstance(condition, IsTrue):
        raise UnreadableCondition(f"a channel is written device.name, not {given!r}")
    return condition.channel


ConditionText = Annotated[
    Condition, PlainValidator(_condition_from), PlainSerializer(str), WithJsonSchema({"type": "string"})
]
"""A condition in a settings model: a text in the file, data in the program, the same text when it is written out."""
QuantityText = Annotated[
    Quantity, PlainValidator(_quantity_from), PlainSerializer(str), WithJsonSchema({"type": "string"})
]
"""A number with its unit in a settings model."""
ChannelText = Annotated[
    ChannelName, PlainValidator(_channel_from), PlainSerializer(str), WithJsonSchema({"type": "string"})
]
"""A channel in a settings model."""
