"""Self-learning Monte Carlo: a cheap weight, fitted to what was sampled, proposes moves that an exact rule accepts.

Liu, Qi, Meng and Fu 2017, Phys. Rev. B 95, 041101. The cheap weight decides how fast the walk is, never what it
samples: w_eff proposes, and min(1, w' w_eff / (w w_eff')) accepts, which keeps the balance of w exact however bad the
fit is.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo.durable import write_arrays
from simulators.quantum_monte_carlo.errors import UnusableSampling

Array = npt.NDArray[np.float64]

VERSION = 1
RIDGE = 1e-9
"""Added to the diagonal of the normal equations, in units of its mean: features may depend on each other."""


@dataclass(eq=False)
class EffectiveWeight:
    """ln w(C) ≈ θ·x(C) by least squares, for k features x(C) of a configuration; give 1 as one of them.

    Only sums are kept, so what one run learns can be stored and added to by the next one.
    """

    gram: Array
    moment: Array
    totals: Array = field(default_factory=lambda: np.zeros(3))
    """How many configurations were learned from, and the sums of ln w and of its square."""

    @classmethod
    def untaught(cls, features: int) -> "EffectiveWeight":
        """One that takes all configurations for equally likely."""
        return cls(np.zeros((features, features)), np.zeros(features))

    def learn(self, features: Array, log_weights: Array) -> None:
        """Take in m configurations: their features, shape (m, k), and ln w, shape (m,)."""
        self.gram[:] += features.T @ features
        self.moment[:] += features.T @ log_weights
        self.totals[:] += [len(log_weights), log_weights.sum(), log_weights @ log_weights]

    @property
    def coefficients(self) -> Array:
        """θ, shape (k,); zeros before anything was learned."""
        scale = float(np.trace(self.gram)) / len(self.moment)
        if scale == 0.0:
            return np.zeros_like(self.moment)
        ridge = RIDGE * scale * np.eye(len(self.moment))
        return np.asarray(np.linalg.solve(self.gram + ridge, self.moment), dtype=np.float64)

    @property
    def r_squared(self) -> float | None:
        """The share of the variance of ln w that the fit explains; None where nothing varied yet."""
        count, total, squares = self.totals.tolist()
        spread = squares - total**2 / count if count else 0.0
        if spread <= 1e-12 * max(squares, 1.0):
            return None
        theta = self.coefficients
        missed = squares - 2.0 * float(theta @ self.moment) + float(theta @ self.gram @ theta)
        return float(1.0 - max(missed, 0.0) / spread)

    def log_weight(self, features: Array) -> Array:
        """ln w_eff of configurations with these features, shape (..., k)."""
        logarithms: Array = features @ self.coefficients
        return logarithms

    def save(self, path: Path) -> None:
        """Store it in the file `path` (.npz), or leave the old file as it is."""
        write_arrays(path, version=np.array(VERSION), gram=self.gram, moment=self.moment, totals=self.totals)

    @classmethod
    def load(cls, path: Path) -> "EffectiveWeight":
        """What `save` stored. Raises OSError or UnusableSampling."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                if stored["version"] != VERSION:
                    raise ValueError("another version of this program wrote it")
                return cls(stored["gram"], stored["moment"], stored["totals"])
        except (ValueError, KeyError) as error:
            raise UnusableSampling(f"{path} holds nothing learned: {error}. Remove it; it is learned anew.") from error


def accepted(change: float, change_effective: float, chance: np.random.Generator) -> bool:
    """Whether to accept a move that w_eff proposed: `change` is ln w' − ln w, `change_effective` the same of w_eff."""
    return bool(np.log(1.0 - chance.random()) < change - change_effective)
