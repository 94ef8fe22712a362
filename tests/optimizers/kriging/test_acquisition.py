import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from optimizers.kriging.acquisition import (
    best_by_expected_improvement,
    log_improvement,
    winners,
)


def test_the_pruned_arg_max_is_the_brute_force_arg_max_on_a_thousand_random_problems():
    generator = np.random.default_rng(1)
    for _ in range(1000):
        size = int(generator.integers(1, 3000))
        mean = generator.normal(size=size) * 10.0 ** generator.uniform(-3, 3)
        deviation = np.exp(generator.normal(size=size) * generator.uniform(0, 5)) * 10.0 ** generator.uniform(-4, 2)
        z = (mean.min() + generator.normal() * generator.uniform(0, 50) - mean) / deviation
        z[1:][generator.random(size - 1) < 0.2] = -np.inf
        scores = log_improvement(z) + np.log(deviation)
        found, score = best_by_expected_improvement(z, deviation)
        assert score == scores.max()
        assert np.array_equal(found, winners(scores))


def test_hopeless_pools_are_ranked_without_underflow():
    found, score = best_by_expected_improvement(-np.linspace(1e4, 2e4, 500), np.full(500, 1e-4))
    assert found.tolist() == [0]
    assert np.isfinite(score)


def test_equal_candidates_tie_although_rounding_tells_them_apart():
    z = np.zeros(200)
    z[[7, 90]] = 1.0, 1.0 - 1e-13
    found, _ = best_by_expected_improvement(z, np.ones(200))
    assert found.tolist() == [7, 90]


def test_a_closed_candidate_never_wins():
    z = np.linspace(-9.0, 0.0, 300)
    z[20:] = -np.inf
    found, _ = best_by_expected_improvement(z, np.ones(300))
    assert found.tolist() == [19]


@pytest.mark.parametrize("z", [-8.0, -3.0, -1.001, -0.999, 0.0, 2.0, 9.0])
def test_log_improvement_is_the_mean_improvement_of_a_normal_variable(z):
    expected, _ = quad(lambda x: (z - x) * norm.pdf(x), -np.inf, z)
    assert log_improvement(np.array([z]))[0] == pytest.approx(np.log(expected), rel=1e-6)


def test_log_improvement_joins_smoothly_where_its_formulas_meet():
    for seam in (-1.0, -1e6):
        z = seam * np.array([1.0 - 1e-9, 1.0 + 1e-9])
        below, above = log_improvement(z)
        assert below == pytest.approx(above, rel=1e-8)
