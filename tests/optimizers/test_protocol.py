import pandas as pd
import pytest

from optimizers import CandidatePool, Objective, OutcomeConstraint, Problem
from optimizers.errors import UnusableProblem
from optimizers.kriging.settings import KrigingSettings

POOL = CandidatePool(pd.DataFrame({"x": [0.0, 1.0]}))
ONE, TWO = (Objective("a"),), (Objective("a"), Objective("b"))


def test_the_only_objective_is_handed_to_optimizers_that_know_one():
    assert Problem(POOL, ONE, 0).objective == Objective("a")


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Problem(POOL, TWO, 0), "2 objectives"),
        (Problem(POOL, ONE, 0, constraints=(OutcomeConstraint("c", at_most=1.0),)), "constraints on outcomes"),
    ],
)
def test_an_optimizer_of_one_objective_refuses_more_before_it_is_asked(problem, words):
    with pytest.raises(UnusableProblem, match=words):
        KrigingSettings().build(problem)
