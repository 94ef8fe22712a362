"""The Fock space of one spin: state k has orbital i occupied where bit i of k is set."""

from functools import cache

import numpy as np
import numpy.typing as npt


@cache
def occupations(orbitals: int) -> npt.NDArray[np.intp]:
    """How many electrons each of the 2ⁿ states holds."""
    return np.array([state.bit_count() for state in range(2**orbitals)])


@cache
def hops(orbitals: int) -> npt.NDArray[np.float64]:
    """d†_i d_j of hard-core bosons, shape (n, n, 2ⁿ, 2ⁿ): no sign for the electrons that are passed."""
    size = 2**orbitals
    matrices = np.zeros((orbitals, orbitals, size, size))
    for state in range(size):
        for i, j in np.ndindex(orbitals, orbitals):
            emptied = state & ~(1 << j)
            if state >> j & 1 and not emptied >> i & 1:
                matrices[i, j, emptied | 1 << i, state] = 1.0
    return matrices


@cache
def fermion_hops(orbitals: int) -> npt.NDArray[np.float64]:
    """d†_i d_j of fermions: −1 for every occupied orbital between i and j (Jordan and Wigner 1928)."""
    matrices = hops(orbitals).copy()
    for i, j in np.ndindex(orbitals, orbitals):
        low, high = sorted((i, j))
        between = ((1 << high) - 1) & ~((2 << low) - 1) if high > low else 0
        passed = np.array([(state & between).bit_count() for state in range(2**orbitals)])
        matrices[i, j] *= (-1.0) ** passed[None, :]
    return matrices
