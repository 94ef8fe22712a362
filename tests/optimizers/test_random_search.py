from collections import Counter

import pandas as pd

from optimizers import CandidatePool, History, Objective, Problem
from optimizers.conformance import OptimizerConformance
from optimizers.random_search import RandomSettings


class TestRandomSearch(OptimizerConformance):
    def settings(self):
        return RandomSettings()


def test_every_candidate_is_equally_likely_to_be_first():
    pool = CandidatePool(pd.DataFrame({"x": range(4)}))
    firsts = Counter(
        RandomSettings().build(Problem(pool, Objective("y"), seed)).propose(History(), 1)[0].candidate
        for seed in range(400)
    )
    assert set(firsts) == {0, 1, 2, 3}
    assert min(firsts.values()) > 60  # 100 expected, standard deviation 9
