"""Conditions: what they may say, and when they hold."""

import pytest

from devices.condition import (
    ChannelName,
    Quantity,
    UnreadableCondition,
    channels_of,
    holds,
    parse_condition,
    parse_quantity,
)
from devices.errors import BadReply
from devices.reading import Reading

READINGS = {
    "gas.pressure": Reading(0.5, "Pa", 0.0),
    "gas.water": Reading(True, "bool", 0.0),
    "gas.door": Reading(False, "bool", 0.0),
    "heater.temperature": Reading(400.0, "C", 0.0),
    "robot.state": Reading("IDLE", "text", 0.0),
    "gun.fault": Reading(0.0, "", 0.0),
}


def met(text):
    return holds(parse_condition(text), lambda channel: READINGS[str(channel)])


@pytest.mark.parametrize(
    "text",
    [
        "gas.pressure >= 0.2 Pa",
        "gas.pressure >= 0.2 Pa and gas.water",
        "gas.pressure > 3 mTorr",  # 0.4 Pa: numbers are compared in SI
        "gas.pressure < 1e-2 mbar",
        "heater.temperature > 673 K",
        "heater.temperature == 400 C",
        "not gas.door",
        "not (gas.door or gas.pressure < 0.1 Pa)",
        "gas.door or gas.water and gas.pressure < 1 Pa",  # `and` binds closer
        "robot.state == IDLE",
        'robot.state != "FAULT 3"',
        "gas.water == true",
        "gun.fault == 0",
    ],
)
def test_conditions_that_hold(text):
    assert met(text)


@pytest.mark.parametrize(
    "text",
    [
        "gas.pressure < 0.2 Pa",
        "gas.door",
        "not gas.water",
        "gas.water and gas.door",
        "heater.temperature < 400 C",
        "robot.state == MOVING",
        "(gas.water or gas.door) and gas.pressure > 1 Pa",
    ],
)
def test_conditions_that_do_not_hold(text):
    assert not met(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("gas.pressure = 0.2 Pa", "Did you mean '=='"),
        ("gas.pressure >=", "expected a quantity"),
        ("pressure >= 0.2 Pa", "expected a channel such as gas.pressure"),
        ("gas.pressure >= 0.2 Pa and", "expected a channel"),
        ("gas.pressure >= 0.2 Pa gas.water", "expected the end"),
        ("(gas.water", "expected ')'"),
        ("", "found nothing"),
        ("robot.state > IDLE", "has no order"),
        ("__import__('os').system('true')", "cannot read"),
        ("gas.water and exec(gas.door)", "expected a channel"),
        ("gas.pressure.real >= 1", "cannot read"),
    ],
)
def test_what_is_no_condition_is_refused_and_never_run(text, complaint):
    with pytest.raises(UnreadableCondition) as refused:
        parse_condition(text)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    "text", ["not (a.b or c.d == 3) and e.f != idle", "a.b >= 1e-3 ohm/sq or not c.d", "a.b < 5 %"]
)
def test_a_condition_written_out_and_read_again_is_the_same(text):
    condition = parse_condition(text)
    assert parse_condition(str(condition)) == condition


def test_only_the_channels_that_decide_are_read():
    asked = []

    def read(channel):
        asked.append(str(channel))
        return READINGS[str(channel)]

    assert not holds(parse_condition("gas.door and gas.pressure > 1 Pa"), read)
    assert asked == ["gas.door"]


def test_a_reading_of_another_kind_is_an_error_and_not_simply_false():
    # A fault text where a pressure was expected must not pass for "the pressure is low".
    with pytest.raises(BadReply):
        met("robot.state > 3")
    with pytest.raises(BadReply):
        met("robot.state")


def test_a_quantity_has_a_number_and_a_unit():
    assert parse_quantity("1.5e-3 ohm cm") == Quantity(1.5e-3, "ohm cm")
    assert parse_quantity("true") == Quantity(True)


def test_the_channels_of_a_condition_are_told_once_each():
    assert channels_of(parse_condition("a.b > 1 and (c.d or a.b < 3)")) == (
        ChannelName("a", "b"),
        ChannelName("c", "d"),
    )
