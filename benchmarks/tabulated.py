"""A landscape that is known everywhere, and what counts as having found its minimum."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.landscape import load
from optimizers import CandidatePool

RANGE_SHARE = 0.01
ONE_MILLIJOULE = 1e-3


@dataclass(frozen=True, eq=False)
class Tabulated:
    """`values[i]` belongs to candidate i of `pool`; smaller is better, NaN means that the trial gives no value."""

    name: str
    pool: CandidatePool
    values: NDArray[np.float64]

    def good_within_range(self, share: float = RANGE_SHARE) -> NDArray[np.bool_]:
        """Candidates within `share` of the range (median - minimum) above the minimum, shape (N,)."""
        lowest = np.nanmin(self.values)
        return self.values <= lowest + share * (np.nanmedian(self.values) - lowest)

    def good_within(self, distance: float = ONE_MILLIJOULE) -> NDArray[np.bool_]:
        """Candidates at most `distance` (the unit of the values) above the minimum, shape (N,)."""
        return self.values <= np.nanmin(self.values) + distance

    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with any candidate or value."""
        digest = hashlib.sha256(self.pool.table.to_numpy(dtype=np.float64).tobytes())
        digest.update(self.values.tobytes())
        return digest.hexdigest()[:12]


def relaxed_boundary(name: str) -> Tabulated:
    """A relaxed grain-boundary landscape of this repository; values in J/m^2."""
    pool, energies = load(name)
    return Tabulated(name, pool, energies)
