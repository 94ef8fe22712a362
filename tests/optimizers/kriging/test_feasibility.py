import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, Trial
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.evidence import Datum
from optimizers.kriging.feasibility import Feasibility
from optimizers.kriging.settings import KrigingSettings

STEPS = np.linspace(0.0, 1.0, 25)
POOL = CandidatePool(pd.DataFrame([(x, y) for x in STEPS for y in STEPS], columns=["x", "y"]))


def test_what_failed_is_unlikely_to_succeed_nearby_and_likely_elsewhere():
    atlas = Atlas(POOL, use_symmetry=False)
    x = POOL.table["x"].to_numpy()
    rows = np.random.default_rng(1).permutation(len(POOL))[:60]
    data = [Datum(int(row), None if x[row] > 0.6 else 1.0) for row in rows]
    chance = np.exp(Feasibility(KrigingSettings(), atlas).log_probability(data))
    assert chance[x > 0.8].mean() < 0.15
    assert chance[x < 0.4].mean() > 0.85


def failures(infeasible, trials=40):
    """How many trials of a campaign fall into the infeasible half, towards which the objective falls."""
    settings = KrigingSettings(infeasible=infeasible, symmetry="ignore")
    optimizer = settings.build(Problem(POOL, (Objective("e"),), seed=4))
    ended = []
    for number in range(1, trials + 1):
        (proposal,) = optimizer.propose(History(tuple(ended)), 1)
        x, y = proposal.parameters["x"], proposal.parameters["y"]
        seen = {"e": Observation((y - 0.3) ** 2 - x)}
        standing = "infeasible" if x > 0.6 else "completed"
        outcome = seen if standing == "completed" else {}
        ended.append(Trial(number, proposal.parameters, standing, proposal.candidate, outcome))
    return sum(trial.standing == "infeasible" for trial in ended)


@pytest.mark.parametrize("infeasible", ["padding", "model", "both"])
def test_a_model_that_learns_from_failures_fails_less_than_one_that_ignores_them(infeasible):
    assert failures(infeasible) < 0.7 * failures("ignore")
