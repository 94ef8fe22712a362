"""Quantiles of figures of which some may be infinite."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def quantile(values: ArrayLike, share: float) -> NDArray[np.float64]:
    """The quantile along the first axis, shape (n, ...) to (...): the mean of two neighbours where it falls between.

    Nothing is interpolated, so that infinity among the values makes no nonsense. Hyndman and Fan 1996, definition 2.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=0)
    place = share * len(ordered)
    below = min(max(math.ceil(place) - 1, 0), len(ordered) - 1)
    above = min(math.floor(place), len(ordered) - 1)
    found: NDArray[np.float64] = (ordered[below] + ordered[above]) / 2
    return found
