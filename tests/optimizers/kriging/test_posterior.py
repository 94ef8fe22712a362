import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.evidence import Datum
from optimizers.kriging.posterior import Posterior
from optimizers.kriging.settings import KrigingSettings


def conditioned(atlas, settings, rows, values, steps):
    """A posterior that was told `values` in the given steps."""
    posterior = Posterior(settings, atlas)
    data = [Datum(int(atlas.class_of[row]), float(value)) for row, value in zip(rows, values, strict=True)]
    for step in steps:
        posterior.condition(data[:step])
    return posterior


def random_atlas(size, dimensions, seed=0):
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(generator.random((size, dimensions)), columns=[f"x{k}" for k in range(dimensions)])
    return Atlas(CandidatePool(table), use_symmetry=False)


def exact_gp(inputs, targets, lengths, noise, kernel, mean):
    """Posterior mean and variance functions of a GPyTorch ExactGP with unit signal variance, in float64."""
    import gpytorch
    import torch

    torch.set_default_dtype(torch.float64)
    base = {
        "matern52": gpytorch.kernels.MaternKernel(nu=2.5, ard_num_dims=len(lengths)),
        "rbf": gpytorch.kernels.RBFKernel(ard_num_dims=len(lengths)),
    }[kernel]
    base.lengthscale = torch.tensor(lengths)
    likelihood = gpytorch.likelihoods.GaussianLikelihood(noise_constraint=gpytorch.constraints.GreaterThan(1e-9))
    likelihood.noise = noise

    class Model(gpytorch.models.ExactGP):
        def __init__(self):
            super().__init__(torch.tensor(inputs), torch.tensor(targets), likelihood)
            self.mean_module = gpytorch.means.ConstantMean()
            self.covar_module = base

        def forward(self, x):
            return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))

    model = Model()
    model.mean_module.constant = mean
    model.eval()

    def predict(x):
        off = gpytorch.settings.fast_computations(False, False, False)
        with torch.no_grad(), off, gpytorch.settings.cholesky_jitter(double_value=1e-14):
            found = model(torch.tensor(x))
            return found.mean.numpy(), found.variance.numpy()

    return predict


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kernel", ["matern52", "rbf"])
@pytest.mark.parametrize("dimensions", [3, 20])
@pytest.mark.parametrize("noise", [1e-3, 1e-5])
def test_the_posterior_is_that_of_a_gpytorch_exact_gp(kernel, dimensions, noise):
    generator = np.random.default_rng(4)
    atlas = random_atlas(2000, dimensions)
    rows = generator.permutation(2000)[:100]
    coordinates = atlas.classes.images[0].T
    values = np.sin(3.0 * coordinates[rows, 0]) + coordinates[rows, 1] ** 2 + 0.1 * generator.normal(size=100)
    settings = KrigingSettings(kernel=kernel, noise=noise, transform="none")
    posterior = conditioned(atlas, settings, rows, values, steps=range(2, 101))
    beliefs = posterior.beliefs()
    fitted = posterior.fit.hyperparameters
    scaled = (values - values.mean()) / beliefs.scale
    # Our jitter is part of the noise here; the mean is the generalised-least-squares constant.
    matrix = _reference_covariance(coordinates[rows], fitted.lengths, kernel) + (noise + 1e-10) * np.eye(100)
    weights = np.linalg.solve(matrix, np.ones(100))
    predict = exact_gp(
        coordinates[rows], scaled, fitted.lengths, noise + 1e-10, kernel, float(weights @ scaled / weights.sum())
    )
    mean, variance = predict(coordinates)
    assert np.abs((beliefs.mean - values.mean()) / beliefs.scale - mean).max() < 1e-10
    assert np.abs(beliefs.variance - variance).max() < 1e-10


def _reference_covariance(x, lengths, kernel):
    squares = (((x[:, None, :] - x[None, :, :]) / np.array(lengths)) ** 2).sum(axis=2)
    distance = np.sqrt(5.0 * squares)
    return np.exp(-0.5 * squares) if kernel == "rbf" else (1 + distance + distance**2 / 3) * np.exp(-distance)


@pytest.mark.parametrize("refit", ["double", 1, 7])
def test_a_leap_gives_the_same_bits_as_single_steps(refit):
    generator = np.random.default_rng(3)
    atlas = random_atlas(300, 2)
    rows = generator.permutation(300)[:60]
    values = generator.normal(size=60)
    settings = KrigingSettings(refit=refit)
    for count in (2, 3, 9, 31, 60):
        leap = conditioned(atlas, settings, rows, values, [count]).beliefs()
        steps = conditioned(atlas, settings, rows, values, range(2, count + 1)).beliefs()
        assert np.array_equal(leap.mean, steps.mean)
        assert np.array_equal(leap.variance, steps.variance)
        assert leap.best == steps.best


@pytest.mark.slow
def test_long_campaigns_leap_in_whole_blocks_to_the_same_bits():
    generator = np.random.default_rng(3)
    atlas = random_atlas(5000, 3)
    rows = generator.permutation(5000)[:500]
    values = generator.normal(size=500)
    settings = KrigingSettings(noise=1e-2)
    steps = conditioned(atlas, settings, rows, values, range(250, 501))
    leap = conditioned(atlas, settings, rows, values, [500])
    assert np.array_equal(leap.beliefs().mean, steps.beliefs().mean)
    assert np.array_equal(leap.beliefs().variance, steps.beliefs().variance)
