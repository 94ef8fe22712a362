from collections import Counter

import pandas as pd

from optimizers import CandidatePool, History, Objective, Problem, RotationSpace, Trial
from optimizers.conformance import MixedParameterConformance, OptimizerConformance, ParameterConformance
from optimizers.random_search import RandomSettings


class TestRandomSearch(OptimizerConformance):
    def settings(self):
        return RandomSettings()


class TestRandomParameters(ParameterConformance):
    def settings(self):
        return RandomSettings()


class TestRandomParametersOfEveryKind(MixedParameterConformance):
    def settings(self):
        return RandomSettings()


def test_every_candidate_is_equally_likely_to_be_first():
    pool = CandidatePool(pd.DataFrame({"x": range(4)}))
    firsts = Counter(
        RandomSettings().build(Problem(pool, (Objective("y"),), seed)).propose(History(), 1)[0].candidate
        for seed in range(400)
    )
    assert set(firsts) == {0, 1, 2, 3}
    assert min(firsts.values()) > 60  # 100 expected, standard deviation 9


def test_rotations_are_drawn_anew_for_every_trial_and_again_from_the_same_seed():
    space = RotationSpace(3)
    search = RandomSettings().build(Problem(space, (Objective("y"),), 4))
    first = search.propose(History(), 3)
    told = History(tuple(Trial(number, one.parameters, "pending") for number, one in enumerate(first[:2], start=1)))
    assert search.propose(told, 1) == [first[2]]
    assert len({tuple(one.parameters.values()) for one in first}) == 3
