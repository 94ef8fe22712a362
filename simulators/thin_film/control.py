"""A hand in a running laboratory: pull a cable, open the door, make an instrument misbehave, look around.

python -m simulators.thin_film.control FOLDER look
python -m simulators.thin_film.control FOLDER unplug instrument=gun seconds=2
python -m simulators.thin_film.control FOLDER fault instrument=heater faults='["silent", "late"]'
"""

import json
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulators.thin_film.faults import Fault

if TYPE_CHECKING:  # a hand should be quick: the physics stays in the laboratory
    from simulators.thin_film.instruments.rack import Rack

ADDRESS_FILE = "control"
"""Holds the port number on 127.0.0.1."""


class ControlRefused(ValueError):
    """The laboratory does not know what was asked, or cannot do it. The message says why."""


class Control:
    """A client. Each call is a connection of its own, so it survives the laboratory's restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, do: str, **arguments: Any) -> Any:
        """Have something done; returns what it gives. Raises ControlRefused, and OSError if no laboratory is there."""
        port = int((self._folder / ADDRESS_FILE).read_text())
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(json.dumps({"do": do} | arguments).encode() + b"\n")
            answer = json.loads(connection.makefile().readline())
        if "error" in answer:
            raise ControlRefused(answer["error"])
        return answer["gives"]


class Hand:
    """What can be asked of a laboratory. Every public method is a command; its arguments are JSON values."""

    def __init__(self, rack: "Rack") -> None:
        self._rack = rack

    def obey(self, request: str) -> str:
        """One request, one answer, both JSON. Never raises."""
        try:
            asked = json.loads(request)
            name = asked.pop("do")
            if name.startswith("_") or name == "obey" or not hasattr(self, name):
                raise ControlRefused(f"{name!r} is not known. Known: {', '.join(self._known())}.")
            return json.dumps({"gives": getattr(self, name)(**asked)})
        except Exception as error:  # whatever a person mistypes must not end the laboratory
            return json.dumps({"error": f"{type(error).__name__}: {error}"})

    def _known(self) -> list[str]:
        return [name for name in dir(self) if not name.startswith("_") and name != "obey"]

    def look(self) -> dict[str, Any]:
        """What a visitor sees."""
        world = self._rack.world
        names = ("now", "pressure", "oxygen_pressure", "temperature", "setpoint", "plasma", "power", "outage")
        more = ("shutter", "pump", "valve", "door_closed", "water", "moving", "wear", "unsafe_seconds")
        places = {slot: sample for slot, sample in world.places().items() if sample is not None}
        return {name: getattr(world, name) for name in names + more} | {
            "flows": {gas: world.flow(gas) for gas in ("argon", "oxygen")},
            "places": places,
            "depositions": {sample: world.depositions(sample) for sample in places.values()},
        }

    def unplug(self, instrument: str, seconds: float = float("inf")) -> None:
        """Pull a cable, for ever or for so many seconds."""
        self._rack.wires[instrument].unplug(seconds)

    def plug(self, instrument: str) -> None:
        """Put it back."""
        self._rack.wires[instrument].plug()

    def fault(self, instrument: str, faults: list[str]) -> None:
        """Have the next exchanges go wrong, one after the other."""
        self._rack.wires[instrument].chance.plan(*(Fault(fault) for fault in faults))

    def chance(self, **changes: Any) -> None:
        """Change the settings of chance on all wires: rate, kinds, late, away."""
        for wire in self._rack.wires.values():
            settings = wire.chance.settings
            wire.chance.settings = type(settings).model_validate(settings.model_dump() | changes)

    def faults(self) -> dict[str, dict[str, int]]:
        """How often what has gone wrong on which wire."""
        return {
            name: {str(fault): count for fault, count in wire.chance.counts.items()}
            for name, wire in self._rack.wires.items()
        }

    def written(self, instrument: str) -> list[str]:
        """Every burst of bytes that came from the port so far, in hexadecimal digits."""
        return [data.hex() for data in self._rack.wires[instrument].written or ()]

    def trouble(self, instrument: str, name: str, present: bool = True) -> None:
        """Make something go wrong with an instrument itself, or right again."""
        self._rack.instruments[instrument].trouble(name, present)

    def power_cycle(self, instrument: str) -> None:
        """Switch an instrument off and on."""
        self._rack.instruments[instrument].power_up()

    def door(self, closed: bool) -> None:
        """Open or close the door."""
        self._rack.world.set_door(closed)

    def water(self, flowing: bool) -> None:
        """Let the cooling water fail or flow."""
        self._rack.world.set_water(flowing)

    def leak(self, factor: float) -> None:
        """Let the chamber leak so many times as much."""
        self._rack.world.set_leak(factor)

    def put(self, slot: str, substrate: str) -> str:
        """Put a fresh substrate into a slot; gives its name."""
        return self._rack.world.put(slot, substrate)

    def take_away(self, slot: str) -> str:
        """Take a sample out of the laboratory; gives its name."""
        return self._rack.world.take_away(slot)


def main(arguments: list[str]) -> int:
    """The command line: FOLDER COMMAND [KEY=JSON ...]."""
    if len(arguments) < 2:
        sys.stderr.write(str(__doc__))
        return 2
    folder, do, *pairs = arguments
    given = {key: _value(text) for key, _, text in (pair.partition("=") for pair in pairs)}
    try:
        answer = Control(Path(folder)).ask(do, **given)
    except (OSError, ControlRefused) as error:
        sys.stderr.write(f"{folder}: {error}\n")
        return 1
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    return 0


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
