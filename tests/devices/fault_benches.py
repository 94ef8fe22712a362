"""Three instruments on real pseudo-terminals, one for each kind of driver, as a rig file would describe them.

Independent of the simulated laboratory on purpose: the bytes here are written down a second time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from devices.clock import RealClock
from devices.device import Device, build_device
from devices.errors import LinkError
from devices.journal import Journal
from devices.rig import Rig
from devices.settings import DeviceSettings
from tests.devices import pseudo_terminal as pty

LINK = {"timeout": 0.012, "quiet": 0.024, "longest_quarantine": 0.5, "retries": 0, "patience": 0.0, "gap": 0.002}


@dataclass
class Bench:
    """A device, its instrument, and what is true there."""

    device: Device
    terminal: pty.PseudoTerminal
    state: dict[str, float]
    reading: str
    """A channel, ..."""
    truth: float
    """... what it says, ..."""
    other: str
    """... another one, ..."""
    other_truth: float
    setting: str
    """... one to set, ..."""
    asked: float
    is_set: Callable[[bytes], bool]
    """... how a command that sets it looks, ..."""
    act: Callable[[Device], object]
    """... something that must not be done twice, ..."""
    is_act: Callable[[bytes], bool]
    nak: bytes
    """... and how the instrument refuses."""
    busy: bytes
    safe: dict[str, float] = field(default_factory=dict)
    """The state in which nothing can happen."""
    checksum: bool = False


def gas(folder: Path, journal: Journal | None = None, **link: float) -> Bench:
    """Lines of text: a controller of gas, and of a small robot."""
    state = {"AR": 5.0, "PUMP": 1, "moves": 0, "P": 0.5, "O2": 1.25}

    def answer(command: bytes) -> bytes:
        word, _, value = command.decode().strip().partition(" ")
        if word == "*IDN?":
            return b"JUNKAN,GAS-2\r\n"
        if word.endswith("?"):
            shown = {"AR": "{:.2f}", "PUMP": "{:.0f}"}.get(word[:-1], "{:.4f}")
            return shown.format(state[word[:-1]]).encode() + b"\r\n"
        if word == "MOVE":
            state["moves"] += 1
        else:
            state[word] = float(value)
        return b"OK\r\n"

    settings = {
        "driver": {"kind": "lines", "identity": "*IDN?"},
        "identity": "GAS-2",
        "channels": {
            "pressure": {"query": "P?", "unit": "Pa", "plausible": [0, 5], "double_read": True, "tol": 0.002},
            "oxygen": {"query": "O2?", "unit": "sccm", "plausible": [0, 5], "double_read": True, "tol": 0.002},
            "argon": {"set": "AR {:.2f}", "query": "AR?", "unit": "sccm", "low": 0, "high": 50, "safe": 0, "tol": 0.1}
            | {"double_read": True, "plausible": [0, 60]},
        },
        "commands": {"move": {"send": "MOVE a b"}},
    }
    terminal = pty.PseudoTerminal(folder, pty.lines, answer, "gas")
    return Bench(
        _built("gas", settings, terminal, journal, link), terminal, state,
        "pressure", 0.5, "oxygen", 1.25,
        "argon", 20.0, lambda command: command.startswith(b"AR 20"),
        lambda device: device.command("move"), lambda command: command.startswith(b"MOVE"),
        nak=b"ERR 3 no\r\n", busy=b"BUSY\r\n", safe={"AR": 0.0},
    )  # fmt: skip


def heater(folder: Path, journal: Journal | None = None, **link: float) -> Bench:
    """Modbus RTU: a controller of temperature. Checksums save it from double reads."""
    state = {1: 4000, 2: 250, 3: 0, 4: 375, 122: 12822}

    def answer(request: bytes) -> bytes:
        if crc(request[:-2]) != request[-2:]:
            return b""
        register = int.from_bytes(request[2:4], "big")
        if request[1] == 6:
            state[register] = int.from_bytes(request[4:6], "big") if register != 3 else state[3] + 1
            return request
        content = request[:2] + b"\x02" + state[register].to_bytes(2, "big")
        return content + crc(content)

    settings = {
        "driver": {"kind": "modbus", "identity_register": 122},
        "identity": "12822",
        "channels": {
            "temperature": {"register": 1, "decimals": 1, "unit": "C"},
            "output": {"register": 4, "decimals": 1, "unit": "%"},
            "setpoint": {"register": 2, "decimals": 1, "unit": "C", "low": 20, "high": 700, "safe": 25, "tol": 0.5},
        },
        "commands": {"start": {"register": 3, "value": 1}},
    }
    terminal = pty.PseudoTerminal(folder, pty.modbus, answer, "heater")
    return Bench(
        _built("heater", settings, terminal, journal, link), terminal, state,
        "temperature", 400.0, "output", 37.5,
        "setpoint", 400.0, lambda request: request[1] == 6 and request[2:6] == b"\x00\x02\x0f\xa0",
        lambda device: device.command("start"), lambda request: request[1] == 6 and request[3] == 3,
        nak=_exception(2), busy=_exception(6), safe={2: 250}, checksum=True,
    )  # fmt: skip


def gun(folder: Path, journal: Journal | None = None, **link: float) -> Bench:
    """An AJA DCXS as PyMeasure drives it: single letters, answers of fixed length, no end mark, no checksum."""
    state = {"on": 0, "watts": 0, "minutes": 0, "seconds": 0}

    def answer(command: bytes) -> bytes:
        letter, value = command[:1], command[1:]
        if letter in b"AB":
            state["on"] = int(letter == b"A")
        elif value:
            state[{b"C": "watts", b"G": "minutes", b"H": "seconds"}[letter]] = int(value)
        else:
            return {
                b"?": b"DCXS-1500", b"a": b"%d" % state["on"], b"b": b"%04d" % state["watts"], b"c": b"0",
                b"d": b"%04d" % (state["watts"] * state["on"]), b"e": b"0380", b"f": b"0660", b"o": b"0",
                b"i": b"%03d" % state["minutes"], b"j": b"%02d" % state["seconds"],
            }.get(letter, b"")  # fmt: skip
        return b""

    checked = {"double_read": True}
    settings = {
        "driver": {"kind": "pymeasure", "vendor": "aja", "model": "DCXS"},
        "identity": "DCXS",
        "channels": {
            "voltage": {"attr": "voltage", "unit": "V", "plausible": [0, 1000]} | checked,
            "current": {"attr": "current", "unit": "mA", "plausible": [0, 5000]} | checked,
            "plasma": {"attr": "enabled", "safe": False} | checked,
            "power": {"attr": "setpoint", "unit": "W", "low": 0, "high": 500, "safe": 0, "tol": 1} | checked,
        },
    }
    terminal = pty.PseudoTerminal(folder, pty.dcxs, answer, "gun")
    return Bench(
        _built("gun", settings, terminal, journal, link), terminal, state,
        "voltage", 380.0, "current", 660.0,
        "power", 250.0, lambda command: command == b"C0250",
        lambda device: device.apply(plasma=True), lambda command: command == b"A",
        nak=b">", busy=b"", safe={"on": 0, "watts": 0},
    )  # fmt: skip


@contextmanager
def connected(one: Device | Rig) -> Iterator[None]:
    """Connect and in the end close. The time limits are so short that a busy computer may miss one at the beginning."""
    for _ in range(20):
        with suppress(LinkError):
            one.connect()
            break
    else:
        one.connect()
    try:
        yield
    finally:
        one.close()


BENCHES = {"lines": gas, "modbus": heater, "pymeasure": gun}


def crc(content: bytes) -> bytes:
    """CRC-16 of Modbus over serial line V1.02, 6.2.2, the low byte first."""
    register = 0xFFFF
    for byte in content:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return register.to_bytes(2, "little")


def _exception(code: int) -> bytes:
    """The function code stays that of a read; a refused write answers with 0x86."""
    content = bytes((1, 0x83, code))
    return content + crc(content)


def _built(name: str, settings: dict, terminal: pty.PseudoTerminal, journal: Journal | None, link: dict) -> Device:
    described = DeviceSettings.model_validate({**settings, "port": str(terminal.path), "link": {**LINK, **link}})
    return build_device(name, described, RealClock(), journal)
