"""A channel after validation: units, grids, limits, tolerances, uncertainty."""

import math
import random

import pytest

from devices.channel import Native, resolve
from devices.channel_settings import ChannelSettings
from devices.errors import OutsideLimits, RigRefused

WATTS = Native("number", "W", 0, 1000, 1.0)
PLAIN = Native()


def channel(native=WATTS, **settings):
    return resolve("power", ChannelSettings.model_validate(settings), native)


def refused(native=WATTS, **settings):
    with pytest.raises(RigRefused) as caught:
        channel(native, **settings)
    return caught.value


def test_a_channel_with_limits_is_a_setting_and_one_without_is_only_read():
    assert channel(unit="W", low=0, high=200).setting
    assert not channel(unit="W").setting
    with pytest.raises(OutsideLimits, match="power can only be read"):
        channel(unit="W").check(1.0)


def test_r1_limits_belong_to_the_setting():
    power = channel(unit="W", low=20, high=200)
    assert (power.check(20), power.check(200.0)) == (20.0, 200.0)
    for value in (19.999, 200.001, math.nan, math.inf, -math.inf, True, "100", None, [100]):
        with pytest.raises(OutsideLimits):
            power.check(value)


def test_a_safe_value_may_lie_outside_the_limits_of_the_laboratory_but_not_of_the_instrument():
    assert channel(unit="W", low=20, high=200, safe=0).settings.safe == 0
    assert refused(unit="W", low=20, high=200, safe=-1).place == "channels.power.safe"
    assert "is not known" in refused(PLAIN, unit="W", low=20, high=200, safe=0, set="P {}", query="P?").message


def test_what_was_asked_for_and_what_is_sent_differ_by_half_a_step_at_most_and_both_keep_the_limits():
    chance = random.Random(1)
    for _ in range(2000):
        low = chance.uniform(0, 500)
        high = low + chance.uniform(1.0, 400)
        power = channel(unit="W", low=low, high=high)
        value = chance.choice((low, high, chance.uniform(low, high)))
        sent = power.to_instrument(power.check(value))
        assert sent == round(sent)
        assert low - 1e-6 <= sent <= high + 1e-6
        inner = math.ceil(low) + 0.5 <= value <= math.floor(high) - 0.5
        assert abs(sent - value) <= (0.5 if inner else 1.0) + 1e-9


def test_a_tolerance_finer_than_the_instrument_is_refused_and_the_default_is_one_step():
    assert channel(unit="W", low=0, high=200).tol == 1.0
    assert channel(unit="W", low=0, high=200, tol=0.5).tol == 0.5
    assert refused(unit="W", low=0, high=200, tol=0.4).place == "channels.power.tol"


def test_r26_two_answers_about_a_setting_must_be_the_same_and_two_about_a_reading_may_differ_by_its_tolerance():
    power = channel(unit="W", low=0, high=200, tol=5)
    assert power.confirms(100.0, 100.0) and not power.confirms(100.0, 101.0)
    assert power.agrees(100.0, 101.0)
    forward = channel(unit="W", tol=1)
    assert forward.confirms(100.0, 101.0) and not forward.confirms(100.0, 102.0)
    assert not channel(unit="W").confirms(100.0, 100.1)


def test_a_share_of_the_value_may_be_the_tolerance():
    pressure = channel(PLAIN, unit="Pa", tol=1e-6, relative_tol=0.01)
    assert pressure.agrees(0.5, 0.5049) and not pressure.agrees(0.5, 0.506)
    assert pressure.agrees(1e-7, 1.1e-6) and not pressure.agrees(1e-7, 1.2e-6)


def test_r19_a_value_passes_through_the_units_of_the_instrument_and_back():
    kelvin = Native("number", "K", 0, 2000, 0.01)
    celsius = channel(kelvin, unit="C", low=20, high=700)
    assert celsius.from_instrument(673.15) == pytest.approx(400.0)
    assert celsius.to_instrument(400.0) == pytest.approx(673.15)
    assert celsius.tol == pytest.approx(0.01)
    milli = channel(unit="mW", low=0, high=2e5)
    assert (milli.to_instrument(137_400.0), milli.from_instrument(137.0)) == (137.0, 137_000.0)
    torr = channel(Native("number", "Pa"), unit="mTorr")
    assert torr.from_instrument(0.5) == pytest.approx(3.75, abs=0.001)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"unit": None}, "unit"),
        ({"unit": "Pa"}, "unit"),
        ({"unit": "Wat"}, "unit"),
        ({"unit": "W", "low": 0}, "high"),
        ({"unit": "W", "high": 10}, "low"),
        ({"unit": "W", "safe": 0}, "low"),
        ({"unit": "W", "low": 0, "high": 1200}, "high"),
        ({"unit": "W", "low": 0, "high": 200, "instrument": [0, 150]}, "high"),
        ({"unit": "W", "scale": 0}, "scale"),
        ({"holds": "boolean"}, "holds"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(settings, place):
    assert refused(**settings).place == f"channels.power.{place}"


def test_a_missing_unit_says_what_the_instrument_speaks():
    assert "The instrument speaks W" in refused().message
    assert "holds: boolean" in refused(PLAIN).message


def test_a_switch_has_neither_unit_nor_limits():
    switch = Native("boolean")
    assert channel(switch, safe=False).setting
    assert refused(switch, unit="W").place == "channels.power.unit"
    assert refused(switch, safe=False, low=0).place == "channels.power.low"
    assert refused(switch, safe=0.0).place == "channels.power.safe"
    assert channel(switch, safe=False).check(True) is True


def test_a_text_takes_one_of_its_choices():
    text = Native("text")
    mode = channel(text, choices=["current", "voltage"], safe="current")
    assert mode.check("voltage") == "voltage"
    with pytest.raises(OutsideLimits, match="one of current, voltage"):
        mode.check("power")
    assert refused(text, safe="current").place == "channels.power.choices"
    assert refused(text, choices=["current"], safe="voltage").place == "channels.power.safe"


def test_r4_a_setting_that_cannot_be_read_back_is_refused():
    assert "read back" in refused(Native("number", "W", readable=False), unit="W", low=0, high=9).message


def test_r18_both_parts_of_an_uncertainty_are_added_in_quadrature():
    meter = channel(PLAIN, unit="ohm/sq", std=0.3, relative_std=0.01)
    assert meter.std_of(57.15) == pytest.approx(math.hypot(0.3, 0.5715))
    assert channel(PLAIN, unit="ohm/sq").std_of(57.15) is None


def test_pairs_are_in_order():
    for key in ("plausible", "instrument"):
        with pytest.raises(ValueError, match="must be below"):
            ChannelSettings.model_validate({"unit": "W", key: [5, 5]})
    with pytest.raises(ValueError, match="must be below high"):
        ChannelSettings.model_validate({"unit": "W", "low": 3, "high": 3})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_limit_is_a_finite_number(value):
    with pytest.raises(ValueError, match="finite"):
        ChannelSettings.model_validate({"unit": "W", "low": 0, "high": value})
