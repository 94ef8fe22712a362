import numpy as np
import pytest
import torch

from optimizers.botorch.gaussian_process import Scale, Training, most_probable
from optimizers.botorch.kernels import correlations, scales
from optimizers.botorch.session import torch_session
from optimizers.botorch.settings import BotorchSettings
from optimizers.botorch.surrogate import information, with_helpful_tasks
from tests.optimizers.botorch.test_kernels import layout

UNKNOWN = np.nan


def wave(points):
    return np.sin(5.0 * points[:, 0]) + points[:, 1] ** 2


def training(count, task=0, seed=0, errors=UNKNOWN, values=wave):
    points = np.random.default_rng([seed, task]).random((count, 3))
    points[:, -1] = task
    return Training(points, values(points), np.full(count, errors))


def joined(*many):
    points, values, errors = (
        np.concatenate([getattr(one, name) for one in many]) for name in ("points", "values", "errors")
    )
    return Training(points, values, errors)


def fit(data, tasks=1, **settings):
    with torch_session(1):
        return most_probable(BotorchSettings(**settings), layout(2), tasks, data, "cpu")


def analytic(process, at):
    """Mean and variance by the formulas of the text books, from the process' own hyper-parameters.

    Rasmussen and Williams 2006, eqs. 2.25 and 2.26.
    """
    (kernel,) = scales(process.kernel)
    lengths = kernel.lengths.detach().numpy()

    def matern(left, right):
        r = np.sqrt(5.0) * np.linalg.norm((left[:, None, :2] - right[None, :, :2]) / lengths, axis=-1)
        return (1.0 + r + r**2 / 3.0) * np.exp(-r)

    points = process.training.points
    mean = float(process.model.mean_module.constants[0])
    noise = process.model.likelihood.noise.numpy()
    matrix = matern(points, points) + np.diag(noise)
    seen = process.scale.standardised(process.training.values, 0)
    cross = matern(at, points)
    solved = np.linalg.solve(matrix, cross.T)
    return mean + solved.T @ (seen - mean), 1.0 - np.einsum("nm,mn->n", cross, solved)


@pytest.mark.parametrize("errors", [UNKNOWN, 0.05])
def test_the_posterior_is_that_of_the_text_books(errors):
    process = fit(training(30, errors=errors))
    at = np.random.default_rng(5).random((40, 3))
    at[:, -1] = 0.0
    with torch_session(1):
        mean, variance = process.expected(torch.as_tensor(at))
    expected_mean, expected_variance = analytic(process, at)
    assert np.abs(mean - expected_mean).max() < 1e-9
    assert np.abs(variance - expected_variance).max() < 1e-9


def test_a_standard_error_is_the_noise_of_its_value_and_the_others_share_a_fitted_one():
    data = training(20)
    data.errors[:5] = [0.01, 0.02, 0.03, 0.04, 0.05]
    process = fit(data)
    noise = process.model.likelihood.noise.numpy()
    assert noise[:5] == pytest.approx((data.errors[:5] / process.scale.unit[0]) ** 2, rel=1e-9)
    assert noise[5:] == pytest.approx(np.full(15, max(process.noise, 1e-6)))


def test_a_noisy_value_pulls_the_mean_less_than_an_exact_one():
    found = []
    for error in (1e-3, 1.0):
        data = training(25, errors=1e-3)
        data.values[7] += 1.0
        data.errors[7] = error
        process = fit(data)
        with torch_session(1):
            mean, _ = process.expected(torch.as_tensor(data.points[[7]]))
        found.append(abs(float(process.scale.value(mean)[0]) - data.values[7]))
    assert found[0] < 0.2
    assert found[1] > 0.5


def test_a_fixed_noise_is_not_fitted():
    assert fit(training(15), noise=0.01).noise == pytest.approx(0.01)


def test_a_fit_depends_on_its_values_only():
    first, again = fit(training(18)), fit(training(18))
    assert first.lengths() == again.lengths()
    assert first.noise == again.noise


def test_believed_trials_leave_the_mean_and_take_the_doubt():
    process = fit(training(12))
    at = torch.tensor([[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]], dtype=torch.float64)
    with torch_session(1):
        believing = process.believing(at[:1])
        before, after = process.expected(at), believing.expected(at)
    assert after[0] == pytest.approx(before[0], abs=1e-6)
    assert after[1][0] < 0.2 * before[1][0]


def test_the_left_out_density_is_that_of_models_without_the_value():
    process = fit(training(8), noise=0.01)
    total = 0.0
    for number in range(8):
        kept = np.arange(8) != number
        points, noise = process.training.points, process.model.likelihood.noise.numpy()
        with torch_session(1):
            matrix = process.kernel(torch.as_tensor(points)).to_dense().detach().numpy() + np.diag(noise)
        seen = process.scale.standardised(process.training.values, 0) - float(process.model.mean_module.constants[0])
        weights = np.linalg.solve(matrix[np.ix_(kept, kept)], matrix[kept, number])
        mean, variance = weights @ seen[kept], matrix[number, number] - weights @ matrix[kept, number]
        total += -0.5 * ((seen[number] - mean) ** 2 / variance + np.log(2.0 * np.pi * variance))
    assert process.left_out_density() == pytest.approx(total - 8 * np.log(process.scale.unit[0]), abs=1e-8)


def test_a_task_that_tells_the_target_is_kept_and_found_alike():
    data = joined(training(6), training(25, task=1, values=lambda points: 2.0 * wave(points) + 7.0))
    with torch_session(1):
        process = with_helpful_tasks(lambda part: most_probable(BotorchSettings(), layout(2), 2, part, "cpu"), data)
    assert process.tasks == (0, 1)
    assert correlations(process.kernel)[0] > 0.8


def test_a_task_without_a_relation_to_the_target_is_left_out_and_gives_no_information():
    noise = np.random.default_rng(3).standard_normal(25)
    data = joined(training(12), training(25, task=1, values=lambda points: noise[: len(points)]))
    with torch_session(1):
        process = with_helpful_tasks(lambda part: most_probable(BotorchSettings(), layout(2), 2, part, "cpu"), data)
        shares = information(process, torch.tensor([0.4, 0.4, 0.0], dtype=torch.float64), [0, 1])
    assert process.tasks == (0,)
    assert shares[1] == 0.0 < shares[0]


def test_a_task_without_values_borrows_the_scale_of_the_largest():
    scale = Scale.of(training(10, task=1), 2)
    assert scale.centre[0] == scale.centre[1]
    assert scale.unit[0] == scale.unit[1] > 0.0


def test_equal_values_have_a_scale_of_one():
    assert Scale.of(training(4, values=lambda points: np.full(len(points), 3.0)), 1).unit[0] == 1.0
