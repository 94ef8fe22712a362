import numpy as np
import pytest
from scipy.stats import norm

from optimizers.basis_search.kernel import correlation
from optimizers.basis_search.surrogate import Surrogate, log_expected_improvement
from optimizers.rotation import exponential, haar_rotation


def test_log_expected_improvement_is_the_logarithm_of_the_integral():
    mean, deviation = np.array([0.0, 1.0, 6.0]), np.array([1.0, 0.5, 0.5])
    z = (0.3 - mean) / deviation
    expected = np.log(deviation * (z * norm.cdf(z) + norm.pdf(z)))
    assert log_expected_improvement(mean, deviation, 0.3) == pytest.approx(expected, rel=1e-6)


def test_log_expected_improvement_is_finite_and_falls_however_far_away():
    scores = log_expected_improvement(np.array([1.0, 1e2, 1e3, 1e5, 1e7]), np.ones(5), 0.0)
    assert np.isfinite(scores).all()
    assert (np.diff(scores) < 0).all()


def test_the_model_finds_a_smooth_minimum_among_random_rotations():
    chance = np.random.default_rng(5)
    target = haar_rotation(3, chance)

    def cost(rotation):
        return -float(np.max(np.abs(target.T @ rotation), axis=0).sum())

    places = [haar_rotation(3, chance) for _ in range(10)]
    for _ in range(25):
        model = Surrogate(np.array(places), np.array([cost(one) for one in places]), np.zeros(len(places)))
        places.append(model.choose(np.zeros((0, 3, 3)), 0.0, chance).rotation)
    assert min(map(cost, places)) < -2.93
    assert min(cost(haar_rotation(3, chance)) for _ in range(35)) > min(map(cost, places))


def test_a_rotation_under_way_is_not_proposed_again():
    chance = np.random.default_rng(5)
    places = np.array([haar_rotation(3, chance) for _ in range(8)])
    model = Surrogate(places, np.arange(8.0), np.full(8, 0.1))
    first = model.choose(np.zeros((0, 3, 3)), 0.0, np.random.default_rng(1))
    second = model.choose(first.rotation[None], 0.0, np.random.default_rng(1))
    assert np.abs(second.rotation - first.rotation).max() > 1e-3


def test_a_margin_sends_the_model_away_from_a_place_that_is_nearly_resolved():
    chance = np.random.default_rng(5)
    target = haar_rotation(3, chance)
    near = [target @ exponential(0.15 * chance.standard_normal(3), 3) for _ in range(12)]
    places = np.array([target, *near, *(haar_rotation(3, chance) for _ in range(6))])
    costs = np.array([3.0 - np.abs(target.T @ place).max(axis=0).sum() for place in places])
    model = Surrogate(places, costs, np.full(len(places), 0.02))
    none = np.zeros((0, 3, 3))
    climbing, exploring = (model.choose(none, margin, np.random.default_rng(1)).rotation for margin in (0.0, 0.5))
    assert correlation(climbing[None], target[None], 0.3)[0, 0] > correlation(exploring[None], target[None], 0.3)[0, 0]


def test_smoothing_takes_back_a_lucky_value():
    chance = np.random.default_rng(2)
    target = haar_rotation(3, chance)
    places = np.array([target @ exponential(0.03 * chance.standard_normal(3), 3) for _ in range(15)])
    costs = np.full(15, 1.0)
    costs[4] = 0.0
    smooth = Surrogate(places, costs, np.full(15, 0.5)).smoothed()
    assert smooth[4] > 0.7
