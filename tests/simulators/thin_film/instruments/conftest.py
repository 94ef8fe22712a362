from collections.abc import Callable

import pytest

from simulators.thin_film.instruments.instrument import Instrument
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World

Say = Callable[[Instrument, bytes], bytes]


@pytest.fixture
def world() -> World:
    """Air in the chamber, door closed, water flowing, ten substrates in the cassette."""
    return World(WorldSettings(scatter=0.0, probe_std=0.0), seed=1)


@pytest.fixture
def ready(world: World) -> World:
    """Pumped down, 0.5 Pa of argon: a plasma would strike."""
    world.set_pump(True)
    world.advance(3600)
    world.set_flow("argon", 40.0)
    return world


@pytest.fixture
def say() -> Say:
    def say(instrument: Instrument, data: bytes) -> bytes:
        instrument.feed(data)
        return instrument.take()

    return say
