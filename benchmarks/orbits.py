"""Candidates that symmetry makes equal."""

import numpy as np
import numpy.typing as npt

from optimizers import CandidatePool, SymmetryOperation

RESOLUTION = 1 << 20
"""Grid coordinates are compared as fractions of a period, rounded to this many parts."""


def representatives(pool: CandidatePool) -> npt.NDArray[np.int64]:
    """For each candidate the first candidate (row number) that symmetry makes equal to it, shape (N,).

    Every image of a candidate must be a candidate. Raises KeyError if one is not.
    """
    rows = {key: row for row, key in enumerate(_keys(pool, SymmetryOperation()))}
    images = [np.array([rows[key] for key in _keys(pool, operation)]) for operation in pool.symmetry]
    first = np.arange(len(pool))
    while True:
        lower = first.copy()
        for image in images:
            np.minimum.at(lower, image, first)
            lower = np.minimum(lower, lower[image])
        if np.array_equal(lower, first):
            return first
        first = lower


def _keys(pool: CandidatePool, operation: SymmetryOperation) -> list[tuple[float, ...]]:
    columns = []
    for name in pool.table.columns:
        moved = operation.sign.get(name, 1) * pool.table[name].to_numpy() + operation.shift.get(name, 0.0)
        period = pool.periods.get(str(name))
        columns.append(moved if period is None else np.round(moved / period * RESOLUTION) % RESOLUTION)
    return list(zip(*(column.tolist() for column in columns), strict=True))
