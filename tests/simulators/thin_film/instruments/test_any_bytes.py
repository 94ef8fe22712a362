"""Whatever is fed to an instrument, it neither raises nor makes the world unsafe by itself."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulators.thin_film.instruments.modbus_frame import frame
from simulators.thin_film.instruments.rack import Rack
from simulators.thin_film.settings import WorldSettings
from simulators.thin_film.world import World

SMALL = WorldSettings(positions={"cassette": 3, "chamber": 1, "probe": 1, "store": 3}, targets=("ceramic", "metal"))
WORDS: Mapping[str, tuple[bytes, ...]] = {
    "gun": (b"A", b"B", b"C0200", b"C0999", b"G010", b"H30", b"D1", b"E05", b"Z2", b"abcdefghijklnopyz?", b"I  TiO2  "),
    "heater": (
        frame(1, 6, bytes((0, 2, 0x0F, 0xA0))), frame(1, 6, bytes((0, 2, 0xFF, 0xFF))), frame(1, 3, bytes(4)),
        frame(1, 16, bytes((0, 2, 0, 1, 2, 0x23, 0x28))), frame(0, 6, bytes((0, 2, 0, 0))), b"\x01\x06\x00",
    ),
    "gas": (
        b"AR 40\r\n", b"O2 1\r\n", b"O2:P 0.01\r\n", b"PUMP 1\r\n", b"PUMP 0\r\n", b"VALVE 0\r\n", b"VALVE 1\r\n",
        b"SHUTTER 1\r\n", b"P?\r\n", b"AR -5\r\n", b"AR 1e308\r\n", b"AR",
    ),
    "robot": (
        b"MOVE cassette/1 chamber/1\r\n", b"MOVE chamber/1 probe/1\r\n", b"MOVE probe/1 store/1\r\n", b"LAST?\r\n",
        b"MOVE cassette/2 probe/1\r\n", b"OCCUPIED? chamber/1\r\n", b"MOVE  \r\n", b"STATE?\n",
    ),
    "meter": (
        b":SOUR:FUNC CURR\n", b":SOUR:CURR 1e-4\n", b"OUTP 1\n", b":READ?\n", b":MEAS:VOLT?\n", b"*RST\n",
        b":SYST:RSEN 1", b":SOUR:FUNC VOLT;:SOUR:VOLT 200\n", b":FORM:ELEM VOLT\n", b":SYST:ERR?\n",
        b":SOUR:CLE:AUTO 1\n", b"'",
    ),
    "diffractometer": (b"SCAN 20 30 0.5\r\n", b"COUNTS?\r\n", b"STATE?\r\n", b"STOP\r\n", b"SCAN 1 2 3\r\n"),
    "sources": (b"GUN 2\r\n", b"SHARE 1 0\r\n", b"SHARE 2 0\r\n", b"SHARE 3 0\r\n", b"SHARE? 2\r\n", b"GUN 9\r\n"),
}  # fmt: skip


def act(name: str) -> st.SearchStrategy[tuple[str, bytes, float]]:
    """An instrument, what it hears, and how long nothing happens afterwards."""
    heard = st.one_of(st.sampled_from(WORDS[name]), st.binary(max_size=12))
    return st.tuples(st.just(name), heard, st.sampled_from((0.0, 1.0, 90.0, 600.0)))


EVENTS = st.sampled_from(("door", "water", "power_up", "none"))
STORIES = st.lists(st.tuples(st.one_of(*(act(name) for name in WORDS)), EVENTS), max_size=25)


def check(rack: Rack) -> None:
    world = rack.world
    assert world.unsafe_seconds == 0.0
    if world.plasma:
        assert world.door_closed
        assert world.water
        assert world.power <= 750.0
    assert world.temperature <= 900.0
    assert world.flow("argon") <= 200.0
    assert 0.0 <= world.flow("oxygen") <= 20.0
    there = [sample for sample in world.places().values() if sample is not None]
    assert len(there) == len(set(there)) == 3 - (world.holding is not None)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
def test_no_bytes_make_an_instrument_raise_or_the_world_unsafe(story):
    rack = Rack(World(SMALL, seed=1))
    tell(rack, story)


def tell(rack, story):
    for (name, heard, wait), event in story:
        rack.instruments[name].feed(heard)
        assert isinstance(rack.instruments[name].take(), bytes)
        if event == "door":
            rack.world.set_door(not rack.world.door_closed)
        elif event == "water":
            rack.world.set_water(not rack.world.water)
        elif event == "power_up":
            rack.instruments[name].power_up()
        check(rack)
        rack.advance(wait)
        check(rack)
        stored = json.loads(json.dumps(rack.state()))
        assert Rack.restored(stored).state() == stored


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
def test_a_long_soak_of_the_same(story):
    """From a chamber that is ready, so that plasmas do burn."""
    world = World(SMALL, seed=1)
    world.set_pump(True)
    world.advance(3600.0)
    world.set_flow("argon", 40.0)
    tell(Rack(world), story)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(WORDS)), st.binary(max_size=30))
def test_an_instrument_that_heard_noise_still_understands_what_comes_after_a_pause(name, noise):
    """A line that is ended, or a second attempt, is enough: nothing stays confused."""
    questions = {
        "gun": (b"b", 4), "heater": (frame(1, 3, bytes((0, 122, 0, 1))), 7), "gas": (b"\r\nDOOR?\r\n", 3),
        "robot": (b"\r\nSTATE?\r\n", 6), "meter": (b"\n:OUTP?\n", 2), "diffractometer": (b"\r\nSTATE?\r\n", 6),
        "sources": (b"\r\nGUN?\r\n", 3),
    }  # fmt: skip
    question, length = questions[name]
    instrument = Rack(World(SMALL, seed=1)).instruments[name]
    instrument.feed(noise)
    instrument.take()
    answers = []
    for _ in range(2 if name != "gun" else 9):
        instrument.feed(question)
        answers.append(instrument.take())
    assert len(answers[-1]) >= length
