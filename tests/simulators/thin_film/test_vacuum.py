"""The residual pressure: a closed form, so that no step is too long."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.thin_film.vacuum import ATMOSPHERE, Residual, pumped_down, time_to

FLOOR = 2e-5


def test_from_air_to_the_base_pressure_takes_eleven_minutes():
    assert time_to(5e-4, ATMOSPHERE, FLOOR) == pytest.approx(
        25.0 * math.log(1e6) + 60.0 * math.log(99980 / 480), rel=1e-6
    )
    assert 660.0 < time_to(5e-4, ATMOSPHERE, FLOOR) < 670.0


@given(st.floats(1e-4, 1e5), st.floats(0.0, 500.0), st.floats(0.0, 500.0))
def test_two_waits_are_as_good_as_one(start, first, second):
    halfway = pumped_down(start, first, FLOOR)
    assert pumped_down(halfway, second, FLOOR) == pytest.approx(pumped_down(start, first + second, FLOOR), rel=1e-9)


@given(st.floats(1e-4, 1e5), st.floats(0.001, 1.0))
def test_the_time_to_a_pressure_is_when_it_is_reached(start, share):
    wanted = FLOOR + (start - FLOOR) * share
    assert pumped_down(start, time_to(wanted, start, FLOOR), FLOOR) == pytest.approx(wanted, rel=1e-9)


def test_the_pump_never_reaches_less_than_its_floor():
    assert time_to(FLOOR, 1.0, FLOOR) == math.inf
    assert time_to(2.0, 1.0, FLOOR) == 0.0


def test_a_closed_chamber_rises_by_its_leak_and_never_above_the_air_outside():
    closed = Residual(1e-3, pumped=False, open_to_air=False, floor=FLOOR, rise=6e-5)
    assert closed.after(60.0) - closed.after(0.0) == pytest.approx(3.6e-3)
    assert closed.after(1e12) == ATMOSPHERE


def test_an_open_chamber_is_full_of_air():
    assert Residual(1e-3, pumped=True, open_to_air=True, floor=FLOOR, rise=0.0).after(5.0) == ATMOSPHERE
