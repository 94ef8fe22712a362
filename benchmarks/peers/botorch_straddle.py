"""BoTorch as a finder of level sets: its SingleTaskGP with default priors, and the straddle written on top.

BoTorch has no score for level sets. Features in the unit cube, values standardised, float64, a new fit on every ask.
"""

import numpy as np
import numpy.typing as npt
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.mlls import ExactMarginalLogLikelihood

from benchmarks.peers.searcher import feature_matrix, unit_cube
from optimizers import CandidatePool

torch.set_num_threads(1)


class BotorchStraddle:
    """Where the objective of a pool lies below `level`; values are told as they come."""

    def __init__(self, pool: CandidatePool, level: float, seed: int) -> None:
        self._points = torch.from_numpy(unit_cube(feature_matrix(pool)))
        self._level = level
        self._tried: list[int] = []
        self._values: list[float] = []
        torch.manual_seed(seed)

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        self._tried.append(candidate)
        self._values.append(value)

    def ask(self) -> tuple[int, npt.NDArray[np.bool_]]:
        """The next candidate, and which candidates the model puts below the level."""
        model = SingleTaskGP(self._points[self._tried], torch.tensor(self._values, dtype=torch.float64).unsqueeze(-1))
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        with torch.no_grad():
            posterior = model.posterior(self._points)
            mean, deviation = posterior.mean.squeeze(-1), posterior.variance.squeeze(-1).sqrt()
        below = (mean <= self._level).numpy()
        below[self._tried] = np.array(self._values) <= self._level
        score = 1.96 * deviation - (mean - self._level).abs()
        score[self._tried] = -torch.inf
        return int(score.argmax()), below
