"""The four-point probe: current reversal, uncertainty, and the factor that does not go away."""

import numpy as np
import pytest

from simulators.thin_film.probe import GEOMETRY, OFFSET, geometry_factor, measure, probe_current, voltages

SHEET = 62.25


def test_the_reference_film_is_measured_with_the_stated_uncertainty():
    found = measure(SHEET, np.random.default_rng(0))
    assert found.value == pytest.approx(SHEET, abs=0.03)
    assert found.std == pytest.approx(0.62, abs=0.01)


def test_reversing_the_current_removes_the_offset_that_one_direction_shows():
    one = voltages(np.full(4000, 1e-4), SHEET, 1.0, np.random.default_rng(1)).mean() / (1e-4 * GEOMETRY)
    assert one - SHEET == pytest.approx(OFFSET / (1e-4 * GEOMETRY), abs=2e-3)
    assert one - SHEET == pytest.approx(0.14, abs=0.01)
    reversed_ = measure(SHEET, np.random.default_rng(1), reversals=4000)
    assert reversed_.value == pytest.approx(SHEET, abs=1e-3)


def test_a_resistive_film_is_measured_with_the_current_that_the_compliance_allows():
    assert probe_current(SHEET) == 1e-4
    assert probe_current(1e8) * 1e8 * GEOMETRY == pytest.approx(20.0)
    assert measure(1e8, np.random.default_rng(2)).value == pytest.approx(1e8, rel=1e-4)


def test_the_voltage_does_not_exceed_the_compliance():
    assert abs(voltages(np.array([1e-4, -1e-4]), 1e9, 1.0, np.random.default_rng(0))).tolist() == [20.0, 20.0]


def test_geometry_is_one_factor_for_a_set_up_and_repeating_does_not_help():
    factor = geometry_factor(seed=3, setup=0)
    means = [measure(SHEET, np.random.default_rng(n), factor).value / SHEET for n in range(20)]
    assert np.std(means) < 0.05 * abs(factor - 1.0)
    assert np.mean(means) == pytest.approx(factor, abs=1e-4)
    assert geometry_factor(3, 0) == factor != geometry_factor(3, 1)


def test_the_stated_uncertainty_covers_the_geometry_of_most_set_ups():
    found = [measure(SHEET, np.random.default_rng(n), geometry_factor(n, 0)) for n in range(400)]
    covered = np.mean([abs(one.value - SHEET) <= one.std for one in found])
    assert covered == pytest.approx(0.68, abs=0.06)
