"""What a double read is worth: `python -m benchmarks.flipped_bits`.

Lines without a checksum, on which a share of the answers has one bit wrong: a power of the supply (four digits,
nothing else) and a pressure of the gas controller (a line of text), simulated, asked once and asked until two of three
answers agree. Counted are wrong readings, and alarms: readings that ended in an error after two more attempts.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from devices.clock import RealClock
from devices.device import build_device
from devices.errors import LinkError
from devices.settings import DeviceSettings
from simulators.thin_film.faults import Fault, FaultSettings
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.ports import PACKAGE
from simulators.thin_film.ports.registry import connected
from simulators.thin_film.world import World

RATES = (0.001, 0.01, 0.05)

DEVICES: dict[str, dict[str, Any]] = {
    "gun": {
        "driver": {"kind": "pymeasure", "vendor": "aja", "model": "DCXS"},
        "channels": {"value": {"attr": "setpoint", "unit": "W", "low": 0, "high": 200, "safe": 0, "tol": 1}},
    },
    "gas": {
        "driver": {"kind": "lines", "identity": "*IDN?"},
        "channels": {"value": {"query": "P?", "unit": "Pa", "relative_tol": 1e-3, "plausible": [0, 2e5]}},
    },
}


@dataclass(frozen=True)
class Count:
    """Of so many readings of one channel, `rate` being the share of answers with one wrong bit."""

    quantity: str
    rate: float
    double_read: bool
    readings: int
    flipped: int
    wrong: int
    alarms: int


def main() -> None:
    """Count, print a table, write the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readings", type=int, default=20_000, help="readings of each line (default 20000)")
    readings = parser.parse_args().readings
    counts = [
        counted(name, rate, double_read, readings)
        for name in DEVICES
        for double_read in (False, True)
        for rate in RATES
    ]
    machine = describe_machine()
    write_json(RESULTS / "flipped_bits.json", {"machine": machine, "counts": [asdict(one) for one in counts]})
    show(counts, machine)


@contextmanager
def laboratory(rack: Rack) -> Iterator[None]:
    """The simulated instruments, at `sim://flipped/...`."""
    import serial

    serial.protocol_handler_packages.append(PACKAGE)
    try:
        with connected("flipped", rack.wires):
            yield
    finally:
        serial.protocol_handler_packages.remove(PACKAGE)


def counted(name: str, rate: float, double_read: bool, readings: int) -> Count:
    """Ask so often; the truth stands still, and is what was read before the first bit was flipped."""
    settings = DEVICES[name]
    channel = {**settings["channels"]["value"], "double_read": double_read}
    data = {**settings, "channels": {"value": channel}, "port": f"sim://flipped/{name}"}
    rack = Rack(World(seed=1))
    device = build_device(name, DeviceSettings.model_validate(data), RealClock())
    with laboratory(rack):
        device.connect()
        if name == "gun":
            device.apply(value=100.0)
        truth = device.read()["value"].value
        chance = rack.wires[name].chance
        chance.settings = FaultSettings(rate=rate, kinds=(Fault.FLIPPED,))
        wrong = alarms = 0
        for _ in range(readings):
            try:
                wrong += not device.settings.resolved["value"].agrees(truth, device.read()["value"].value)
            except LinkError:
                alarms += 1
        chance.settings = FaultSettings()
        device.release()
    quantity = "power (4 digits)" if name == "gun" else "pressure (a line)"
    return Count(quantity, rate, double_read, readings, chance.counts.get(Fault.FLIPPED, 0), wrong, alarms)


def show(counts: list[Count], machine: dict[str, object]) -> None:
    """The table, and what it was counted on."""
    table = Table("quantity", "answers with a wrong bit", "read", "wrong readings", "alarms", "of readings")
    for one in counts:
        read = "twice" if one.double_read else "once"
        table.add_row(one.quantity, f"{one.rate:.1%}", read, str(one.wrong), str(one.alarms), str(one.readings))
    console = Console()
    console.print(table)
    console.print(f"{machine}")


if __name__ == "__main__":
    main()
