"""Watches: a sensor that stands still although it must move, and a pressure that rises although nothing lets gas in."""

import math

from devices.reading import Reading
from devices.watch import RiseSettings, StuckSettings, build_watch

STUCK = StuckSettings.model_validate(
    {
        "kind": "stuck",
        "channel": "heater.temperature",
        "towards": "heater.setpoint",
        "within": "5 C",
        "change": "0.2 C",
        "reads": 10,
        "every": "5 s",
    }
)
LEAK = RiseSettings.model_validate(
    {"kind": "rise", "channel": "gas.pressure", "at_most": "0.01 Pa", "over": "60 s", "while": "not gas.pump"}
)


def looked_at(watch, times, state):
    """What the watch says at each of the times; `state(time)` gives the readings."""
    return [watch.fired(time, lambda channel, now=time: state(now)[str(channel)]) for time in times]


def heater(temperature, setpoint=400.0):
    return {"heater.temperature": Reading(temperature, "C", 0.0), "heater.setpoint": Reading(setpoint, "C", 0.0)}


def vacuum(pressure, pump=False):
    return {"gas.pressure": Reading(pressure, "Pa", 0.0), "gas.pump": Reading(pump, "bool", 0.0)}


def test_r25_a_frozen_thermocouple_is_found_within_n_reads():
    said = looked_at(build_watch(STUCK), range(0, 100, 5), lambda _: heater(25.0))
    first = next(place for place, reason in enumerate(said) if reason)
    assert first == 9  # the tenth reading
    assert "did not change by 0.2 C in 10 readings" in said[first]


def test_r25_a_sensor_that_freezes_half_way_is_found_too():
    said = looked_at(build_watch(STUCK), range(0, 400, 5), lambda now: heater(min(25 + now, 200.0)))
    first = next(place for place, reason in enumerate(said) if reason) * 5
    assert 175 < first <= 175 + 10 * 5


def test_r25_a_heater_that_warms_as_heaters_do_fires_nothing():
    warm = lambda now: heater(400 - 375 * math.exp(-now / 180))  # noqa: E731
    assert not any(looked_at(build_watch(STUCK), range(0, 2000, 5), warm))


def test_a_temperature_that_has_arrived_may_stand_still():
    assert not any(looked_at(build_watch(STUCK), range(0, 1000, 5), lambda _: heater(398.0)))


def test_readings_in_the_same_moment_are_not_counted():
    # Many settings in a row are looked at many times, and nothing can have moved between them.
    assert not any(looked_at(build_watch(STUCK), [0.0] * 50, lambda _: heater(25.0)))


def test_a_stuck_sensor_is_none_while_the_watch_has_no_occasion():
    watch = build_watch(STUCK.model_copy(update={"during": LEAK.during}))
    assert not any(looked_at(watch, range(0, 200, 5), lambda _: heater(25.0) | vacuum(1.0, pump=True)))


def test_r25_a_leak_is_found_by_its_rate_of_rise():
    leaking = lambda now: vacuum(1e-4 + 2.5e-4 * now)  # noqa: E731, 0.015 Pa in a minute
    said = looked_at(build_watch(LEAK), range(0, 120, 5), leaking)
    first = next(place for place, reason in enumerate(said) if reason) * 5
    assert 40 <= first <= 45
    assert "rose by" in said[first // 5]


def test_a_slow_rise_is_no_leak_however_long_it_lasts():
    outgassing = lambda now: vacuum(1e-4 + 1e-4 * now)  # noqa: E731, 0.006 Pa in a minute
    assert not any(looked_at(build_watch(LEAK), range(0, 3600, 5), outgassing))


def test_a_pressure_may_rise_while_the_pump_runs():
    assert not any(looked_at(build_watch(LEAK), range(0, 600, 5), lambda now: vacuum(float(now), pump=True)))
