"""The driver for Modbus registers, through minimalmodbus: addresses, decimals and tables come from the rig file."""

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, TypeVar

from pydantic import Field

from devices.channel import Channel, Native
from devices.channel_settings import ChannelSettings
from devices.drivers.driver import Answer, CommandSettings, DriverSettings, Wiring
from devices.errors import BadReply, NoReply, Refused, RigRefused
from devices.link import Link
from devices.reading import Scalar
from devices.reply import ModbusAnswer

SILENT_BITS = 3.5 * 11
"""Silence between frames, in bits (Modbus over serial line V1.02, 2.5.1.1)."""
T = TypeVar("T")
READ_CODES = {"holding": 3, "input": 4, "coil": 1, "discrete": 2}


class ModbusSettings(DriverSettings):
    """`kind: modbus`: RTU, one unit on the line. Channels name a `register`; the first one has the number 0."""

    kind: Literal["modbus"]
    unit_address: int = Field(default=1, ge=1, le=247)
    identity_register: int | None = Field(default=None, ge=0, le=65535)
    """A holding register that tells instruments apart; `identity` of the device is its value in decimal."""
    write_function: Literal[6, 16] = 6
    """How one register is written; some instruments know only 16."""

    @property
    def link_defaults(self) -> Mapping[str, Any]:
        """What most units are delivered with."""
        return {"baudrate": 9600, "parity": "N"}

    @property
    def identifies(self) -> bool:
        """Whether there is something to ask."""
        return self.identity_register is not None

    def native(self, channel: ChannelSettings) -> Native:
        """What fits into the register."""
        if channel.register_ is None:
            raise RigRefused("register", "is missing: the address of the quantity, counted from 0")
        for key, value in (("attr", channel.attr), ("set", channel.set_), ("query", channel.query)):
            if value is not None:
                raise RigRefused(key, "is not for a Modbus driver, which takes `register`")
        settable = channel.table in ("holding", "coil")
        if channel.table in ("coil", "discrete"):
            return Native(holds="boolean", settable=settable)
        if channel.holds == "text":
            raise RigRefused("holds", "a register holds a number or a boolean")
        bits = 16 * channel.words
        step = 10.0**-channel.decimals
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if channel.signed else (0, 2**bits - 1)
        return Native(low=low * step, high=high * step, step=step, settable=settable)

    def check_command(self, command: CommandSettings) -> None:
        """A command writes one value into one holding register."""
        if command.register_ is None or command.value is None:
            raise RigRefused("register", "a command of a Modbus driver needs `register` and `value`")
        if not 0 <= command.value <= 65535:
            raise RigRefused("value", f"{command.value} does not fit into a register: 0 .. 65535")
        if command.gives != "nothing" or command.arguments or command.repeatable:
            raise RigRefused("gives", "a command of a Modbus driver has no arguments and gives nothing back")

    def build(self, link: Link, wiring: Wiring) -> "ModbusDriver":
        """The driver."""
        return ModbusDriver(self, link, wiring)


class ModbusDriver:
    """One unit. Frames and checksums are minimalmodbus', every byte goes through the link."""

    def __init__(self, settings: ModbusSettings, link: Link, wiring: Wiring) -> None:
        self._settings = settings
        self._link = link
        self._wiring = wiring
        self._unit = _unit_class()(link, settings.unit_address)

    def identify(self) -> str:
        """The identity register, in decimal."""
        register = self._settings.identity_register
        if register is None:
            return ""
        return str(self._performed(lambda: self._unit.read_register(register), "its identity", again=False))

    def read(self, channel: Channel) -> Scalar:
        """One coil, or one or two registers."""
        settings = channel.settings
        code = READ_CODES[settings.table]
        register = settings.register_

        def ask() -> Scalar:
            if settings.table in ("coil", "discrete"):
                return bool(self._unit.read_bit(register, functioncode=code))
            raw: int
            if settings.words == 2:
                raw = self._unit.read_long(register, functioncode=code, signed=settings.signed)
            else:
                raw = self._unit.read_register(register, functioncode=code, signed=settings.signed)
            if channel.holds == "boolean":
                return _switch(raw)
            return raw / 10.0**settings.decimals

        return self._performed(ask, f"reading {channel.name}", again=True)

    def write(self, channel: Channel, value: Scalar) -> None:
        """Written as a whole number: minimalmodbus itself cuts decimals off instead of rounding."""
        settings = channel.settings
        register, signed = settings.register_, settings.signed

        def tell() -> None:
            if settings.table == "coil":
                self._unit.write_bit(register, int(bool(value)))
                return
            raw = int(value) if isinstance(value, bool) else round(float(value) * 10**settings.decimals)
            if settings.words == 2:
                self._unit.write_long(register, raw, signed=signed)
            else:
                self._unit.write_register(register, raw, functioncode=self._settings.write_function, signed=signed)

        self._performed(tell, f"setting {channel.name}", again=False)

    def command(self, command: CommandSettings, _arguments: Mapping[str, Scalar], /) -> Answer:
        """Write the value once."""
        self._performed(
            lambda: self._unit.write_register(
                command.register_, command.value, functioncode=self._settings.write_function
            ),
            f"writing register {command.register_}",
            again=False,
        )
        return None

    def _performed(self, operation: Callable[[], T], what: str, *, again: bool) -> T:
        import minimalmodbus

        where = f"{self._wiring.device}: {what}"

        def translated() -> T:
            try:
                return operation()
            except minimalmodbus.SlaveDeviceBusyError as error:
                raise (NoReply if again else Refused)(f"{where}: busy (exception 6)") from error
            except minimalmodbus.SlaveReportedException as error:
                raise Refused(f"{where}: {error}") from error
            except minimalmodbus.NoResponseError as error:
                raise NoReply(f"{where}: {error}") from error
            except (minimalmodbus.ModbusException, ValueError, TypeError) as error:
                raise BadReply(f"{where}: {error}") from error

        return self._link.perform(translated, again=again)


def _switch(raw: int) -> bool:
    if raw not in (0, 1):
        raise BadReply(f"a register that is a switch holds {raw}")
    return raw == 1


@cache
def _unit_class() -> Any:
    """minimalmodbus' Instrument with the wire replaced; made on first use, since the library is optional."""
    import minimalmodbus

    class Unit(minimalmodbus.Instrument):  # type: ignore[misc]
        """Frames and checksums only: the port, its flushing and its time limits belong to the link."""

        def __init__(self, link: Link, address: int) -> None:
            self.address = address
            self.mode = minimalmodbus.MODE_RTU
            self.precalculate_read_size = True
            self.debug = False
            self._link = link
            self._last = 0.0

        def _communicate(self, request: bytes, number_of_bytes_to_read: int) -> bytes:
            if "://" not in self._link.url:  # frames are told apart by silence; only a real line has a baud rate
                silence = SILENT_BITS / self._link.settings.baudrate
                time.sleep(max(0.0, self._last + silence - time.monotonic()))
            self._link.send(request)
            answer = self._link.receive(ModbusAnswer(number_of_bytes_to_read))
            self._last = time.monotonic()
            return answer

    return Unit
