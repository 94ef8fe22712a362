"""Whatever is commanded, in whatever order: the laboratory stays physical, can be stored, and knows no steps."""

import json
import math

import numpy as np
import pytest

from simulators.thin_film.errors import WorldError
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World

MATERIALS = ("niobium_titanate", "lithium_cobaltate", "mixed_oxide")
PLACES = {"cassette": 5, "chamber": 1, "probe": 1, "store": 3}


def laboratory(seed):
    settings = WorldSettings(
        material=MATERIALS[seed % 3],
        targets=("metal", "ceramic"),
        positions=PLACES,
        rate_loss_per_kwh=0.1,
        hardware_interlock=bool(seed % 2),
    )
    return World(settings, seed)


def command(chance, waits):
    """One command with its arguments; the same for every laboratory it is given to. `waits` lets time pass."""
    target = str(chance.choice(["chamber/1", "probe/1", "store/1", "cassette/1"]))
    choices = [
        ("set_flow", ("argon", float(chance.choice([0.0, 10.0, 16.0, 40.0, 100.0])))),
        ("set_flow", ("oxygen", float(10.0 ** chance.uniform(-2, 2)))),
        ("set_oxygen_pressure", (float(10.0 ** chance.uniform(-5, 0)),)),
        ("set_pump", (bool(chance.random() < 0.8),)),
        ("set_valve", (bool(chance.random() < 0.8),)),
        ("set_heater", (float(chance.uniform(0, 700)),)),
        ("set_power", (float(chance.choice([0.0, 50.0, 100.5, 190.0, 200.0])),)),
        ("set_ramp", (float(chance.choice([0.0, 10.0, 60.0])),)),
        ("set_timer", (float(chance.choice([0.0, 100.0, 1000.0])),)),
        ("strike", ()),
        ("strike", ()),
        ("quench", ()),
        ("select_gun", (int(chance.integers(1, 4)),)),
        ("set_shutter", (bool(chance.integers(2)),)),
        ("set_door", (bool(chance.random() < 0.8),)),
        ("set_water", (bool(chance.random() < 0.8),)),
        ("set_leak", (float(chance.choice([1.0, 10.0])),)),
        ("move", (f"cassette/{chance.integers(1, 6)}", target)),
        ("move", ("chamber/1", "probe/1")),
        ("set_mixture", tuple(map(float, chance.random(3)))),
        ("probe_voltage", (1e-4,)),
        ("diffraction", (20.0, 30.0, 1.0)),
    ]
    seconds = float(chance.exponential(150.0))
    name, arguments = choices[int(chance.integers(len(choices)))]

    def given(world):
        waits(world, seconds)
        try:
            return getattr(world, name)(*arguments)
        except (WorldError, ValueError) as refused:
            return str(refused)

    return given


def at_once(world, seconds):
    world.advance(seconds)


def in_steps(world, seconds):
    for _ in range(7):
        world.advance(seconds / 7.0)


@pytest.mark.parametrize("seed", range(12))
def test_a_restored_laboratory_answers_every_further_command_alike(seed):
    chance, world = np.random.default_rng(seed), laboratory(seed)
    for _ in range(80):
        command(chance, at_once)(world)
    twin = World.restore(json.loads(json.dumps(world.state(), allow_nan=False)))
    for _ in range(80):
        one = command(chance, at_once)
        assert one(world) == one(twin)
    assert world.state() == twin.state()


@pytest.mark.parametrize("seed", range(12))
def test_every_state_is_physical_and_no_interlock_is_passed(seed):
    chance, world = np.random.default_rng(100 + seed), laboratory(seed)
    for _ in range(150):
        command(chance, at_once)(world)
        assert 0.0 < world.pressure < 1.001e5
        assert 0.0 <= world.coverage <= 1.0
        assert math.isfinite(world.oxygen_pressure + world.temperature + world.wear)
        assert sum(name is not None for name in world.places().values()) + (world.holding is not None) == 5
        if world.settings.hardware_interlock:
            assert not world.plasma or (world.door_closed and world.water)
            assert world.unsafe_seconds == 0.0


@pytest.mark.parametrize("seed", range(12))
def test_any_life_of_a_laboratory_is_the_same_in_one_step_or_in_seven(seed):
    worlds = (laboratory(seed), laboratory(seed))
    for world, waits in zip(worlds, (at_once, in_steps), strict=True):
        chance = np.random.default_rng(200 + seed)
        for _ in range(100):
            command(chance, waits)(world)
    one, other = worlds
    assert one.places() == other.places()
    assert (one.plasma, one.outage) == (other.plasma, other.outage)
    assert [one.pressure, one.temperature, one.coverage, one.wear] == pytest.approx(
        [other.pressure, other.temperature, other.coverage, other.wear], rel=1e-6
    )
    for name in filter(None, one.places().values()):
        left, right = one.film(name), other.film(name)
        assert (left is None) == (right is None)
        if left is not None and right is not None:
            assert left.thickness == pytest.approx(right.thickness, rel=1e-6)
            assert left.resistivity == pytest.approx(right.resistivity, rel=1e-6)
