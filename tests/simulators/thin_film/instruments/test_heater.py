import pytest

from simulators.thin_film.instruments.heater import Heater
from simulators.thin_film.instruments.modbus_frame import frame


def read(register, count=1, function=3, unit=1):
    return frame(unit, function, register.to_bytes(2, "big") + count.to_bytes(2, "big"))


def write(register, value, unit=1):
    return frame(unit, 6, register.to_bytes(2, "big") + value.to_bytes(2, "big"))


def values(*numbers, function=3):
    words = b"".join(number.to_bytes(2, "big") for number in numbers)
    return frame(1, function, bytes((len(words),)) + words)


def test_the_conversation_of_the_standard_byte_for_byte(world, say):
    """Read register 1: 25.0 C is 250."""
    assert say(Heater(world), bytes.fromhex("010300010001d5ca")) == bytes.fromhex("01030200fa3807")


def test_the_setpoint_is_written_and_read_back(world, say):
    heater = Heater(world)
    assert say(heater, write(2, 4000)) == write(2, 4000)
    assert say(heater, read(2)) == values(4000)
    assert world.setpoint == 400.0
    world.advance(180.0)
    assert say(heater, read(1, function=4)) == values(round(10 * (400 - 375 * 0.36787944)), function=4)


def test_several_registers_are_written_at_once_only_where_all_can_be(world, say):
    heater = Heater(world)
    one = frame(1, 16, bytes((0, 2, 0, 1, 2)) + (3000).to_bytes(2, "big"))
    two = frame(1, 16, bytes((0, 2, 0, 2, 4)) + (3000).to_bytes(2, "big") * 2)
    assert say(heater, one) == frame(1, 16, bytes((0, 2, 0, 1)))
    assert say(heater, two) == frame(1, 0x90, b"\x02")
    assert world.setpoint == 300.0


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (read(9), 2), (read(1, 3), 2), (read(1, 0), 3), (read(1, 200), 3), (write(1, 1), 2), (write(2, 9001), 3),
        (frame(1, 5, bytes((0, 1, 0xFF, 0))), 1),
    ],
)  # fmt: skip
def test_what_cannot_be_is_an_exception(world, say, sent, code):
    assert say(Heater(world), sent) == frame(1, sent[1] | 0x80, bytes((code,)))
    assert world.setpoint == 25.0


def test_a_wrong_checksum_and_another_unit_are_not_answered(world, say):
    heater = Heater(world)
    spoilt = write(2, 4000)[:-1] + b"\x00"
    assert say(heater, spoilt) == b""
    assert say(heater, write(2, 4000, unit=2)) == b""
    assert world.setpoint == 25.0
    assert say(heater, read(2)) == values(250)


def test_a_broadcast_is_obeyed_and_not_answered(world, say):
    assert say(Heater(world), write(2, 3000, unit=0)) == b""
    assert world.setpoint == 300.0


def test_a_frame_may_arrive_in_pieces_and_a_piece_that_was_left_does_not_spoil_the_next(world, say):
    heater = Heater(world)
    whole = read(1)
    assert say(heater, whole[:3]) == b""
    assert say(heater, whole[3:]) == values(250)
    assert say(heater, whole[:3]) == b""
    assert say(heater, whole) == values(250)


def test_busy_is_exception_six_and_nothing_is_done(world):
    assert Heater(world).busy(write(2, 4000)) == frame(1, 0x86, b"\x06")
    assert world.setpoint == 25.0


def test_r25_a_frozen_thermocouple_shows_what_it_showed(world, say):
    """R25: the heater heats on, and nobody sees it."""
    heater = Heater(world)
    say(heater, write(2, 4000))
    world.advance(60.0)
    before = say(heater, read(1))
    heater.trouble("frozen", True)
    world.advance(600.0)
    assert say(heater, read(1)) == before
    assert world.temperature > 380.0
    heater.trouble("frozen", False)
    assert say(heater, read(1)) != before


def test_a_broken_thermocouple_shows_the_upper_end(world, say):
    heater = Heater(world)
    heater.trouble("open", True)
    assert say(heater, read(1)) == values(13720)
