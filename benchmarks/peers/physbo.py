"""PHYSBO: Gaussian process on a finite pool, expected improvement, learning by Adam from many starts.

As its documentation shows it: centred features, the default isotropic Gaussian kernel, exact process
(`num_rand_basis=0`). Its users choose how often it learns. On two of our boundaries (15 seeds) every fifth ask found
the minimum as often as every ask did, at a quarter of the time, and every tenth less often: `own` is every fifth.
"""

import numpy as np
from physbo.misc import centering
from physbo.search.discrete import Policy

from benchmarks.peers.searcher import Search, feature_matrix

OWN_INTERVAL = 5
LEARN, ONLY_UPDATE = 1, -1


class PhysboSearcher:
    """A `physbo.search.discrete.Policy` in its interactive mode; it maximises, so values change sign."""

    def __init__(self, search: Search) -> None:
        self._policy = Policy(test_X=centering(feature_matrix(search.pool)))
        self._policy.set_seed(search.seed)
        self._interval = 1 if search.schedule == "every" else OWN_INTERVAL
        self._asks = 0

    def tell(self, candidate: int, value: float) -> None:
        """Take in one finished trial."""
        self._policy.write(np.array([candidate]), np.array([-value]))

    def ask(self) -> int:
        """The candidate of largest expected improvement."""
        learn = self._asks % self._interval == 0
        self._asks += 1
        chosen = self._policy.bayes_search(
            max_num_probes=1, simulator=None, score="EI", interval=LEARN if learn else ONLY_UPDATE, is_disp=False
        )
        return int(chosen[0])
