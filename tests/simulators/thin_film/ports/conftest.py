from collections.abc import Iterator

import pytest
import serial

from simulators.thin_film.faults import FaultSettings
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.ports import PACKAGE, registry
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World


@pytest.fixture
def rack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rack]:
    """A simulated station called `test`: pumped, half a pascal of argon, power asked for but the plasma not burning."""
    monkeypatch.setattr(serial, "protocol_handler_packages", [*serial.protocol_handler_packages, PACKAGE])
    rack = Rack(World(WorldSettings(scatter=0.0, probe_std=0.0), seed=1), FaultSettings(late=1.0, away=1.0))
    rack.world.set_pump(True)
    rack.advance(3600.0)
    rack.world.set_flow("argon", 40.0)
    with registry.connected("test", rack.wires):
        yield rack
