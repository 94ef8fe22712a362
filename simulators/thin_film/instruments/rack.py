"""All instruments of one station over one world, and the time that they share."""

from collections.abc import Mapping
from threading import RLock
from typing import Any

from simulators.thin_film.faults import FaultSettings
from simulators.thin_film.instruments.dcxs import Dcxs
from simulators.thin_film.instruments.diffractometer import Diffractometer
from simulators.thin_film.instruments.gas_controller import GasController
from simulators.thin_film.instruments.heater import Heater
from simulators.thin_film.instruments.instrument import Instrument
from simulators.thin_film.instruments.robot import Robot
from simulators.thin_film.instruments.source_meter import SourceMeter
from simulators.thin_film.instruments.sources import Sources
from simulators.thin_film.wire import Wire
from simulators.thin_film.world import World


class Rack:
    """Seven instruments, each at the end of its wire: gun, heater, gas, robot, meter, diffractometer and sources."""

    def __init__(self, world: World, faults: FaultSettings | None = None) -> None:
        self.world = world
        self.lock = RLock()
        self.instruments: Mapping[str, Instrument] = {
            "gun": Dcxs(world),
            "heater": Heater(world),
            "gas": GasController(world),
            "robot": Robot(world),
            "meter": SourceMeter(world),
            "diffractometer": Diffractometer(world),
            "sources": Sources(world),
        }
        self.wires = {name: Wire(name, device, faults, self.lock) for name, device in self.instruments.items()}

    def advance(self, seconds: float) -> None:
        """Let time of the world pass."""
        with self.lock:
            self.world.advance(seconds)
            for instrument in self.instruments.values():
                instrument.elapse(seconds)
            for wire in self.wires.values():
                wire.time.wait(seconds)

    def state(self) -> dict[str, Any]:
        """The world and what every instrument remembers, as JSON values."""
        with self.lock:
            instruments = {name: instrument.state() for name, instrument in self.instruments.items()}
            return {"world": self.world.state(), "instruments": instruments}

    @classmethod
    def restored(cls, state: Mapping[str, Any], faults: FaultSettings | None = None) -> "Rack":
        """The rack whose `state` this is, its time having stood still meanwhile."""
        rack = cls(World.restore(state["world"]), faults)
        for name, instrument in rack.instruments.items():
            instrument.restore(state["instruments"][name])
        return rack
