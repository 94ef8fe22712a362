import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.peers_parameters.unit_box import place_of, setting_at
from simulators.test_functions.domain import Interval, Levels, Whole

AXES = st.sampled_from([Interval(-5.0, 10.0), Interval(0.1, 10.0, log=True), Whole(2, 6), Levels(("a", "b", "c"))])


@given(AXES, st.floats(0.0, 1.0))
def test_the_place_of_a_setting_gives_that_setting(axis, place):
    setting = setting_at(axis, place)
    again = setting_at(axis, place_of(axis, setting))
    assert again == setting or math.isclose(again, setting, rel_tol=1e-12, abs_tol=1e-12)


@given(st.floats(0.0, 1.0))
def test_places_of_a_range_come_back(place):
    for axis in (Interval(-5.0, 10.0), Interval(0.1, 10.0, log=True)):
        assert place_of(axis, setting_at(axis, place)) == pytest.approx(place, abs=1e-12)


def test_whole_numbers_and_levels_have_cells_of_equal_width():
    places = [k / 1000 for k in range(1000)]
    for axis, count in ((Whole(2, 6), 5), (Levels(("a", "b")), 2)):
        found = [setting_at(axis, place) for place in places]
        assert {found.count(it) for it in found} == {1000 // count}


def test_both_ends_belong_to_the_domain():
    assert (setting_at(Whole(2, 6), 0.0), setting_at(Whole(2, 6), 1.0)) == (2, 6)
    assert setting_at(Interval(0.1, 10.0, log=True), 1.0) == 10.0
