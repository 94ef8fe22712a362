import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from optimizers import CandidatePool, SymmetryOperation
from optimizers.kriging.covariance import Covariance
from optimizers.kriging.features import FeatureMap
from optimizers.kriging.hyperparameters import LengthPrior, LogPosterior, Training, most_probable, starting_points
from optimizers.kriging.kernels import KERNELS
from optimizers.kriging.mean import WeightPrior


def problem(kernel, noise=None, sources=0):
    """A pool with a periodic, a plain and a categorical column under an inversion, and 25 values."""
    generator = np.random.default_rng(6)
    table = pd.DataFrame({"u": generator.random(25), "v": generator.random(25), "w": generator.random(25)})
    table["phase"] = [("a", "b", "c")[row % 3] for row in range(25)]
    inversion = SymmetryOperation(sign={"u": -1, "v": -1})
    pool = CandidatePool(table, periods={"u": 1.0, "v": 1.0}, symmetry=(inversion,))
    features = FeatureMap.of(pool, use_symmetry=True)
    targets = np.cos(2 * np.pi * table["u"].to_numpy()) + table["w"].to_numpy() + 0.05 * generator.normal(size=25)
    basis = np.column_stack([np.ones(25), generator.normal(size=(25, sources))])
    known = np.where(np.arange(25) % 4 == 0, 0.01, np.nan)
    prior = LengthPrior.scaled_by(len(features.names))
    training = Training(
        features.cloud(features.points(table)), targets, basis, WeightPrior(sources), known, noise, prior
    )
    return features, LogPosterior(features, KERNELS[kernel], training), training


@pytest.mark.parametrize("kernel", ["matern52", "rbf"])
@pytest.mark.parametrize("sources", [0, 2])
@pytest.mark.parametrize("noise", [None, 1e-3])
def test_the_gradient_is_that_of_finite_differences(kernel, sources, noise):
    _, posterior, _ = problem(kernel, noise, sources)
    theta = np.log([0.6, 0.9, 0.7, 1.3, 0.02][: posterior.parameters])
    numeric = approx_fprime(theta, lambda at: posterior(at)[0], 1e-6)
    assert posterior(theta)[1] == pytest.approx(numeric, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("kernel", ["matern52", "rbf"])
def test_the_fit_sees_the_covariance_that_the_model_uses(kernel):
    features, posterior, training = problem(kernel)
    lengths = (0.6, 0.9, 0.7, 1.3)
    covariance = Covariance(features, kernel, lengths)
    sites = covariance.sites(training.cloud)
    matrix = covariance.between(sites, sites)
    noise = np.where(np.isnan(training.known), 0.02, training.known)
    lower = np.linalg.cholesky(matrix + np.diag(noise + 1e-10))
    residual = np.linalg.solve(lower, np.column_stack([training.targets, np.ones(25)]))
    mean = residual[:, 1] @ residual[:, 0] / (residual[:, 1] @ residual[:, 1])
    expected = 0.5 * np.square(residual[:, 0] - mean * residual[:, 1]).sum() + np.log(np.diag(lower)).sum()
    theta = np.log([*lengths, 0.02])
    z = (theta - np.append(training.prior.centre, -4.0)) / np.append(training.prior.spread, 1.0)
    assert posterior(theta)[0] == pytest.approx(expected + (0.5 * z**2 + theta).sum(), abs=1e-9)


def test_the_fit_ends_where_the_gradient_vanishes_within_the_bounds():
    features, posterior, training = problem("matern52")
    found = most_probable(features, "matern52", training, starting_points(training.prior))
    theta = np.log([*found.lengths, found.noise])
    low, high = np.array(posterior.bounds).T
    inside = (theta > low + 1e-6) & (theta < high - 1e-6)
    assert np.abs(posterior(theta)[1][inside]).max() < 1e-2


def test_an_averaged_kernel_does_not_tell_a_point_from_its_image():
    features, _, training = problem("matern52")
    covariance = Covariance(features, "matern52", (0.6, 0.9, 0.7, 1.3))
    table = pd.DataFrame({"u": [0.13, -0.13], "v": [0.4, -0.4], "w": [0.2, 0.2], "phase": ["a", "a"]})
    pair = covariance.sites(features.cloud(features.points(table)))
    others = covariance.sites(training.cloud)
    rows = covariance.between(pair, others)
    assert rows[0] == pytest.approx(rows[1], abs=1e-14)
    assert covariance.between(pair, pair) == pytest.approx(np.ones((2, 2)), abs=1e-14)


def test_a_shift_by_a_period_changes_nothing():
    features, _, training = problem("matern52")
    covariance = Covariance(features, "matern52", (0.6, 0.9, 0.7, 1.3))
    table = pd.DataFrame({"u": [0.13, 3.13], "v": [0.4, -0.6], "w": [0.2, 0.2], "phase": ["b", "b"]})
    rows = covariance.between(
        covariance.sites(features.cloud(features.points(table))), covariance.sites(training.cloud)
    )
    assert rows[0] == pytest.approx(rows[1], abs=1e-12)
