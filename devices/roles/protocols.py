"""What each role can do, whatever model fills it: the narrow side on which instruments look alike.

Values are in the units of the rig file. Whoever waits for something (a move, a scan, a temperature) waits through the
rig, which looks at the interlocks meanwhile: nothing here waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from devices.reading import Reading


@dataclass(frozen=True)
class Voltages:
    """Raw data of a resistance: `voltages[i]` was read while `currents[i]` flowed, +I and -I in turn. Shape (2 n,)."""

    currents: tuple[float, ...]
    voltages: tuple[float, ...]


@dataclass(frozen=True)
class Pattern:
    """Raw data of a diffractometer: angles 2 theta in deg and counts, both of shape (n,)."""

    two_theta: tuple[float, ...]
    counts: tuple[float, ...]


class PlasmaSource(Protocol):
    """A supply that lights a plasma and keeps its power."""

    def strike(self, power: float, seconds: float) -> None:
        """Arm the instrument's own timer, if it has one, set the power, then light the plasma.

        Raises NotSettled, with the fault code, if nothing burns.
        """
        ...

    def extinguish(self) -> None:
        """Put the plasma out."""
        ...

    def burns(self) -> bool:
        """Whether it burns."""
        ...

    def power(self) -> Reading:
        """What is given off, or else what was set."""
        ...

    def fault(self) -> int | None:
        """The fault code, 0 for none; None if the instrument has no such thing."""
        ...


class Heater(Protocol):
    """Something with a temperature and a setpoint."""

    def heat_to(self, temperature: float) -> None:
        """Set the setpoint; the temperature follows."""
        ...

    def temperature(self) -> Reading:
        """What the thermocouple says."""
        ...


class GasLine(Protocol):
    """Flow controllers, by the name of their gas."""

    def gases(self) -> tuple[str, ...]:
        """The channels that can be set."""
        ...

    def flow(self, **flows: float) -> None:
        """Set some of them. Raises UnknownChannel for a gas that is not there."""
        ...


class Gauge(Protocol):
    """A vacuum gauge."""

    def pressure(self) -> Reading:
        """What it says."""
        ...


class Transfer(Protocol):
    """A robot that moves samples between slots such as `cassette/3`."""

    def begin_move(self, source: str, target: str) -> None:
        """Begin to move, once: never repeated, whatever becomes of the answer."""
        ...

    def state(self) -> str:
        """What it is doing, in its own words."""
        ...

    def occupied(self, slots: Sequence[str]) -> tuple[str, ...]:
        """Those of these slots in which something lies, as the robot sees it."""
        ...


class SheetResistance(Protocol):
    """A source-meter at a four-point probe."""

    def measure(self, current: float, reversals: int) -> Voltages:
        """Voltages with the current flowing forth and back, so often each. The output is off afterwards."""
        ...


class Diffractometer(Protocol):
    """An X-ray diffractometer."""

    def begin_scan(self, start: float, stop: float, step: float) -> None:
        """Begin to scan 2 theta, in deg."""
        ...

    def state(self) -> str:
        """What it is doing, in its own words."""
        ...

    def pattern(self) -> Pattern:
        """The counts of the last scan. Raises BadReply if their number is not that of the angles."""
        ...
