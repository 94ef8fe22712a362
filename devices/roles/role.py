"""What a device must have to fill a role: channels and commands by name. Data, so that a rig file can be judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from devices.channel import Channel
from devices.drivers.driver import CommandSettings
from devices.errors import RigRefused
from devices.units import dimension

RoleName = Literal["plasma_source", "heater", "gas_line", "gauge", "transfer", "sheet_resistance", "diffractometer"]


@dataclass(frozen=True)
class Need:
    """One channel that a role cannot do without, or (`optional`) that must be right if it is there."""

    holds: Literal["number", "boolean", "text"]
    measures: str | None = None
    """The dimension of its unit, such as `power`."""
    setting: bool = False
    safe: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Role:
    """One role: `channels` and `commands` (name -> names of its arguments) that it needs."""

    name: RoleName
    channels: Mapping[str, Need] = field(default_factory=dict)
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    some_setting: str | None = None
    """At least one setting, of whatever name, measures this."""

    def check(self, channels: Mapping[str, Channel], commands: Mapping[str, CommandSettings]) -> None:
        """Raises RigRefused with the place `channels.NAME` or `commands.NAME` if the role cannot be filled."""
        for name, need in self.channels.items():
            self._check_channel(name, need, channels.get(name))
        for name, arguments in self.commands.items():
            self._check_command(name, arguments, commands.get(name))
        wanted = self.some_setting
        if wanted and not any(one.setting and _measures(one) == wanted for one in channels.values()):
            raise RigRefused("channels", f"the role {self.name} needs at least one setting in a unit of {wanted}")

    def _check_channel(self, name: str, need: Need, channel: Channel | None) -> None:
        place = f"channels.{name}"
        if channel is None:
            if need.optional:
                return
            raise RigRefused(place, f"is missing: the role {self.name} needs it ({_described(need)})")
        if channel.holds != need.holds or (need.measures and _measures(channel) != need.measures):
            raise RigRefused(place, f"the role {self.name} needs {_described(need)} here")
        if need.setting and not channel.setting:
            raise RigRefused(place, f"the role {self.name} sets it: give it limits, or a switch its safe value")
        if need.safe and channel.settings.safe is None:
            raise RigRefused(f"{place}.safe", f"is missing: what is safe for the {name} of a {self.name}?")

    def _check_command(self, name: str, arguments: tuple[str, ...], command: CommandSettings | None) -> None:
        place = f"commands.{name}"
        if command is None:
            raise RigRefused(place, f"is missing: the role {self.name} needs it, with {_listed(arguments)}")
        if set(command.arguments) != set(arguments):
            raise RigRefused(f"{place}.arguments", f"the role {self.name} calls it with {_listed(arguments)}")


ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role(
            "plasma_source",
            {
                "power": Need("number", "power", setting=True, safe=True),
                "plasma": Need("boolean", setting=True, safe=True),
                "timer": Need("number", "time", setting=True, optional=True),
                "fault": Need("number", "number", optional=True),
                "forward": Need("number", "power", optional=True),
            },
        ),
        Role(
            "heater",
            {
                "setpoint": Need("number", "temperature", setting=True, safe=True),
                "temperature": Need("number", "temperature"),
            },
        ),
        Role("gas_line", some_setting="flow"),
        Role("gauge", {"pressure": Need("number", "pressure")}),
        Role("transfer", {"state": Need("text")}, {"move": ("source", "target"), "occupied": ("slot",)}),
        Role(
            "sheet_resistance",
            {
                "current": Need("number", "current", setting=True, safe=True),
                "voltage": Need("number", "voltage"),
                "output": Need("boolean", setting=True, safe=True),
                "compliance": Need("number", "voltage", setting=True, optional=True),
            },
        ),
        Role("diffractometer", {"state": Need("text")}, {"scan": ("start", "stop", "step"), "counts": ()}),
    )
}


def _measures(channel: Channel) -> str | None:
    return dimension(channel.unit) if channel.holds == "number" else None


def _described(need: Need) -> str:
    if need.holds != "number":
        return f"a {need.holds}"
    return f"a number in a unit of {need.measures}" if need.measures else "a number"


def _listed(arguments: tuple[str, ...]) -> str:
    return f"the arguments {', '.join(arguments)}" if arguments else "no arguments"
