"""The heater's controller: Modbus-RTU, with the register numbers of a Eurotherm 3000."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from simulators.thin_film.instruments.instrument import Instrument
from simulators.thin_film.instruments.modbus_frame import (
    LONGEST_FRAME,
    Refusal,
    Request,
    expected_length,
    frame,
    parse,
    refusal,
)
from simulators.thin_film.world import World

READ_HOLDING, READ_INPUT, WRITE_ONE, WRITE_MANY = 3, 4, 6, 16


class Heater(Instrument):
    """Temperatures in tenths of a degree: register 1 measured, 2 setpoint, 4 output, 5 working setpoint, 122 identity.

    A frame with a wrong checksum, or for another unit, is not answered. Setpoint 0 to 900 C.
    """

    TEMPERATURE, SETPOINT, OUTPUT, WORKING, VERSION, IDENTITY = 1, 2, 4, 5, 107, 122
    HIGHEST = 9000
    TROUBLES: ClassVar[Mapping[str, str]] = {
        "frozen": "the thermocouple shows for ever what it showed",
        "open": "the thermocouple is broken: the controller shows its upper end",
    }
    KEPT: ClassVar[tuple[str, ...]] = ("shown",)

    def __init__(self, world: World, unit: int = 1) -> None:
        super().__init__()
        self._world = world
        self._unit = unit
        self._rest = b""
        self.shown = 0

    def feed(self, data: bytes) -> None:
        """One frame after the other. A burst that is a frame by itself is taken as one, whatever lay there before."""
        whole = parse(data)
        if whole is not None and len(data) == expected_length(data):
            self._rest = b""
            self._obey(whole)
            return
        self._rest = (self._rest + data)[-LONGEST_FRAME:]
        while True:
            length = expected_length(self._rest)
            if length is None or len(self._rest) < length:
                return
            request, self._rest = parse(self._rest[:length]), self._rest[length:]
            if request is None:
                self._rest = b""
                return
            self._obey(request)

    def busy(self, request: bytes) -> bytes:
        """Exception 6."""
        heard = parse(request)
        return b"" if heard is None or heard.unit != self._unit else self._no(heard, Refusal.BUSY)

    def trouble(self, name: str, present: bool) -> None:
        """A frozen thermocouple keeps what it shows at this moment."""
        self.shown = self._temperature()
        super().trouble(name, present)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember; half a frame is forgotten."""
        super().restore(state)
        self._rest = b""

    def power_up(self) -> None:
        """Cold."""
        super().power_up()
        self._rest = b""
        self._world.set_heater(self._world.settings.room_temperature)

    def _obey(self, request: Request) -> None:
        if request.unit not in (0, self._unit):
            return
        answer = self._reply(request)
        if request.unit != 0:
            self._answer(answer)

    def _reply(self, request: Request) -> bytes:
        if request.function in (READ_HOLDING, READ_INPUT) and len(request.payload) == 4:
            return self._read(request)
        if request.function == WRITE_ONE and len(request.payload) == 4:
            first, value = _word(request.payload, 0), _word(request.payload, 2)
            return self._write(request, first, [value], request.payload)
        if request.function == WRITE_MANY and len(request.payload) >= 5:
            first, count = _word(request.payload, 0), _word(request.payload, 2)
            words = request.payload[5:]
            if not 0 < count < 124 or len(words) != 2 * count or request.payload[4] != 2 * count:
                return self._no(request, Refusal.ILLEGAL_VALUE)
            return self._write(request, first, [_word(words, 2 * i) for i in range(count)], request.payload[:4])
        return self._no(request, Refusal.ILLEGAL_FUNCTION)

    def _read(self, request: Request) -> bytes:
        first, count = _word(request.payload, 0), _word(request.payload, 2)
        if not 0 < count < 126:
            return self._no(request, Refusal.ILLEGAL_VALUE)
        values = [self._register(first + i) for i in range(count)]
        if any(value is None for value in values):
            return self._no(request, Refusal.ILLEGAL_ADDRESS)
        words = b"".join((value or 0).to_bytes(2, "big") for value in values)
        return frame(self._unit, request.function, bytes((2 * count,)) + words)

    def _write(self, request: Request, first: int, values: list[int], echo: bytes) -> bytes:
        """Only the setpoint can be written."""
        if first != self.SETPOINT or len(values) != 1:
            return self._no(request, Refusal.ILLEGAL_ADDRESS)
        if values[0] > self.HIGHEST:
            return self._no(request, Refusal.ILLEGAL_VALUE)
        self._world.set_heater(values[0] / 10.0)
        return frame(self._unit, request.function, echo)

    def _register(self, number: int) -> int | None:
        known: dict[int, Callable[[], int]] = {
            self.TEMPERATURE: self._temperature,
            self.SETPOINT: lambda: round(10 * self._world.setpoint),
            self.OUTPUT: lambda: round(1000 * self._world.heater_output),
            self.WORKING: lambda: round(10 * self._world.setpoint),
            self.VERSION: lambda: 0x0215,
            self.IDENTITY: lambda: 0x3216,
        }
        return known[number]() & 0xFFFF if number in known else None

    def _temperature(self) -> int:
        """In tenths of a degree."""
        if "open" in self._troubles:
            return 13720
        if "frozen" in self._troubles:
            return self.shown
        return max(min(round(10 * self._world.temperature), 0x7FFF), -0x8000)

    def _no(self, request: Request, code: Refusal) -> bytes:
        return refusal(self._unit, request.function & 0x7F, code)


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
