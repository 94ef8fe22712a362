"""Interlocks: what must hold before a setting, or for as long as something else holds.

They are the program's own and stand behind those in hardware, which stay primary: a wire that cuts the plasma when
the door opens needs no computer. Three forms, exactly one of which an interlock has:

    {need: gas.pressure >= 0.2 Pa, before: {gun.plasma: true}}     refuses the setting; nothing is sent or latched
    {need: gas.water, while: gun.plasma}                           polled in every wait; open -> trip, latched
    {need: not gas.door_open, always: true}                        the same, at all times

One with `while` also refuses a setting after which it would be open at once.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, model_validator

from devices.condition import (
    ChannelName,
    ChannelText,
    Comparison,
    Condition,
    ConditionText,
    Quantity,
    Read,
    UnreadableCondition,
    channels_of,
    compare,
    holds,
    parse_condition,
)
from devices.errors import RigRefused
from devices.reading import Reading, Scalar

_RELATIONS = ("<", ">", "=", "!")


def _wanted_from(given: object) -> Comparison:
    """`true`, `3`, `> 30 C` as a comparison of a channel that is filled in later."""
    if isinstance(given, Comparison):
        return given
    text = given.strip() if isinstance(given, str) else given
    if isinstance(text, str) and text.startswith(_RELATIONS):
        condition = parse_condition(f"a.b {text}")
        if isinstance(condition, Comparison):
            return condition
    if isinstance(text, bool):
        return Comparison(_ANY, "==", Quantity(text))
    if isinstance(text, int | float):
        return Comparison(_ANY, "==", Quantity(float(text)))
    if isinstance(text, str):
        return Comparison(_ANY, "==", Quantity(text))
    raise UnreadableCondition(f"a value, or a relation such as '> 30 C', not {given!r}")


def _wanted_text(wanted: Comparison) -> bool | str:
    if isinstance(wanted.quantity.value, bool):
        return wanted.quantity.value
    return f"{wanted.relation} {wanted.quantity}"


_ANY = ChannelName("a", "b")
Wanted = Annotated[Comparison, PlainValidator(_wanted_from), PlainSerializer(_wanted_text)]
"""Which values of a channel an interlock is about."""


class InterlockSettings(BaseModel):
    """One interlock of a rig file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    need: ConditionText
    """What must hold."""
    before: Mapping[ChannelText, Wanted] | None = None
    """Settings before which it must hold: `{gun.plasma: true}`, `{heater.setpoint: '> 30 C'}`. Each one counts."""
    during: ConditionText | None = Field(default=None, alias="while")
    """What it must hold for the whole time of."""
    always: Literal[True] | None = None
    infeasible: str | None = None
    """What it says about the parameters if `before` refuses: the reason of an infeasible growth. Else, nothing."""

    @model_validator(mode="after")
    def _one_form(self) -> "InterlockSettings":
        forms = [self.before, self.during, self.always]
        if sum(form is not None for form in forms) != 1:
            raise RigRefused("need", "say when it must hold: give exactly one of before, while and always")
        if self.before is not None and not self.before:
            raise RigRefused("before", "name at least one setting, such as {gun.plasma: true}")
        if self.infeasible is not None and self.before is None:
            raise RigRefused("infeasible", "only a refused setting says something about the parameters: use before")
        return self

    def is_polled(self) -> bool:
        """Whether it is looked at in every wait."""
        return self.before is None

    def is_closed(self, read: Read, intended: Read | None = None) -> bool:
        """Whether all is well now; a polled interlock. Raises what `read` raises.

        `intended` reads settings as they were last made. What was switched on and put out by a hardware interlock
        has still happened: the occasion counts if it is there or if it should be.
        """
        occasion = self.during is None or (intended is not None and holds(self.during, intended))
        return not (occasion or (self.during is not None and holds(self.during, read))) or holds(self.need, read)

    def forbids(self, device: str, asked: Mapping[str, Scalar], units: Mapping[str, str], read: Read) -> bool:
        """Whether setting the channels `asked` of `device` (in their `units`) is not allowed now."""
        would = After({ChannelName(device, name): Reading(asked[name], units[name], 0.0) for name in asked}, read)
        if self.before is not None:
            meant = any(
                channel.device == device
                and channel.name in asked
                and compare(asked[channel.name], units[channel.name], wanted)
                for channel, wanted in self.before.items()
            )
            return meant and not holds(self.need, would)
        touched = {ChannelName(device, name) for name in asked}
        if not touched.intersection(self.channels()):
            return False
        return not self.is_closed(would)

    def channels(self) -> tuple[ChannelName, ...]:
        """The channels that it reads."""
        return channels_of(self.need) + (channels_of(self.during) if self.during is not None else ())


class After:
    """Readings as they would be with some settings made."""

    def __init__(self, made: Mapping[ChannelName, Reading], read: Read) -> None:
        self._made = made
        self._read = read

    def __call__(self, channel: ChannelName) -> Reading:
        """What was set, or what is read."""
        made = self._made.get(channel)
        return self._read(channel) if made is None else made


def explained(condition: Condition, read: Read) -> str:
    """The condition with what its channels read now: `gas.pressure >= 0.2 Pa (gas.pressure is 0.1 Pa)`."""
    said = [f"{channel} is {shown(read(channel))}" for channel in channels_of(condition)]
    return f"{condition} ({', '.join(said)})"


def shown(reading: Reading) -> str:
    """A reading for people: `0.1 Pa`, `true`."""
    if isinstance(reading.value, float) and not isinstance(reading.value, bool):
        return f"{reading.value:.6g} {reading.unit}".rstrip()
    return str(Quantity(reading.value, reading.unit if not isinstance(reading.value, bool | str) else ""))
