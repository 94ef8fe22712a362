"""A simulated laboratory that runs by itself, behind real terminals.

python -m simulators.thin_film.laboratory FOLDER --speed 60

The ports are FOLDER/gun, FOLDER/heater, FOLDER/gas, FOLDER/robot, FOLDER/meter, FOLDER/diffractometer and
FOLDER/sources. The world is kept in FOLDER/world.json and taken up again at the next start, as if time had stood
still. `control.py` reaches in.
"""

import argparse
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from simulators.thin_film.control import ADDRESS_FILE, Hand
from simulators.thin_film.faults import Fault, FaultSettings
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.pseudo_terminal import PseudoTerminal
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World

WORLD_FILE = "world.json"
TICK = 0.02
"""Seconds between two looks at the clock while nobody speaks."""
BETWEEN_SAVES = 0.2


class Laboratory:
    """One station behind terminals in a folder, its time running `speed` times as fast as the clock on the wall.

    Everything happens in one thread: bytes, commands of `control.py`, time. `run` returns after `stop`.
    """

    def __init__(self, folder: Path, rack: Rack, speed: float = 1.0) -> None:
        self._folder = folder
        self._rack = rack
        self._speed = speed
        self._hand = Hand(rack)
        self._terminals = [PseudoTerminal(wire, folder / name) for name, wire in rack.wires.items()]
        self._selector = selectors.DefaultSelector()
        self._server: socket.socket | None = None
        self._running = False
        self._last = 0.0
        for wire in rack.wires.values():
            wire.written = []

    def open(self) -> None:
        """Put the terminals and the control port into the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self._selector.register(self._server, selectors.EVENT_READ, self._accept)
        _write(self._folder / ADDRESS_FILE, str(self._server.getsockname()[1]))
        for terminal in self._terminals:
            self._serve(terminal)
        self._last, self._running = time.monotonic(), True

    def run(self) -> None:
        """Serve until `stop`; then save the world and take the terminals away."""
        saved = time.monotonic()
        try:
            while self._running:
                ready = self._selector.select(TICK)
                self._let_time_pass()
                for key, _ in ready:
                    key.data(key.fileobj)
                for terminal in self._terminals:
                    self._serve(terminal)
                if time.monotonic() - saved > BETWEEN_SAVES:
                    self.save()
                    saved = time.monotonic()
        finally:
            self.save()
            self._close()

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._running = False

    def save(self) -> None:
        """Write the world, whole or not at all."""
        _write(self._folder / WORLD_FILE, json.dumps(self._rack.state()))

    def _close(self) -> None:
        for terminal in self._terminals:
            terminal.close()
        self._selector.close()
        if self._server is not None:
            self._server.close()
        with suppress(OSError):
            (self._folder / ADDRESS_FILE).unlink()

    def _let_time_pass(self) -> None:
        now = time.monotonic()
        self._rack.advance((now - self._last) * self._speed)
        self._last = now

    def _serve(self, terminal: PseudoTerminal) -> None:
        before = terminal.descriptor
        if not terminal.serve():
            return
        if before >= 0:
            self._selector.unregister(before)
        if terminal.descriptor >= 0:
            self._selector.register(terminal.descriptor, selectors.EVENT_READ, lambda _: self._serve(terminal))

    def _accept(self, server: socket.socket) -> None:
        """One connection, one request. A client that connects and says nothing is not waited for."""
        with suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.settimeout(0.5)
                request = connection.makefile("r", encoding="utf-8").readline()
                connection.sendall(self._hand.obey(request).encode() + b"\n")


def load(folder: Path, settings: WorldSettings | None, seed: int, faults: FaultSettings) -> Rack:
    """The laboratory that was in the folder, or a new one. Raises ValueError if what is there cannot be read."""
    file = folder / WORLD_FILE
    if not file.exists():
        return Rack(World(settings, seed), faults)
    if settings is not None:
        raise ValueError(f"{file} is there already and has settings of its own: leave --settings away, or remove it.")
    return Rack.restored(json.loads(file.read_text()), faults)


def _write(file: Path, text: str) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(file)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.thin_film.laboratory", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the laboratory per second (default 1)")
    parser.add_argument("--seed", type=int, default=0, help="of the physics and of the faults")
    parser.add_argument("--settings", type=Path, help="JSON file with the settings of a new laboratory")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="share of exchanges that go wrong (default 0)")
    parser.add_argument("--fault-kinds", default="", help=f"with commas; default all of {', '.join(Fault)}")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a laboratory until SIGTERM or SIGINT."""
    given = _arguments(arguments)
    kinds = tuple(Fault(kind) for kind in given.fault_kinds.split(",")) if given.fault_kinds else tuple(Fault)
    faults = FaultSettings(rate=given.fault_rate, kinds=kinds, seed=given.seed)
    settings = None if given.settings is None else WorldSettings.model_validate_json(given.settings.read_text())
    laboratory = Laboratory(given.folder, load(given.folder, settings, given.seed, faults), given.speed)

    def end(_signal: int, _frame: FrameType | None) -> None:
        laboratory.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    laboratory.open()
    sys.stdout.write(f"ready {given.folder}\n")
    sys.stdout.flush()
    laboratory.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
