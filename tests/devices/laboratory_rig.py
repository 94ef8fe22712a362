"""A rig on real pseudo-terminals: the instruments run in a process of their own, and so does whoever drives them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from simulators.thin_film.control import Control
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.laboratory import WORLD_FILE
from simulators.thin_film.world import World

SAFE = {"plasma": False, "power": 0.0, "setpoint": 25.0, "shutter": False, "flows": {"argon": 0.0, "oxygen": 0.0}}


def rig_data(folder: Path, **changes: Any) -> dict[str, Any]:
    """Supply, heater and gas controller of the laboratory in `folder`, at its terminals."""
    gas = {"set": "{} {{:.4f}}", "unit": "sccm", "low": 0, "safe": 0, "tol": 0.01}
    return {
        "station": "sputter",
        "clock": {"kind": "real", "poll": 0.2},
        "devices": {
            "gun": {
                "driver": {"kind": "pymeasure", "vendor": "aja", "model": "DCXS"},
                "port": str(folder / "gun"),
                "role": "plasma_source",
                "channels": {
                    "power": {"attr": "setpoint", "unit": "W", "low": 0, "high": 200, "safe": 0, "tol": 1},
                    "plasma": {"attr": "enabled", "safe": False},
                    "timer": {"attr": "deposition_time", "unit": "s", "low": 0, "high": 7200},
                },
            },
            "heater": {
                "driver": {"kind": "modbus", "unit_address": 1},
                "port": str(folder / "heater"),
                "role": "heater",
                "channels": {
                    "temperature": {"register": 1, "decimals": 1, "signed": True, "unit": "C"},
                    "setpoint": {"register": 2, "decimals": 1, "unit": "C", "low": 20, "high": 700, "safe": 25},
                },
            },
            "gas": {
                "driver": {"kind": "lines", "identity": "*IDN?"},
                "port": str(folder / "gas"),
                "role": ["gas_line", "gauge"],
                "channels": {
                    "argon": {**gas, "set": "AR {:.4f}", "query": "AR?", "high": 200},
                    "oxygen": {**gas, "set": "O2 {:.4f}", "query": "O2?", "high": 20},
                    "shutter": {"set": "SHUTTER {}", "query": "SHUTTER?", "safe": False},
                    "pressure": {"query": "P?", "unit": "Pa"},
                    "door": {"query": "DOOR?", "holds": "boolean"},
                },
            },
        },
        "interlocks": {
            "plasma_pressure": {"need": "gas.pressure >= 0.2 Pa", "before": {"gun.plasma": True}},
            "door": {"need": "gas.door", "while": "gun.plasma"},
        },
        **changes,
    }


@contextmanager
def laboratory(folder: Path, speed: float = 60.0) -> Iterator[Control]:
    """A laboratory in a process of its own, pumped down; what it gives looks into it without a port."""
    world = World(None, seed=0)
    world.set_pump(True)
    world.advance(900.0)
    (folder / WORLD_FILE).write_text(json.dumps(Rack(world).state()))
    command = [sys.executable, "-m", "simulators.thin_film.laboratory", str(folder), "--speed", str(speed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready")
        yield Control(folder)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


class Driver:
    """The driving process, which can be killed at any stage."""

    def __init__(self, folder: Path, *words: str, **changes: Any) -> None:
        self.folder = folder / "run"
        self.folder.mkdir(exist_ok=True)
        (self.folder / "rig.json").write_text(json.dumps(rig_data(folder, **changes)))
        command = [sys.executable, "-m", "tests.devices.driving_process", str(self.folder), *words]
        environment = {**os.environ, "JUNKAN_ATTEMPT_FOLDER": str(self.folder)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.guardian = 0
        """Its process; known when the rig is connected."""
        self.children: list[psutil.Process] = []

    def __enter__(self) -> "Driver":
        return self

    def __exit__(self, *_: object) -> None:
        """End what is left: the driver and its forked child; the guardian ends by itself."""
        for process in [*self.children, self.process]:
            if process.pid and psutil.pid_exists(process.pid):
                process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        if self.guardian and psutil.pid_exists(self.guardian):
            psutil.Process(self.guardian).wait(20)

    def reach(self, stage: str) -> list[str]:
        """Wait until it says that it has reached that stage; returns what it says about it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, *more = line.split()
            if word == "connected":
                self.guardian = int(more[0])
            if word == stage:
                return more
        raise AssertionError(f"the driving process ended before it was {stage}: {self.process.wait()}")

    def kill(self) -> float:
        """End it as the kernel does; returns the moment."""
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        os.kill(self.process.pid, signal.SIGKILL)
        return time.monotonic()


def is_safe(seen: dict[str, Any]) -> bool:
    """Whether a visitor of the laboratory sees nothing that burns, heats or flows."""
    return all(seen[name] == value for name, value in SAFE.items())


def seconds_until_safe(control: Control, since: float, patience: float = 20.0) -> float:
    """How long after that moment everything was safe. Raises AssertionError after `patience` seconds."""
    while time.monotonic() - since < patience:
        seen = control.ask("look")
        if is_safe(seen):
            return time.monotonic() - since
        time.sleep(0.005)
    raise AssertionError(f"not safe after {patience} s: {seen}")
