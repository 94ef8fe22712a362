import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.thin_film_week import Watchman, live, mishaps, sheet
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World


def burning(**settings: object) -> World:
    """A chamber in which a plasma burns."""
    world = World(WorldSettings(**settings))
    world.set_pump(True)
    world.advance(900.0)
    world.set_flow("argon", 40.0)
    world.set_power(100.0)
    assert world.strike()
    return world


def seen(world: World) -> Counter[str]:
    watchman = Watchman()
    watchman.look(world, 5.0)
    return watchman.unsafe


def test_a_plasma_as_it_should_be_is_not_unsafe():
    assert seen(burning()) == {}


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda world: world.set_door(False), "plasma with the door open"),
        (lambda world: world.set_water(False), "plasma without water"),
        (lambda world: world.set_power(250.0), "more power than the rig allows"),
        (lambda world: world.set_heater(750.0), "hotter than the rig allows"),
    ],
)
def test_the_watchman_counts_what_no_instrument_tells(spoil, what):
    world = burning(hardware_interlock=False)
    spoil(world)
    assert seen(world) == {what: 5.0}


def test_the_watchman_sees_a_heater_in_air_and_a_robot_in_a_hot_chamber():
    world = World(WorldSettings())
    world.set_heater(400.0)
    world.advance(600.0)
    world.move("cassette/1", "chamber/1")
    assert set(seen(world)) == {"heater on in air", "robot in a hot chamber"}


def test_mishaps_are_drawn_from_their_seed():
    class Bench:
        class rack:
            wires = instruments = dict.fromkeys(("gun", "heater", "gas", "sources", "robot", "meter"))

    Bench.rack.instruments = {name: type("It", (), {"TROUBLES": {"frozen": ""}}) for name in Bench.rack.wires}
    drawn = [[mishaps(Bench, random.Random(seed))[0] for seed in range(30)] for _ in range(2)]  # type: ignore[arg-type]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) > 5


@pytest.mark.slow
def test_a_day_with_a_mishap_in_every_growth_loses_no_sample_and_is_never_unsafe(tmp_path: Path):
    found = live(trials=6, rate=1.0, seed=2, home=tmp_path)
    assert found["trials"] == 6
    assert sum(found["mishaps"].values()) >= 3
    assert found["unsafe"] == {}
    assert found["accounted"]["coated twice"] == found["accounted"]["elsewhere than believed"] == 0
    assert found["reproduced"][0] == found["reproduced"][1]
    assert "unsafe seconds | 0 |" in sheet(found).markdown()
