"""Length-scales drawn from their posterior instead of the most probable ones: sparse axis-aligned subspaces (SAAS)."""

from dataclasses import dataclass

import jax
import numpy as np
import torch
from botorch.fit import fit_fully_bayesian_model_nuts
from botorch.models.fully_bayesian import SaasFullyBayesianSingleTaskGP
from botorch.models.transforms.input import FilterFeatures
from botorch.posteriors.fully_bayesian import GaussianMixturePosterior
from torch import Tensor

from optimizers.botorch.gaussian_process import GaussianProcess, Scale, Training
from optimizers.botorch.layout import Array, Layout

WARM_UP = 256
DRAWS = 128
THINNING = 8


@dataclass(frozen=True, eq=False)
class Mixture(GaussianProcess):
    """A process averaged over draws of its hyper-parameters. Pending trials are left to the acquisition function."""

    def expected(self, points: Tensor) -> tuple[Array, Array]:
        """Mean and variance of the mixture in units of the model: shapes (n,)."""
        with torch.no_grad():
            posterior = self.model.posterior(points)
            assert isinstance(posterior, GaussianMixturePosterior)
            mean, variance = posterior.mixture_mean, posterior.mixture_variance
            return mean.squeeze(-1).cpu().numpy(), variance.squeeze(-1).cpu().numpy()

    def believing(self, points: Tensor) -> "Mixture":  # noqa: ARG002
        """The process itself."""
        return self

    def lengths(self) -> list[float]:
        """The median length-scale of each feature."""
        assert isinstance(self.model, SaasFullyBayesianSingleTaskGP)
        found: list[float] = self.model.median_lengthscale.cpu().tolist()
        return found


def drawn(training: Training, layout: Layout, seed: int, device: str) -> Mixture:
    """The process averaged over 16 draws of its hyper-parameters (Eriksson and Jankowiak 2021, section 4).

    Draws depend on the values and `seed` only. Noise is inferred unless every value has a standard error.
    """
    scale = Scale.of(training, 1)
    inputs = torch.as_tensor(training.points, dtype=torch.float64, device=device)
    seen = scale.standardised(training.values, 0)
    known = (training.errors / scale.unit[0]) ** 2
    model = SaasFullyBayesianSingleTaskGP(
        inputs,
        torch.as_tensor(seen, dtype=torch.float64, device=device).unsqueeze(-1),
        torch.as_tensor(known, dtype=torch.float64, device=device).unsqueeze(-1) if np.isfinite(known).all() else None,
        input_transform=FilterFeatures(torch.as_tensor(layout.images[0], device=device)),
    )
    with jax.enable_x64(True):
        fit_fully_bayesian_model_nuts(
            model,
            warmup_steps=WARM_UP,
            num_samples=DRAWS,
            thinning=THINNING,
            disable_progbar=True,
            jit_compile=False,
            seed=seed,
        )
    noise = float(np.nanmean(known)) if np.isfinite(known).all() else model.likelihood.noise.mean().item()
    return Mixture(model, scale, (noise,), training, (0,))
