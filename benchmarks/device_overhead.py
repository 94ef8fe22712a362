"""What a strict device costs beside the bare library: `python -m benchmarks.device_overhead`.

The same commands to the same simulated instruments (`sim://`, where waiting costs nothing), asked with pyserial alone,
with PyMeasure or minimalmodbus alone, and through `devices.Device` with its journal. Processor time of this process
per command: a reading is one exchange, a setting two, for it is read back. The simulated instrument itself is in all.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from devices.clock import RealClock
from devices.device import Device, build_device
from devices.journal import FileJournal
from devices.settings import DeviceSettings
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.ports import PACKAGE
from simulators.thin_film.ports.registry import connected
from simulators.thin_film.world import World

BOUND = 0.3
"""Milliseconds per device command that our layer may cost."""
ROUNDS = 7
LINE = -1
"""In place of a size: an answer that ends with CR LF."""

SETTINGS: dict[str, dict[str, Any]] = {
    "gun": {
        "driver": {"kind": "pymeasure", "vendor": "aja", "model": "DCXS"},
        "channels": {
            "read": {"attr": "voltage", "unit": "V", "plausible": [0, 1000]},
            "set": {"attr": "setpoint", "unit": "W", "low": 0, "high": 200, "safe": 0, "tol": 1},
        },
    },
    "heater": {
        "driver": {"kind": "modbus"},
        "channels": {
            "read": {"register": 1, "decimals": 1, "unit": "C"},
            "set": {"register": 2, "decimals": 1, "unit": "C", "low": 20, "high": 700, "safe": 25, "tol": 0.5},
        },
    },
    "gas": {
        "driver": {"kind": "lines", "identity": "*IDN?"},
        "channels": {
            "read": {"query": "P?", "unit": "Pa", "plausible": [0, 2e5]},
            "set": {"set": "AR {:.4f}", "query": "AR?", "unit": "sccm", "low": 0, "high": 50, "safe": 0, "tol": 0.01},
        },
    },
}


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time per command, medians; `library` is None where there is none."""

    driver: str
    command: str
    pyserial: float
    library: float | None
    ours: float

    @property
    def overhead(self) -> float:
        """Beside pyserial alone, which checks nothing."""
        return self.ours - self.pyserial


def main() -> None:
    """Measure, print a table, write the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commands", type=int, default=1000, help="commands in each of the rounds (default 1000)")
    commands = parser.parse_args().commands
    with tempfile.TemporaryDirectory() as folder, laboratory():
        costs = [cost for name in SETTINGS for cost in measured(name, Path(folder), commands)]
    machine = describe_machine()
    figures = [{**asdict(cost), "overhead": cost.overhead} for cost in costs]
    write_json(RESULTS / "device_overhead.json", {"machine": machine, "bound": BOUND, "costs": figures})
    show(costs, machine)


@contextmanager
def laboratory() -> Iterator[None]:
    """The simulated instruments, at `sim://overhead/...`."""
    import serial

    serial.protocol_handler_packages.append(PACKAGE)
    try:
        with connected("overhead", Rack(World(seed=1)).wires):
            yield
    finally:
        serial.protocol_handler_packages.remove(PACKAGE)


def measured(name: str, folder: Path, commands: int) -> list[Cost]:
    """A reading and a setting of one instrument, in three ways, in turn: the machine may slow down meanwhile."""
    ways = {"pyserial": bare_pyserial(name), "library": bare_library(name), "ours": our_device(name, folder)}
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for way, acts in ways.items():
            for command, act in (acts or {}).items():
                times.setdefault((way, command), []).append(timed(act, commands))
    medians = {key: statistics.median(values) for key, values in times.items()}
    return [
        Cost(
            SETTINGS[name]["driver"]["kind"],
            command,
            medians["pyserial", command],
            medians.get(("library", command)),
            medians["ours", command],
        )
        for command in ("read", "set")
    ]


def timed(act: Callable[[], object], count: int) -> float:
    """Milliseconds of processor time per call."""
    began = time.process_time()
    for _ in range(count):
        act()
    return (time.process_time() - began) / count * 1e3


frame = bytes.fromhex
Acts = dict[str, Callable[[], object]]


def bare_pyserial(name: str) -> Acts:
    """Write, read, and take the digits for a number: nothing is checked."""
    asked: dict[str, tuple[bytes, int, bytes, int, bytes, int]] = {
        "gun": (b"e", 4, b"C0100", 0, b"b", 4),
        "heater": (frame("010300010001d5ca"), 7, frame("0106000203e828b4"), 8, frame("01030002000125ca"), 7),
        "gas": (b"P?\r\n", LINE, b"AR 20.0000\r\n", LINE, b"AR?\r\n", LINE),
    }
    port = opened(name)
    read, read_size, tell, tell_size, back, back_size = asked[name]

    def exchange(request: bytes, size: int) -> bytes:
        port.write(request)
        if not size:
            return b""
        answer: bytes = port.read_until(b"\r\n") if size == LINE else port.read(size)
        if not answer:
            raise RuntimeError(f"{name} does not answer {request!r}: this benchmark would measure nothing")
        return answer

    return {
        "read": lambda: exchange(read, read_size),
        "set": lambda: (exchange(tell, tell_size), exchange(back, back_size)),
    }


def bare_library(name: str) -> Acts | None:
    """As the library's manual says; text lines have none."""
    port = None if name == "gas" else opened(name)
    if name == "gun":
        from pymeasure.adapters import SerialAdapter
        from pymeasure.instruments.aja import DCXS

        supply = DCXS(SerialAdapter(port))

        def set_power() -> None:
            supply.setpoint = 100
            _ = supply.setpoint

        return {"read": lambda: supply.voltage, "set": set_power}
    if name == "heater":
        from minimalmodbus import Instrument

        unit = Instrument(port, 1)

        def set_temperature() -> None:
            unit.write_register(2, 100.0, 1, functioncode=6)
            unit.read_register(2, 1)

        return {"read": lambda: unit.read_register(1, 1), "set": set_temperature}
    return None


def our_device(name: str, folder: Path) -> Acts:
    """Through a device, its driver, its link and the journal."""
    described = DeviceSettings.model_validate({**SETTINGS[name], "port": f"sim://overhead/{name}"})
    device: Device = build_device(name, described, RealClock(), FileJournal(folder / f"{name}.jsonl"))
    device.connect()
    value = 20.0 if name == "gas" else 100.0
    return {"read": lambda: device.read("read"), "set": lambda: device.apply(set=value)}


def opened(name: str) -> Any:
    """The port with nothing around it. It is shared: only our own link insists on being alone."""
    import serial

    return serial.serial_for_url(f"sim://overhead/{name}", timeout=0.5)


def show(costs: list[Cost], machine: dict[str, object]) -> None:
    """The table, and what it was measured on."""
    table = Table("driver", "command", "pyserial (ms)", "library (ms)", "ours (ms)", "overhead (ms)", "of that bound")
    for cost in costs:
        library = "" if cost.library is None else f"{cost.library:.3f}"
        share = f"{cost.overhead / BOUND:.0%}"
        row = f"{cost.pyserial:.3f}", library, f"{cost.ours:.3f}", f"{cost.overhead:.3f}", share
        table.add_row(cost.driver, cost.command, *row)
    console = Console()
    console.print(table)
    console.print(f"processor time per command, medians of {ROUNDS} rounds; bound {BOUND} ms; {machine}")


if __name__ == "__main__":
    main()
