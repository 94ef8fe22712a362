import numpy as np
import pandas as pd

from optimizers import CandidatePool, History, Objective, Observation, OutcomeConstraint, Problem, Trial
from optimizers.botorch.evidence import read
from optimizers.botorch.pool_domain import PoolDomain
from optimizers.botorch.settings import BotorchSettings

MESH = {"parameter": "mesh", "target": "fine", "levels": [{"value": "fine", "cost": 9}, {"value": "coarse", "cost": 1}]}
POOL = CandidatePool(pd.DataFrame({"x": [0.0, 0.5, 1.0] * 2, "mesh": ["fine"] * 3 + ["coarse"] * 3}))
PROBLEM = Problem(POOL, (Objective("q", goal="maximize"),), 1, constraints=(OutcomeConstraint("load", at_most=2.0),))


def evidence(*trials):
    return read(History(trials), PoolDomain(POOL, BotorchSettings(fidelity=MESH), 1), PROBLEM)


def completed(number, candidate, q, load, error=None):
    seen = {"q": Observation(q, error), "load": Observation(load)}
    return Trial(number, POOL.parameters(candidate), "completed", candidate, seen)


def test_objectives_are_turned_so_that_smaller_is_better_and_limits_stay_as_they_are():
    found = evidence(completed(1, 0, 3.0, 1.0, error=0.1))
    assert found.values["q"].tolist() == [-3.0]
    assert found.values["load"].tolist() == [1.0]
    assert found.errors["q"].tolist() == [0.1]
    assert np.isnan(found.errors["load"]).all()


def test_only_trials_on_the_target_that_keep_the_limits_are_admissible():
    found = evidence(completed(1, 0, 1.0, 1.0), completed(2, 1, 1.0, 3.0), completed(3, 5, 1.0, 1.0))
    assert found.admissible.tolist() == [True, False, False]
    assert found.on_target.tolist() == [True, True, False]


def test_a_trial_that_is_out_at_another_fidelity_is_no_value_to_beat():
    fine, coarse = (Trial(number, POOL.parameters(row), "pending", row) for number, row in ((1, 2), (2, 4)))
    found = evidence(fine, coarse)
    assert found.pending_on_target.tolist() == [[1.0, 0.0]]
    assert found.pending_elsewhere.tolist() == [[0.5, 1.0]]


def test_void_trials_close_their_candidate_and_leave_its_place_open():
    found = evidence(Trial(1, POOL.parameters(0), "void", 0), Trial(2, POOL.parameters(1), "unconverged", 1))
    assert found.closed == {0, 1}
    assert found.touched.tolist() == [[0.5, 0.0]]
    assert len(found.points) == 0


def test_infeasible_trials_have_a_place_but_no_value():
    found = evidence(Trial(1, POOL.parameters(0), "infeasible", 0))
    assert len(found.points) == 1
    assert np.isnan(found.values["q"]).all()
