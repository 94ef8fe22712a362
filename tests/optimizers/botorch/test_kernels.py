import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers.botorch.kernels import Additive, Averaged, Likeness, Stationary, Tanimoto, covariance
from optimizers.botorch.layout import Layout
from optimizers.botorch.settings import BotorchSettings


def layout(features=2, images=None, bits=0):
    coordinates = np.arange(features)
    images = np.array([coordinates]) if images is None else np.array(images)
    return Layout(
        names=tuple(f"x{number}" for number in range(features)),
        units=(1.0,) * features,
        tied=coordinates,
        images=images,
        fingerprint=np.arange(bits) + features,
        width=features + bits + 1,
    )


def points(count, width, seed=0):
    drawn = np.random.default_rng(seed).random((count, width))
    drawn[:, -1] = 0.0
    return torch.as_tensor(drawn)


def dense(kernel, left, right):
    with torch.no_grad():
        return kernel(left, right).to_dense()


@pytest.mark.parametrize("smooth", [True, False])
def test_a_stationary_kernel_is_that_of_gpytorch(smooth):
    from gpytorch.kernels import MaternKernel, RBFKernel

    kernel = Stationary(layout(3), is_smooth=smooth)
    kernel.initialize(log_lengths=torch.log(torch.tensor([0.3, 0.7, 2.0], dtype=torch.float64)))
    theirs = RBFKernel(ard_num_dims=3) if smooth else MaternKernel(nu=2.5, ard_num_dims=3)
    theirs = theirs.double()
    theirs.lengthscale = torch.tensor([[0.3, 0.7, 2.0]], dtype=torch.float64)
    left, right = points(6, 3, 1), points(5, 3, 2)
    assert torch.allclose(dense(kernel, left, right), dense(theirs, left, right), atol=1e-13, rtol=0.0)


def test_an_additive_kernel_of_a_sum_is_the_sum_over_features():
    kernel = Additive(layout(2))
    kernel.initialize(log_weights=torch.log(torch.tensor([0.25, 0.75], dtype=torch.float64)))
    origin = torch.zeros((1, 2), dtype=torch.float64)
    along_x, along_y, both = (
        torch.tensor([step], dtype=torch.float64) for step in ([0.4, 0.0], [0.0, 0.6], [0.4, 0.6])
    )
    alone = dense(kernel, origin, along_x) + dense(kernel, origin, along_y) - dense(kernel, origin, origin)
    assert torch.allclose(dense(kernel, origin, both), alone, atol=1e-14, rtol=0.0)


@given(seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_an_averaged_kernel_does_not_see_an_exchange_of_either_point(seed):
    made = layout(3, images=[[0, 1, 2], [1, 0, 2]])
    made = Layout(("a", "b"), (1.0, 1.0), np.array([0, 0, 1]), made.images, made.fingerprint, made.width)
    kernel = Averaged(Stationary(made, is_smooth=False), made)
    left, right = points(4, 4, seed), points(3, 4, seed + 1)
    exchanged = right[:, [1, 0, 2, 3]]
    assert torch.allclose(dense(kernel, left, right), dense(kernel, left, exchanged), atol=1e-12, rtol=0.0)
    assert torch.allclose(dense(kernel, left, left).diagonal(), torch.ones(4, dtype=torch.float64), atol=1e-12)
    assert torch.linalg.eigvalsh(dense(kernel, left, left)).min() > -1e-12


def test_tanimoto_is_the_share_of_common_bits():
    kernel = Tanimoto(layout(0, images=np.zeros((1, 0), dtype=int), bits=4))
    left = torch.tensor([[1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    right = torch.tensor([[1.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]], dtype=torch.float64)
    assert dense(kernel, left, right).tolist() == [[pytest.approx(2 / 3), 0.0], [0.0, 1.0]]


@given(likeness=st.lists(st.floats(-4.0, 4.0), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_tasks_have_unit_variance_and_a_valid_covariance_whatever_their_likeness(likeness):
    module = Likeness(len(likeness) + 1)
    module.initialize(likeness=torch.tensor(likeness, dtype=torch.float64))
    matrix = (module.matrix(is_shared=True) + module.matrix(is_shared=False)).detach()
    assert torch.allclose(matrix.diagonal(), torch.ones(len(matrix), dtype=torch.float64))
    assert torch.linalg.eigvalsh(matrix).min() > -1e-12
    assert torch.allclose(matrix[0, 1:], torch.tanh(torch.tensor(likeness, dtype=torch.float64)))


def test_every_kernel_keeps_its_tensors_on_the_device_of_the_model(monkeypatch):
    """On a device without data, arithmetic with a tensor left on the processor fails."""
    monkeypatch.setattr(torch, "equal", lambda *_: False)  # cannot be told without data
    for name in ("matern52", "rbf", "additive", "tanimoto"):
        made = layout(2, images=[[0, 1], [1, 0]], bits=3 if name == "tanimoto" else 0)
        kernel = covariance(BotorchSettings(kernel=name), made, tasks=2).to("meta")
        at = torch.empty((4, made.width), dtype=torch.float64, device="meta")
        assert kernel.forward(at, at).device.type == "meta"
