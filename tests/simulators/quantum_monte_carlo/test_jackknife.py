import numpy as np
import pytest

from simulators.quantum_monte_carlo.jackknife import jackknife


def test_the_error_of_a_mean_is_that_of_the_textbook():
    values = np.random.default_rng(1).normal(3.0, 2.0, size=50)
    mean, error = jackknife(values, np.ones(50))
    assert mean == pytest.approx(values.mean())
    assert error == pytest.approx(values.std(ddof=1) / np.sqrt(50))


def test_correlations_inside_a_bin_do_not_make_the_error_smaller():
    repeated = np.repeat(np.random.default_rng(1).normal(size=50), 20)
    assert jackknife(repeated, np.ones(1000))[1] == pytest.approx(repeated[::20].std(ddof=1) / np.sqrt(50))


def test_a_ratio_is_covered_by_its_error():
    chance = np.random.default_rng(7)
    misses = []
    for _ in range(200):
        below = chance.uniform(1.0, 3.0, size=200)
        ratio, error = jackknife(0.5 * below + chance.normal(size=200), below)
        misses.append((ratio - 0.5) / error)
    assert np.std(misses) == pytest.approx(1.0, abs=0.15)
