"""Errors of ratios of correlated sums."""

import numpy as np
import numpy.typing as npt

BINS = 50


def jackknife(numerator: npt.NDArray[np.float64], denominator: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Σ numerator / Σ denominator and its standard error, from sums of consecutive blocks, shape (blocks,) each.

    Blocks are joined into at most `BINS` bins. Delete-one jack-knife of a ratio (Quenouille 1956, Biometrika 43, 353):
    error² = (n − 1)/n Σ (θ_i − θ)². At least two blocks must have a denominator above 0.
    """
    bins = min(BINS, len(numerator))
    above = np.array([part.sum() for part in np.array_split(numerator, bins)])
    below = np.array([part.sum() for part in np.array_split(denominator, bins)])
    left = (above.sum() - above) / (below.sum() - below)
    error = np.sqrt((bins - 1) / bins * np.sum((left - left.mean()) ** 2))
    return float(above.sum() / below.sum()), float(error)
