"""How well a model predicts each value from all the others."""

import numpy as np

from optimizers.kriging.kernels import Array
from optimizers.kriging.mean import WeightPrior


def log_predictive_density(covariance: Array, targets: Array, basis: Array, weights: WeightPrior, unit: float) -> float:
    """Sum over all values of the log density that the model fitted to the others gives to it.

    `covariance`, (n, n), includes the noise, in units of `unit` squared; `targets`, (n,), and `basis`, (n, p), are
    in the same units as `unit`. With Q = K^-1 - K^-1 H (H^T K^-1 H + P)^-1 H^T K^-1 the prediction of value i
    misses it by [Q (y - H m)]_i / Q_ii, with variance 1 / Q_ii. Dubrule 1983, Math. Geol. 15, 687, extended by
    the prior (m, P) of the weights.
    """
    inverse = np.linalg.inv(covariance)
    across = inverse @ basis
    precision = weights.precision * unit * unit
    normal = basis.T @ across + np.diag(precision)
    reduced = inverse - across @ np.linalg.solve(normal, across.T)
    diagonal = np.diag(reduced)
    missed = (reduced @ (targets - basis @ weights.expected)) / diagonal / unit
    return float(0.5 * (np.log(diagonal) - np.square(missed) * diagonal).sum() - len(targets) * np.log(unit))
