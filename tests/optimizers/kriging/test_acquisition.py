import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from optimizers.kriging.acquisition import (
    best_by_expected_improvement,
    log_expected_improvement,
    log_improvement,
    winners,
)


def test_the_pruned_arg_max_is_the_brute_force_arg_max_on_a_thousand_random_problems():
    generator = np.random.default_rng(1)
    for _ in range(1000):
        size = int(generator.integers(1, 3000))
        mean = generator.normal(size=size) * 10.0 ** generator.uniform(-3, 3)
        deviation = np.exp(generator.normal(size=size) * generator.uniform(0, 5)) * 10.0 ** generator.uniform(-4, 2)
        best = float(mean.min() + generator.normal() * generator.uniform(0, 50))
        scores = log_expected_improvement(mean, deviation, best)
        found, score = best_by_expected_improvement(mean, deviation, best)
        assert score == scores.max()
        assert np.array_equal(found, winners(scores))


def test_hopeless_pools_are_ranked_without_underflow():
    mean, deviation = np.linspace(1.0, 2.0, 500), np.full(500, 1e-4)
    found, score = best_by_expected_improvement(mean, deviation, best=0.0)
    assert found.tolist() == [0]
    assert np.isfinite(score)


def test_equal_candidates_tie_although_rounding_tells_them_apart():
    mean = np.zeros(200)
    mean[[7, 90]] = -1.0, -1.0 + 1e-13
    found, _ = best_by_expected_improvement(mean, np.ones(200), best=0.0)
    assert found.tolist() == [7, 90]


@pytest.mark.parametrize("z", [-8.0, -3.0, -1.001, -0.999, 0.0, 2.0, 9.0])
def test_log_improvement_is_the_mean_improvement_of_a_normal_variable(z):
    expected, _ = quad(lambda x: (z - x) * norm.pdf(x), -np.inf, z)
    assert log_improvement(np.array([z]))[0] == pytest.approx(np.log(expected), rel=1e-6)


def test_log_improvement_joins_smoothly_where_its_formulas_meet():
    for seam in (-1.0, -1e6):
        z = seam * np.array([1.0 - 1e-9, 1.0 + 1e-9])
        below, above = log_improvement(z)
        assert below == pytest.approx(above, rel=1e-8)
