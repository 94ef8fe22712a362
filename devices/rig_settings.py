"""What a rig file says: devices, interlocks, watches, positions, stock, calibrations, and how the guardian watches.

Everything that can be refused without touching an instrument is refused here, with the path of keys in the file.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field, PositiveFloat, ValidationError

from devices.channel import Channel
from devices.condition import ChannelName, Comparison, Condition, IsTrue, Quantity, atoms
from devices.errors import RigRefused
from devices.interlock import InterlockSettings
from devices.names import meant
from devices.ports import canonical
from devices.settings import DeviceSettings
from devices.station.settings import CalibrationSettings, Name, Positions, StockSettings, Strict
from devices.units import UnknownUnit, dimension
from devices.watch import RiseSettings, StuckSettings, WatchSettings


class ClockSettings(Strict):
    """Whose time the rig keeps: that of the wall, or that of simulated instruments."""

    kind: Literal["real", "virtual"] = "real"
    speed: PositiveFloat = 1.0
    """How many times as fast a real clock runs; only simulated laboratories behind ports follow one."""
    poll: PositiveFloat | None = None
    """Seconds between two looks at interlocks, watches and requests in a wait: 1, of a virtual clock 5."""

    @property
    def interval(self) -> float:
        """`poll`, or what it is by default."""
        return self.poll if self.poll is not None else 5.0 if self.kind == "virtual" else 1.0


class GuardianSettings(Strict):
    """The process that makes the rig safe when the driving process has ended, or stands still."""

    silent: PositiveFloat = 30.0
    """Seconds without a word of the driving process after which it is taken to stand still."""
    timer_margin: PositiveFloat = 60.0
    """Seconds by which an instrument's own timer outlasts the plasma that is planned."""


class RigSettings(Strict):
    """A rig file, checked by itself. `check_rig` compares its parts with one another."""

    station: Name
    clock: ClockSettings = ClockSettings()
    devices: Mapping[Name, DeviceSettings] = Field(min_length=1)
    interlocks: Mapping[Name, InterlockSettings] = Field(default_factory=dict)
    watches: Mapping[Name, WatchSettings] = Field(default_factory=dict)
    positions: Positions = Field(default_factory=dict)
    stock: Mapping[Name, StockSettings] = Field(default_factory=dict)
    calibrations: Mapping[Name, CalibrationSettings] = Field(default_factory=dict)
    guardian: GuardianSettings = GuardianSettings()
    safe_order: tuple[str, ...] = ()
    """Devices or channels that are made safe before all others, in this order; then plasma sources, shutters, heaters,
    gas lines, and the rest."""


def load_rig(data: Mapping[str, object]) -> RigSettings:
    """The settings in the plain data of a rig file, completely checked. Raises RigRefused for the first thing wrong."""
    try:
        settings = RigSettings.model_validate(data)
    except ValidationError as error:
        raise refusal(error, data) from error
    check_rig(settings)
    return settings


def refusal(error: ValidationError, data: object) -> RigRefused:
    """The first thing that pydantic found, at the path of keys that the file has: tags of unions are left out."""
    # a misspelt key comes first: that another one is missing is then only its echo
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    keys: list[str] = []
    here: object = data
    last = len(first["loc"]) - 1
    for at, key in enumerate(first["loc"]):
        if isinstance(here, Mapping):
            if key not in here and not (first["type"] == "missing" and at == last):
                continue  # the tag by which pydantic tells the members of a union apart
            here = here.get(key)
        elif isinstance(here, list | tuple) and isinstance(key, int) and key < len(here):
            here = here[key]
        keys.append(str(key))
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, RigRefused):
        return RigRefused(".".join([*keys, cause.place] if cause.place else keys), cause.message)
    message = "is missing" if first["type"] == "missing" else first["msg"]
    return RigRefused(".".join(keys) or "station", str(cause) if cause is not None else message)


def check_rig(settings: RigSettings) -> None:
    """Compare the parts of a rig file with one another. Raises RigRefused for the first thing wrong."""
    for complaint in complaints(settings):
        raise complaint


def complaints(settings: RigSettings) -> Iterator[RigRefused]:
    """Everything that is wrong between the parts of a rig file."""
    yield from _shared_ports(settings)
    for name, interlock in settings.interlocks.items():
        place = f"interlocks.{name}"
        yield from _about(settings, interlock.need, f"{place}.need")
        if interlock.during is not None:
            yield from _about(settings, interlock.during, f"{place}.while")
        for channel, wanted in (interlock.before or {}).items():
            setting = Comparison(channel, wanted.relation, wanted.quantity)
            yield from _about(settings, setting, f"{place}.before.{channel}", setting=True)
    for name, watch in settings.watches.items():
        yield from _about_watch(settings, watch, f"watches.{name}")
    for number, text in enumerate(settings.safe_order):
        yield from _named(settings, text, f"safe_order.{number}")


