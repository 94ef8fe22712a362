"""Random search: every setting equally likely. The control."""

from collections.abc import Mapping

import numpy as np

from benchmarks.peers_parameters.searcher import Contest
from benchmarks.peers_parameters.unit_box import setting_at
from simulators.test_functions.domain import Settings


class RandomSearcher:
    """Uniform over ranges (of the logarithm, where equal ratios matter) and over levels."""

    def __init__(self, contest: Contest, seed: int) -> None:
        self._domain = contest.problem.domain
        self._generator = np.random.default_rng(seed)

    def ask(self) -> Settings:
        """Settings drawn anew."""
        return {name: setting_at(axis, float(self._generator.random())) for name, axis in self._domain.items()}

    def tell(self, measured: Mapping[str, float]) -> None:
        """Learns nothing."""
