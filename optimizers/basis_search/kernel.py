"""Covariance of rotations that is unchanged when columns are exchanged or their signs are turned.

The average of exp(tr(R^T R' g)/l²) over the 2ⁿ n! signed permutations g is, with M = R^T R', the permanent of
cosh(M_ij/l²): the sum over signs factorises. It is positive definite, being the average over a group of the positive
definite exp(tr(R^T R')/l²).
"""

from itertools import permutations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

NEIGHBOURS = 0.5
"""Two rotations whose correlation exceeds this are neighbours."""
LENGTH = 0.3
"""Length of that correlation."""


def correlation(first: Array, second: Array, length: float) -> Array:
    """Correlations of rotations, shapes (a, n, n) and (b, n, n), as an array (a, b); 1 between equivalent ones.

    `length` has no unit; 0.2 to 1.4 are useful.
    """
    overlaps = np.einsum("aki,bkj->abij", first, second)
    identity = np.eye(first.shape[-1])
    correlations: Array = _permanent(overlaps, length) / _permanent(identity[None, None], length)
    return correlations


def apart(rotations: Array, count: int) -> list[int]:
    """Indices of the first `count` rotations, shape (k, n, n), that are no neighbours of an earlier one of them."""
    chosen: list[int] = []
    for index in range(len(rotations)):
        if len(chosen) == count:
            break
        near = correlation(rotations[index][None], rotations[chosen], LENGTH)
        if not (near > NEIGHBOURS).any():
            chosen.append(index)
    return chosen


def _permanent(overlaps: Array, length: float) -> Array:
    """Permanent of cosh(M/l²) exp(−1/l²): the shift keeps every factor below 1, at any length."""
    scale = 1.0 / length**2
    factors = 0.5 * (np.exp(scale * (overlaps - 1.0)) + np.exp(-scale * (overlaps + 1.0)))
    rows = np.arange(overlaps.shape[-1])
    total = np.zeros(overlaps.shape[:2])
    for order in permutations(rows):
        total += factors[:, :, rows, order].prod(axis=-1)
    return total