def _shared_ports(settings: RigSettings) -> Iterator[RigRefused]:
    seen: dict[str, str] = {}
    for name, device in settings.devices.items():
        first = seen.setdefault(canonical(device.port), name)
        if first != name:
            yield RigRefused(
                f"devices.{name}.port",
                f"'{device.port}' is the port of '{first}' already. Each device needs a port of its own",
            )


def _about(settings: RigSettings, condition: Condition, place: str, *, setting: bool = False) -> Iterator[RigRefused]:
    for atom in atoms(condition):
        missing = _missing(settings, atom.channel)
        if missing:
            yield RigRefused(place, missing)
        else:
            yield from _comparable(settings, atom, place)
            if setting and not _resolved(settings, atom.channel).setting:
                yield RigRefused(place, f"'{atom.channel}' is only read: what forbids a setting must name a setting")


def _resolved(settings: RigSettings, channel: ChannelName) -> Channel:
    return settings.devices[channel.device].resolved[channel.name]


def _missing(settings: RigSettings, channel: ChannelName) -> str | None:
    device = settings.devices.get(channel.device)
    if device is None:
        return f"there is no device '{channel.device}'.{meant(channel.device, settings.devices)}"
    if channel.name not in device.resolved:
        return f"'{channel.device}' has no channel '{channel.name}'.{meant(channel.name, device.resolved)}"
    return None


def _comparable(settings: RigSettings, atom: IsTrue | Comparison, place: str) -> Iterator[RigRefused]:
    channel = _resolved(settings, atom.channel)
    if isinstance(atom, IsTrue):
        if channel.holds != "boolean":
            yield RigRefused(place, f"'{atom.channel}' is no switch: compare it, such as {atom.channel} > 0 UNIT")
        return
    wanted = atom.quantity
    kind = "boolean" if isinstance(wanted.value, bool) else "text" if isinstance(wanted.value, str) else "number"
    if kind != channel.holds:
        yield RigRefused(place, f"'{atom.channel}' is a {channel.holds} and cannot be compared with {wanted}")
    elif kind == "number":
        yield from _same_dimension(atom.channel, channel.unit or "", wanted, place)


def _same_dimension(channel: ChannelName, unit: str, wanted: Quantity, place: str) -> Iterator[RigRefused]:
    if unit and not wanted.unit and dimension(unit) != "number":
        yield RigRefused(place, f"{wanted} needs a unit, because '{channel}' is in {unit}: write {wanted} {unit}")
        return
    try:
        if dimension(wanted.unit) != dimension(unit):
            yield RigRefused(place, f"{wanted} cannot be compared with '{channel}', which is in {unit or 'no unit'}")
    except UnknownUnit as error:
        yield RigRefused(place, str(error))


def _about_watch(settings: RigSettings, watch: StuckSettings | RiseSettings, place: str) -> Iterator[RigRefused]:
    if watch.during is not None:
        yield from _about(settings, watch.during, f"{place}.while")
    times = {"every": watch.every} if isinstance(watch, StuckSettings) else {"over": watch.over}
    amounts = (
        {"within": watch.within, "change": watch.change}
        if isinstance(watch, StuckSettings)
        else {"at_most": watch.at_most}
    )
    for key, time in times.items():
        yield from _same_dimension(watch.channel, "s", time, f"{place}.{key}")
    for key in ("channel", "towards") if isinstance(watch, StuckSettings) else ("channel",):
        channel = getattr(watch, key)
        missing = _missing(settings, channel)
        if missing:
            yield RigRefused(f"{place}.{key}", missing)
            continue
        for of, amount in amounts.items():
            yield from _comparable(settings, Comparison(channel, ">", amount), f"{place}.{of}")


def _named(settings: RigSettings, text: str, place: str) -> Iterator[RigRefused]:
    device, _, channel = text.partition(".")
    if device not in settings.devices:
        yield RigRefused(place, f"there is no device '{device}'.{meant(device, settings.devices)}")
    elif channel and channel not in settings.devices[device].resolved:
        yield RigRefused(
            place, f"'{device}' has no channel '{channel}'.{meant(channel, settings.devices[device].resolved)}"
        )
