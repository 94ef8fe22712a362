"""The posterior of the Gaussian process against its definition, and its gradients against differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers.gaussian.hyperparameters import LogPosterior, Training, most_probable
from optimizers.gaussian.process import Process, Singular

GENERATOR = np.random.default_rng(8)
POINTS = GENERATOR.random((15, 3))
VALUES = np.sin(5.0 * POINTS[:, 0]) + POINTS[:, 1] ** 2
LENGTHS = np.array([0.3, 0.7, 2.0])


def _matern(left, right, lengths=LENGTHS):
    d = np.sqrt(5.0 * np.square((left[:, None, :] - right[None, :, :]) / lengths).sum(axis=2))
    return (1.0 + d + d * d / 3.0) * np.exp(-d)


def _process(noise=1e-3, kernel="matern52"):
    return Process.of(kernel, LENGTHS, POINTS, VALUES, np.full(15, noise))


def test_the_posterior_is_that_of_kriging_with_an_unknown_constant():
    """As a Gaussian process whose constant has a prior of enormous variance."""
    at, vague = GENERATOR.random((6, 3)), 1e6
    covariance = _matern(POINTS, POINTS) + vague + (1e-3 + 1e-10) * np.eye(15)
    across = _matern(POINTS, at) + vague
    mean, variance = _process().posterior(at)
    np.testing.assert_allclose(mean, across.T @ np.linalg.solve(covariance, VALUES), atol=1e-5)
    expected = 1.0 + vague - np.einsum("ij,ij->j", across, np.linalg.solve(covariance, across))
    np.testing.assert_allclose(variance, expected, atol=1e-5)


def test_without_noise_the_data_are_met_and_nothing_is_uncertain_there():
    mean, variance = _process(noise=0.0).posterior(POINTS)
    np.testing.assert_allclose(mean, VALUES, atol=1e-6)
    assert variance.max() < 1e-7


@pytest.mark.parametrize("kernel", ["matern52", "rbf"])
def test_gradients_of_mean_and_variance_are_their_slopes(kernel):
    process, point, step = _process(kernel=kernel), np.array([0.4, 0.6, 0.2]), 1e-6
    mean, variance, mean_slope, variance_slope = process.with_gradient(point)
    means, variances = process.posterior(point[None, :])
    assert (mean, variance) == pytest.approx((means[0], variances[0]), abs=1e-12)
    for axis, unit in enumerate(np.eye(3)):
        means, variances = process.posterior(np.array([point + step * unit, point - step * unit]))
        assert mean_slope[axis] == pytest.approx((means[0] - means[1]) / (2 * step), abs=1e-6)
        assert variance_slope[axis] == pytest.approx((variances[0] - variances[1]) / (2 * step), abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6))
def test_believing_in_what_is_expected_moves_no_mean_and_raises_no_variance(numbers):
    process, believed = _process(), np.reshape(numbers, (2, 3))
    at = np.vstack([POINTS[:3], [[0.1, 0.9, 0.5]], believed])
    before, after = process.posterior(at), process.believing(believed, 1e-3).posterior(at)
    np.testing.assert_allclose(after[0], before[0], atol=1e-9)
    assert (after[1] <= before[1] + 1e-9).all()


def test_an_indefinite_covariance_is_refused():
    again = np.vstack([POINTS, POINTS[:1]])
    with pytest.raises(Singular, match="not positive definite"):
        Process.of("matern52", LENGTHS, again, np.append(VALUES, VALUES[0]), np.full(16, -1e-3))


@pytest.mark.parametrize("kernel", ["matern52", "rbf"])
@pytest.mark.parametrize("known", [np.nan, 0.01])
def test_the_gradient_of_the_log_posterior_is_its_slope(kernel, known):
    landscape = LogPosterior(Training(POINTS, VALUES, np.full(15, known), np.array([0, 0, 1])), kernel)
    theta, step = landscape.starts()[1] + 0.2, 1e-5
    _, gradient = landscape(theta)
    for axis, unit in enumerate(np.eye(len(theta))):
        slope = (landscape(theta + step * unit)[0] - landscape(theta - step * unit)[0]) / (2 * step)
        assert gradient[axis] == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_the_log_posterior_is_that_of_the_definition():
    noise, lengths = 0.02, np.array([0.4, 0.5, 1.5])
    landscape = LogPosterior(Training(POINTS, VALUES, np.full(15, np.nan), np.arange(3)), "matern52")
    value, _ = landscape(np.log([*lengths, noise]))
    covariance = _matern(POINTS, POINTS, lengths) + (noise + 1e-10) * np.eye(15)
    inverse, ones = np.linalg.inv(covariance), np.ones(15)
    residual = VALUES - (ones @ inverse @ VALUES) / (ones @ inverse @ ones)
    z = np.log([*lengths, noise]) - [*[np.sqrt(2.0) + np.log(3.0) / 2.0] * 3, 0.0]
    prior = 0.5 * np.square(z / [*[np.sqrt(3.0)] * 3, 2.0]).sum() + np.log([*lengths, noise]).sum()
    assert value == pytest.approx(
        0.5 * residual @ inverse @ residual + 0.5 * np.linalg.slogdet(covariance)[1] + prior, abs=1e-9
    )


def test_what_does_not_matter_gets_a_long_length_and_what_matters_a_short_one():
    points = np.random.default_rng(1).random((40, 2))
    fit = most_probable(Training(points, np.sin(6.0 * points[:, 0]), np.full(40, np.nan), np.arange(2)))
    assert fit.lengths[1] > 5.0 * fit.lengths[0]
    assert fit.noise < 1e-3
