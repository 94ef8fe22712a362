"""Devices seen as what they do: each view fills a role by the channels and commands that the role demands."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from devices.errors import BadReply, UnknownChannel
from devices.reading import Reading, Scalar
from devices.roles.protocols import (
    Diffractometer,
    GasLine,
    Gauge,
    Heater,
    Pattern,
    PlasmaSource,
    SheetResistance,
    Transfer,
    Voltages,
)
from devices.settings import DeviceSettings
from devices.units import dimension


class Hand(Protocol):
    """What a view needs of a device: a `Device`, or one behind a rig with its interlocks (`RigHand`)."""

    @property
    def settings(self) -> DeviceSettings:
        """What the rig file says of it."""
        ...

    def read(self, *names: str) -> dict[str, Reading]:
        """Read channels."""
        ...

    def apply(self, **settings: Scalar) -> dict[str, Reading]:
        """Check, set, read back."""
        ...

    def command(self, name: str, **arguments: Scalar) -> Any:
        """Have something done once."""
        ...

    def arm_timer(self, seconds: float) -> None:
        """Set the instrument's own switch-off timer."""
        ...


class DrivingRig(Protocol):
    """What `RigHand` needs of a rig."""

    @property
    def devices(self) -> Mapping[str, Any]:
        """Its devices."""
        ...

    def read(self, device: str, *channels: str) -> dict[str, Reading]:
        """Read channels of one of them."""
        ...

    def apply(self, device: str, **settings: Scalar) -> dict[str, Reading]:
        """Set channels of one of them, if the interlocks allow it."""
        ...

    def command(self, device: str, name: str, **arguments: Scalar) -> Any:
        """Have one of them do something."""
        ...

    def arm_timer(self, device: str, seconds: float) -> None:
        """Set the timer of one of them."""
        ...


class RigHand:
    """One device of a rig, reached only through the rig: interlocks, lease and requests to stop are looked at."""

    def __init__(self, rig: DrivingRig, device: str) -> None:
        self._rig = rig
        self._device = device

    @property
    def settings(self) -> DeviceSettings:
        """What the rig file says of it."""
        settings: DeviceSettings = self._rig.devices[self._device].settings
        return settings

    def read(self, *names: str) -> dict[str, Reading]:
        """Read channels."""
        return self._rig.read(self._device, *names)

    def apply(self, **settings: Scalar) -> dict[str, Reading]:
        """Check, set, read back."""
        return self._rig.apply(self._device, **settings)

    def command(self, name: str, **arguments: Scalar) -> Any:
        """Have something done once."""
        return self._rig.command(self._device, name, **arguments)

    def arm_timer(self, seconds: float) -> None:
        """Set the instrument's own switch-off timer."""
        self._rig.arm_timer(self._device, seconds)


class _View:
    def __init__(self, hand: Hand) -> None:
        self._hand = hand

    def _one(self, name: str) -> Reading:
        return self._hand.read(name)[name]

    def _has(self, name: str) -> bool:
        return name in self._hand.settings.channels


class PlasmaSourceView(_View, PlasmaSource):
    """Channels power and plasma; timer, fault and forward if they are there."""

    def strike(self, power: float, seconds: float) -> None:
        """Timer, power, plasma, in this order."""
        if self._hand.settings.timer is not None:
            self._hand.arm_timer(seconds)
        self._hand.apply(power=power)
        self._hand.apply(plasma=True)

    def extinguish(self) -> None:
        """Plasma off."""
        self._hand.apply(plasma=False)

    def burns(self) -> bool:
        """The switch, read back."""
        return self._one("plasma").value is True

    def power(self) -> Reading:
        """`forward`, or else `power`."""
        return self._one("forward" if self._has("forward") else "power")

    def fault(self) -> int | None:
        """`fault`."""
        return round(float(self._one("fault").value)) if self._has("fault") else None


class HeaterView(_View, Heater):
    """Channels setpoint and temperature."""

    def heat_to(self, temperature: float) -> None:
        """Set the setpoint."""
        self._hand.apply(setpoint=temperature)

    def temperature(self) -> Reading:
        """`temperature`."""
        return self._one("temperature")


class GasLineView(_View, GasLine):
    """All settings in a unit of flow."""

    def gases(self) -> tuple[str, ...]:
        """Their names."""
        channels = self._hand.settings.resolved.values()
        return tuple(one.name for one in channels if one.setting and _measures_flow(one.holds, one.unit))

    def flow(self, **flows: float) -> None:
        """Set some of them, in this order."""
        for gas in flows:
            if gas not in self.gases():
                raise UnknownChannel(f"there is no gas {gas!r}; there are: {', '.join(self.gases())}")
        self._hand.apply(**flows)


class GaugeView(_View, Gauge):
    """Channel pressure."""

    def pressure(self) -> Reading:
        """`pressure`."""
        return self._one("pressure")


class TransferView(_View, Transfer):
    """Channel state, commands move and occupied."""

    def begin_move(self, source: str, target: str) -> None:
        """`move`."""
        self._hand.command("move", source=source, target=target)

    def state(self) -> str:
        """`state`."""
        return str(self._one("state").value)

    def occupied(self, slots: Sequence[str]) -> tuple[str, ...]:
        """`occupied` for each of the slots."""
        return tuple(slot for slot in slots if self._hand.command("occupied", slot=slot) is True)


class SheetResistanceView(_View, SheetResistance):
    """Channels current, voltage and output."""

    def measure(self, current: float, reversals: int) -> Voltages:
        """The output is switched off whatever happens in between, unless the line itself is lost."""
        currents = tuple(sign * current for _ in range(reversals) for sign in (1.0, -1.0))
        self._hand.apply(current=current)
        self._hand.apply(output=True)
        try:
            voltages = tuple(self._voltage(one) for one in currents)
        finally:
            self._hand.apply(output=False)
        return Voltages(currents, voltages)

    def _voltage(self, current: float) -> float:
        self._hand.apply(current=current)
        return float(self._one("voltage").value)


class DiffractometerView(_View, Diffractometer):
    """Channel state, commands scan and counts."""

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._angles: tuple[float, ...] = ()

    def begin_scan(self, start: float, stop: float, step: float) -> None:
        """`scan`."""
        self._hand.command("scan", start=start, stop=stop, step=step)
        self._angles = tuple(start + step * point for point in range(math.floor((stop - start) / step + 1e-6) + 1))

    def state(self) -> str:
        """`state`."""
        return str(self._one("state").value)

    def pattern(self) -> Pattern:
        """`counts`."""
        counts = self._hand.command("counts")
        if len(counts) != len(self._angles):
            raise BadReply(f"{len(counts)} counts for {len(self._angles)} angles")
        return Pattern(self._angles, tuple(counts))


def _measures_flow(holds: str, unit: str) -> bool:
    return holds == "number" and dimension(unit) == "flow"
