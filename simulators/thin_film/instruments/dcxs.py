"""The supply of the magnetron: AJA DCXS-750, as far as its serial protocol and its timer go."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, ClassVar

from simulators.thin_film.growth import ARCING
from simulators.thin_film.instruments.instrument import Instrument
from simulators.thin_film.world import TIMER, World


class Dcxs(Instrument):
    """AJA DCXS-750: one-character commands, answers of fixed length, no terminator either way, 38400 baud.

    Settings are never answered. A refused strike is silent as well: the output stays off and the fault code is 2.
    Ramp, shutter delay, timer, mode and gun can be set only while the output is off; otherwise nothing happens.
    The timer runs in the instrument: whoever drives it may be long dead when it ends.
    """

    NO_PLASMA, ARC = 2, 3
    RATED = 750
    NOMINAL_VOLTAGE = 370.0
    LENGTHS: ClassVar[Mapping[str, int]] = {"C": 4, "D": 1, "E": 2, "F": 2, "G": 3, "H": 2, "I": 8, "Z": 1}
    LIMITS: ClassVar[Mapping[str, tuple[str, int, int]]] = {
        "D": ("mode", 0, 2),
        "E": ("ramp", 0, 99),
        "F": ("delay", 0, 99),
        "G": ("minutes", 0, 999),
        "H": ("seconds", 0, 59),
        "Z": ("gun", 1, 5),
    }
    """What can be set only while the output is off."""
    TROUBLES: ClassVar[Mapping[str, str]] = {
        "ignores_on": "'on' is heard and not obeyed",
        "ignores_off": "'off' is heard and not obeyed: only its timer, or the hardware, ends the plasma",
    }
    KEPT: ClassVar[tuple[str, ...]] = (
        "setpoint", "mode", "ramp", "delay", "minutes", "seconds", "material", "gun",
    )  # fmt: skip

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._command = ""
        self._argument = ""
        self._factory()

    def _factory(self) -> None:
        self.setpoint, self.mode, self.ramp, self.delay = 0, 0, 0, 0
        self.minutes, self.seconds = 0, 0
        self.material, self.gun = "TARGET  ", 1

    def power_up(self) -> None:
        """Output off, settings of the factory, and the prompts that a DCXS sends when it is switched on."""
        super().power_up()
        self._command = self._argument = ""
        self._world.quench()
        self._factory()
        for command in "CEGZ":
            self._pass_on(command)
        self._answer(b">>")

    def feed(self, data: bytes) -> None:
        """One character after the other; an argument that is not one ends its command without effect."""
        for character in data.decode("latin-1"):
            if self._command:
                self._argue(character)
            elif character in self.LENGTHS:
                self._command, self._argument = character, ""
            elif character in self._ACTIONS:
                self._ACTIONS[character](self)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember; a half-received command is forgotten."""
        super().restore(state)
        self._command = self._argument = ""

    def _argue(self, character: str) -> None:
        if self._command != "I" and character not in "0123456789":
            self._command = ""
            return
        self._argument += character
        if len(self._argument) == self.LENGTHS[self._command]:
            command, self._command = self._command, ""
            self._set(command, self._argument)

    def _set(self, command: str, argument: str) -> None:
        if command == "I":
            self.material = "".join(c if c.isprintable() and c.isascii() else " " for c in argument)
            return
        value = int(argument)
        if command == "C":
            if value > (self.RATED if self.mode == 0 else 1000):
                return
            self.setpoint = value
        else:
            name, low, high = self.LIMITS[command]
            if self._world.plasma or not low <= value <= high:
                return
            setattr(self, name, value)
        self._pass_on(command)

    def _pass_on(self, command: str) -> None:
        """Let the world know what a setting means for it."""
        if command in "CD":
            self._world.set_power(self._wanted())
        elif command == "E":
            self._world.set_ramp(self.ramp)
        elif command in "GH":
            self._world.set_timer(60 * self.minutes + self.seconds)
        elif command == "Z" and self.gun <= len(self._world.settings.guns):
            self._world.select_gun(self.gun)

    def _wanted(self) -> float:
        """W. In voltage mode the current of a magnetron rises as a high power of the voltage (Thornton 1978, J. Vac.
        Sci. Technol. 15, 171): 8 is taken, through 100 W at the nominal voltage.
        """
        if self.mode == 0:
            watts = float(self.setpoint)
        elif self.mode == 1:
            watts = 100.0 * (self.setpoint / self.NOMINAL_VOLTAGE) ** 9
        else:
            watts = self.setpoint * 1e-3 * self.NOMINAL_VOLTAGE
        return min(watts, float(self.RATED))

    def _strike(self) -> None:
        if "ignores_on" not in self._troubles and self.gun <= len(self._world.settings.guns):
            self._world.strike()

    def _off(self) -> None:
        if "ignores_off" not in self._troubles:
            self._world.quench()

    def _fault(self) -> int:
        outage = self._world.outage
        if outage in ("", TIMER):
            return 0
        return self.ARC if outage == ARCING else self.NO_PLASMA

    def _left(self) -> int:
        return ceil(self._world.timer_left - 1e-6)

    def _digits(self, value: float, width: int) -> None:
        self._answer(f"{min(round(value), 10**width - 1):0{width}d}".encode())

    _ACTIONS: ClassVar[Mapping[str, Callable[["Dcxs"], None]]] = {
        "A": _strike,
        "B": _off,
        "?": lambda self: self._answer(b"DCXS750-4"),
        "z": lambda self: self._answer(b"V2.03"),
        "a": lambda self: self._digits(self._world.plasma, 1),
        "b": lambda self: self._digits(self.setpoint, 4),
        "c": lambda self: self._digits(self.mode, 1),
        "d": lambda self: self._digits(self._world.power, 4),
        "e": lambda self: self._digits(self._world.voltage, 4),
        "f": lambda self: self._digits(1e3 * self._world.current, 4),
        "g": lambda self: self._digits(self.ramp, 2),
        "h": lambda self: self._digits(self.delay, 2),
        "i": lambda self: self._digits(self.minutes, 3),
        "j": lambda self: self._digits(self.seconds, 2),
        "k": lambda self: self._digits(self._left() // 60, 3),
        "l": lambda self: self._digits(self._left() % 60, 2),
        "n": lambda self: self._answer(self.material.encode()),
        "o": lambda self: self._digits(self._fault(), 1),
        "p": lambda self: self._answer(bytes([self._world.shutter << (self.gun - 1)])),
        "y": lambda self: self._digits(self.gun, 1),
    }
