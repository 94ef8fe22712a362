"""BoTorch: SingleTaskGP with its default priors, log expected improvement over every untried candidate.

Features in the unit cube, values standardised, float64; a new model is fitted on every ask, as in its tutorials.
"""

import numpy as np
import torch
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.optim.optimize import optimize_acqf_discrete
from gpytorch.mlls import ExactMarginalLogLikelihood

from benchmarks.peers.searcher import Search, feature_matrix, unit_cube

torch.set_num_threads(1)


class BotorchSearcher:
    """`optimize_acqf_discrete` on the candidates that were not tried; it maximises, so values change sign."""

    def __init__(self, search: Search) -> None:
        self._choices = torch.from_numpy(unit_cube(feature_matrix(search.pool)))
        self._untried = np.ones(len(search.pool), dtype=bool)
        self._tried: list[int] = []
        self._values: list[float] = []
        torch.manual_seed(search.seed)

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        self._tried.append(candidate)
        self._values.append(-value)
        self._untried[candidate] = False

    def ask(self) -> int:
        """The candidate of largest log expected improvement."""
        values = torch.tensor(self._values, dtype=torch.float64).unsqueeze(-1)
        model = SingleTaskGP(self._choices[self._tried], values)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        score = LogExpectedImprovement(model, best_f=values.max())
        open_candidates = np.flatnonzero(self._untried)
        choices = self._choices[open_candidates]
        chosen, _ = optimize_acqf_discrete(score, q=1, choices=choices)
        place = torch.nonzero((choices == chosen).all(dim=-1))[0].item()
        return int(open_candidates[int(place)])
