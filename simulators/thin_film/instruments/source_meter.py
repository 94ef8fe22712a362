"""The source-meter at the four-point probe: a Keithley 2400, as far as sourcing, measuring and its error queue go."""

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from simulators.thin_film.instruments import scpi
from simulators.thin_film.instruments.instrument import Instrument
from simulators.thin_film.instruments.source_meter_words import (
    ALIASES,
    CHOICES,
    ELEMENTS,
    ERRORS,
    IGNORED,
    NUMBERS,
    SWITCHES,
    WORDS,
)
from simulators.thin_film.probe import COMPLIANCE
from simulators.thin_film.world import World

OVERFLOW = 9.91e37
LEAD_RESISTANCE = 40.0
"""Ohm of contacts and leads, seen only with two wires."""
LONGEST_LINE = 512


class ScpiRefusal(Exception):
    """Goes into the error queue; nothing is answered."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(ERRORS[code])


class SourceMeter(Instrument):
    """Keithley 2400 in SCPI: sources a current (or a voltage), measures at the four tips, holds to its compliance.

    Commands are never answered and mistakes go to the error queue (`:SYST:ERR?`). `:MEAS?` turns the output on and
    leaves it on, as the manual says (17-5); with the output off `:READ?` gives error 803 and no answer. Readings are
    `voltage,current,resistance,time,status`, as `:FORM:ELEM` says; bit 3 of the status tells compliance.
    """

    IDENTITY = "KEITHLEY INSTRUMENTS INC.,MODEL 2400,1234567,C30   Mar 17 2006 09:29:29/A02  /K/J"
    COMPLIANCE, OUTPUT_ON = 1 << 3, 1 << 0
    TROUBLES: ClassVar[Mapping[str, str]] = {"stuck_output": "the output relay does not close"}
    KEPT: ClassVar[tuple[str, ...]] = (
        "numbers",
        "switches",
        "texts",
        "output",
        "elements",
        "sensed",
        "errors",
        "seconds",
        "last",
    )

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._line = bytearray()
        self.seconds = 0.0
        self._reset()

    def _reset(self) -> None:
        self.numbers = {name: default for name, (default, _, _) in NUMBERS.items()}
        self.switches = dict(SWITCHES)
        self.texts = {name: choices[0] for name, choices in CHOICES.items()}
        self.output = False
        self.elements = list(ELEMENTS)
        self.sensed = "CURR"
        self.errors: list[int] = []
        self.last: list[float] = []

    def power_up(self) -> None:
        """Output off."""
        super().power_up()
        self._line.clear()
        self._reset()

    def elapse(self, seconds: float) -> None:
        """The clock of the readings."""
        self.seconds += seconds

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember; half a line is forgotten."""
        super().restore(state)
        self._line.clear()

    def feed(self, data: bytes) -> None:
        """A line is obeyed when it ends; all answers to one line make one line."""
        for byte in data:
            if byte in b"\r\n":
                line, self._line = bytes(self._line), bytearray()
                if line:
                    self._obey_line(line)
            elif len(self._line) <= LONGEST_LINE:
                self._line.append(byte)

    def _obey_line(self, line: bytes) -> None:
        if len(line) > LONGEST_LINE or not line.isascii():
            self._mistake(-113)
            return
        answers: list[str] = []
        for header, arguments in scpi.messages(line.decode("ascii")):
            try:
                answer = self._obey(header, arguments)
            except ScpiRefusal as refused:
                self._mistake(refused.code)
                continue
            if answer is not None:
                answers.append(answer)
        if answers:
            self._answer(";".join(answers).encode() + b"\n")

    def _mistake(self, code: int) -> None:
        if len(self.errors) < 10:
            self.errors.append(code)
        else:
            self.errors[-1] = -350

    def _obey(self, header: str, arguments: str) -> str | None:
        command = WORDS.canonical(header)
        if command is None:
            raise ScpiRefusal(-113)
        query, name = command.endswith("?"), command.removesuffix("?")
        name = ALIASES.get(name, name)
        if command in self._QUERIES:
            return self._QUERIES[command](self)
        if command in self._COMMANDS:
            self._COMMANDS[command](self, arguments)
            return None
        if command in IGNORED:
            return None
        if name in NUMBERS:
            return self._number(name, arguments, query)
        if name in SWITCHES:
            return self._switch(name, arguments, query)
        if name in CHOICES:
            return self._choice(name, arguments, query)
        raise ScpiRefusal(-113)

    def _number(self, name: str, arguments: str, query: bool) -> str | None:
        if query:
            return f"{self.numbers[name]:+.6E}"
        _, low, high = NUMBERS[name]
        value = _finite(arguments)
        if not low <= value <= high:
            raise ScpiRefusal(-222)
        self.numbers[name] = value
        if f"{name}:AUTO" in self.switches:
            self.switches[f"{name}:AUTO"] = False
        return None

    def _switch(self, name: str, arguments: str, query: bool) -> str | None:
        if query:
            return "1" if self.switches[name] else "0"
        if name == "SYST:AZER" and arguments.upper() == "ONCE":
            return None
        self.switches[name] = _boolean(arguments)
        return None

    def _choice(self, name: str, arguments: str, query: bool) -> str | None:
        if query:
            return self.texts[name]
        word = scpi.short(arguments.upper().partition(",")[0])
        if word not in CHOICES[name]:
            raise ScpiRefusal(-224 if arguments else -109)
        if name == "SOUR:FUNC" and word != self.texts[name]:
            self.output = False
        self.texts[name] = word
        return None

    def _set_output(self, arguments: str) -> None:
        self.output = _boolean(arguments) and "stuck_output" not in self._troubles

    def _set_elements(self, arguments: str) -> None:
        words = [scpi.short(word.strip().upper()) for word in arguments.split(",")]
        if not set(words) <= set(ELEMENTS):
            raise ScpiRefusal(-224)
        self.elements = [word for word in ELEMENTS if word in words]

    def _set_sensed(self, arguments: str) -> None:
        word = scpi.short(arguments.strip("'\" ").upper().partition(":")[0])
        if word not in ("VOLT", "CURR", "RES"):
            raise ScpiRefusal(-224)
        self.sensed = word

    def _configure(self, _: str = "") -> None:
        """The output turns on: that of a 2400 does, for `:CONF` as for `:MEAS?`, and nobody is asked."""
        self.output = "stuck_output" not in self._troubles

    def _measure(self) -> str:
        self._configure()
        return self._read()

    def _read(self) -> str:
        if self.switches["SOUR:CLE:AUTO"]:
            self._configure()
        if not self.output:
            raise ScpiRefusal(803)
        if self.texts["SOUR:FUNC"] == "CURR":
            volts, amperes, limited = self._at_current(self.numbers["SOUR:CURR"])
        else:
            volts, amperes, limited = self._at_voltage(self.numbers["SOUR:VOLT"])
        ohms = volts / amperes if amperes else OVERFLOW
        status = self.OUTPUT_ON | (self.COMPLIANCE if limited else 0)
        self.last = [volts, amperes, ohms, self.seconds, status]
        if self.switches["SOUR:CLE:AUTO"]:
            self.output = False
        return self._format()

    def _fetch(self) -> str:
        if not self.last:
            raise ScpiRefusal(803)
        return self._format()

    def _format(self) -> str:
        values = dict(zip(ELEMENTS, self.last, strict=True))
        return ",".join(f"{values[name]:+.6E}" for name in self.elements)

    def _drop(self, amperes: float) -> float:
        """V between the sensing terminals at that current; infinite through an open circuit.

        The world's needles show no more than their own compliance: a smaller current tells how far beyond it is.
        """
        for share in (1.0, 1e-2, 1e-4, 1e-6):
            volts = self._world.probe_voltage(share * amperes)
            if volts is None:
                break
            if abs(volts) < COMPLIANCE:
                return volts / share if self.switches["SYST:RSEN"] else volts / share + amperes * LEAD_RESISTANCE
        return math.copysign(math.inf, amperes) if amperes else 0.0

    def _at_current(self, amperes: float) -> tuple[float, float, bool]:
        limit = abs(self.numbers["SENS:VOLT:PROT"])
        volts = self._drop(amperes)
        if abs(volts) <= limit:
            return volts, amperes, False
        return math.copysign(limit, volts), amperes * limit / abs(volts), True

    def _at_voltage(self, volts: float) -> tuple[float, float, bool]:
        limit, trial = abs(self.numbers["SENS:CURR:PROT"]), 1e-4
        ohms = (self._drop(trial) - self._drop(-trial)) / (2 * trial)
        amperes = volts / ohms if ohms > 0 else math.copysign(math.inf, volts)
        if abs(amperes) <= limit:
            return volts, amperes, False
        return volts * limit / abs(amperes) if math.isfinite(amperes) else 0.0, math.copysign(limit, volts), True

    def _next_error(self) -> str:
        code = self.errors.pop(0) if self.errors else 0
        return f'{code:+d},"{ERRORS[code]}"' if code else '0,"No error"'

    def _status_byte(self) -> str:
        return str(4 * bool(self.errors))

    _QUERIES: ClassVar[Mapping[str, Callable[["SourceMeter"], str]]] = {
        "*IDN?": lambda self: self.IDENTITY,
        "*OPC?": lambda _: "1",
        "*TST?": lambda _: "0",
        "*OPT?": lambda _: "",
        "*STB?": _status_byte,
        "*ESR?": lambda _: "0",
        "SYST:ERR?": _next_error,
        "SYST:VERS?": lambda _: "1996.0",
        "OUTP?": lambda self: "1" if self.output else "0",
        "FORM:ELEM?": lambda self: ",".join(self.elements),
        "SENS:FUNC?": lambda self: f'"{self.sensed}:DC"',
        "READ?": _read,
        "FETC?": _fetch,
        "MEAS?": _measure,
        "MEAS:VOLT?": _measure,
        "MEAS:CURR?": _measure,
        "MEAS:RES?": _measure,
    }
    _COMMANDS: ClassVar[Mapping[str, Callable[["SourceMeter", str], None]]] = {
        "*RST": lambda self, _: self._reset(),
        "*CLS": lambda self, _: self.errors.clear(),
        "OUTP": _set_output,
        "CONF:VOLT": _configure,
        "CONF:CURR": _configure,
        "CONF:RES": _configure,
        "SOUR:CLE": lambda self, _: setattr(self, "output", False),
        "FORM:ELEM": _set_elements,
        "SENS:FUNC": _set_sensed,
    }


def _finite(text: str) -> float:
    if not text:
        raise ScpiRefusal(-109)
    try:
        value = float(text)
    except ValueError:
        raise ScpiRefusal(-104) from None
    if not math.isfinite(value) or "_" in text:
        raise ScpiRefusal(-104)
    return value


def _boolean(text: str) -> bool:
    if text.upper() in ("1", "ON"):
        return True
    if text.upper() in ("0", "OFF"):
        return False
    raise ScpiRefusal(-104 if text else -109)
