"""One device in a rig file: driver, port, channels, commands, roles. Everything is judged here, before a port opens."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from devices.channel import Channel, resolve
from devices.channel_settings import YAML_WORDS, ChannelSettings, Name, Strict
from devices.drivers.driver import CommandSettings
from devices.drivers.lines import LinesSettings
from devices.drivers.modbus import ModbusSettings
from devices.drivers.pymeasure import PyMeasureSettings
from devices.errors import RigRefused
from devices.link_settings import LinkSettings
from devices.names import meant
from devices.roles.role import ROLES, RoleName

AnyDriver = Annotated[PyMeasureSettings | ModbusSettings | LinesSettings, Field(discriminator="kind")]
"""The closed set of drivers. A rig file names one of them; it never names a module."""


def _listed(roles: Any) -> Any:
    roles = (roles,) if isinstance(roles, str) else roles
    for role in roles or ():
        if isinstance(role, str) and role not in ROLES:
            raise RigRefused("", f"the role {role!r} is not known.{meant(role, ROLES)}")
    return roles


class DeviceSettings(Strict):
    """What the rig file says of one device. A refusal is a RigRefused, its place relative to the device."""

    driver: AnyDriver
    port: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    """`/dev/serial/by-id/...`, `socket://host:port`, `rfc2217://host:port` or `sim://station/instrument`."""
    link: LinkSettings = LinkSettings()
    """Only what differs from what the driver knows of the instrument's line."""
    channels: dict[Name, ChannelSettings] = Field(min_length=1)
    commands: dict[Name, CommandSettings] = Field(default_factory=dict)
    role: Annotated[tuple[RoleName, ...], BeforeValidator(_listed)] = ()
    identity: str | None = None
    """A part of what the instrument answers when it is asked who it is; another instrument is refused."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        for name in (*self.channels, *self.commands):
            if name in YAML_WORDS:
                raise RigRefused(f"channels.{name}", "is a word that YAML may read as a boolean: use another name")
        if self.identity is not None and not self.driver.identifies:
            raise RigRefused("identity", "the driver does not know how to ask who is there: tell it, or leave this out")
        channels = self.resolved
        for name, command in self.commands.items():
            try:
                self.driver.check_command(command)
            except RigRefused as refused:
                raise RigRefused(f"commands.{name}.{refused.place}", refused.message) from None
        for role in self.role:
            ROLES[role].check(channels, self.commands)
        self._check_timer(channels)
        return self

    @cached_property
    def resolved(self) -> Mapping[str, Channel]:
        """The channels, with everything decided that the rig file leaves to the driver."""
        resolved = {}
        for name, channel in self.channels.items():
            try:
                native = self.driver.native(channel)
            except RigRefused as refused:
                raise RigRefused(f"channels.{name}.{refused.place}", refused.message) from None
            resolved[name] = resolve(name, channel, native)
        return resolved

    @property
    def line(self) -> LinkSettings:
        """How the line is set: what the rig file says, else what the driver knows of the instrument."""
        said = self.link.model_dump(exclude_unset=True)
        return LinkSettings.model_validate({**self.driver.link_defaults, **said})

    @property
    def timer(self) -> str | None:
        """The channel that is the plasma source's own switch-off timer, if it has one."""
        return "timer" if "plasma_source" in self.role and "timer" in self.channels else None

    def _check_timer(self, channels: Mapping[str, Channel]) -> None:
        attr = self.driver.timer
        if "plasma_source" not in self.role or attr is None:
            return
        if "timer" not in channels or channels["timer"].settings.attr != attr:
            raise RigRefused(
                "channels.timer",
                f"is missing: this supply can switch itself off when everything else has died. Add "
                f"`timer: {{attr: {attr}, unit: s, low: 0, high: 7200}}`",
            )


def refusals(error: ValidationError) -> list[RigRefused]:
    """What a rig file is refused for, each with its whole place, such as `devices.gun.channels.power.attr`."""
    return [_refusal(one["loc"], one["msg"], one.get("ctx", {}).get("error")) for one in error.errors()]


def _refusal(location: tuple[int | str, ...], message: str, cause: Any) -> RigRefused:
    keys = [str(key) for key in location]
    # pydantic names the chosen member of the union of drivers, which no key of the file is
    keys = [key for at, key in enumerate(keys) if not (at and keys[at - 1] == "driver" and key in _KINDS)]
    if isinstance(cause, RigRefused):
        return RigRefused(".".join([*keys, *filter(None, [cause.place])]), cause.message)
    return RigRefused(".".join(keys), message)


_KINDS = ("pymeasure", "modbus", "lines")
