import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, SymmetryOperation, Trial
from optimizers.kriging.settings import KrigingSettings

MIRRORS = (SymmetryOperation(sign={"x": -1}), SymmetryOperation(sign={"y": -1}))


def ring():
    """A 12 x 10 grid on a torus, claimed to be even in x and in y."""
    steps = np.arange(120)
    table = pd.DataFrame({"x": steps % 12 / 12.0, "y": steps // 12 / 10.0})
    return CandidatePool(table, periods={"x": 1.0, "y": 1.0}, symmetry=MIRRORS)


def even(parameters):
    return np.cos(2 * np.pi * parameters["x"]) + np.cos(2 * np.pi * (parameters["y"] - 0.5)) ** 3


def skew(parameters):
    return even(parameters) + np.sin(2 * np.pi * parameters["x"])


def campaign(value, trials, error=None, **settings):
    """The proposals and the history of a campaign."""
    optimizer = KrigingSettings(**settings).build(Problem(ring(), (Objective("e"),), seed=1))
    proposals, ended = [], []
    for number in range(1, trials + 1):
        (proposal,) = optimizer.propose(History(tuple(ended)), 1)
        seen = {"e": Observation(float(value(proposal.parameters)), error)}
        ended.append(Trial(number, proposal.parameters, "completed", proposal.candidate, seen))
        proposals.append(proposal)
    return proposals, ended


def checks(proposals):
    return [proposal for proposal in proposals if proposal.reasons["proposed_by"] == "symmetry check"]


def test_one_trial_is_the_image_of_an_earlier_one_in_general_position():
    proposals, ended = campaign(even, 20)
    (check,) = checks(proposals)
    original = ended[check.reasons["image_of"] - 1].parameters
    assert (check.parameters["x"] + original["x"]) % 1.0 == pytest.approx(0.0, abs=1e-9)
    assert (check.parameters["y"] + original["y"]) % 1.0 == pytest.approx(0.0, abs=1e-9)
    assert check.parameters != original


def test_a_true_symmetry_stays_in_use_and_is_not_checked_again():
    proposals, _ = campaign(even, 30)
    assert len(checks(proposals)) == 1
    assert not any("warning" in proposal.reasons for proposal in proposals)


def test_a_false_symmetry_is_dropped_with_a_warning_that_names_the_two_trials():
    proposals, ended = campaign(skew, 20)
    at = proposals.index(checks(proposals)[0])
    warning = proposals[at + 1].reasons["warning"]
    assert f"trials {proposals[at].reasons['image_of']} and {ended[at].number}" in warning
    assert all("warning" in proposal.reasons for proposal in proposals[at + 1 :])


def test_after_a_false_symmetry_was_dropped_the_whole_pool_is_searched():
    _, ended = campaign(skew, 60)
    best = min(skew(row) for _, row in ring().table.iterrows())
    assert min(trial.observations["e"].value for trial in ended) == pytest.approx(best)


def test_noise_within_three_standard_errors_breaks_no_symmetry():
    generator = np.random.default_rng(0)
    proposals, _ = campaign(lambda parameters: even(parameters) + 0.2 * generator.normal(), 25, error=0.2)
    assert not any("warning" in proposal.reasons for proposal in proposals)


def test_a_symmetry_that_is_to_be_used_or_ignored_costs_no_trial():
    for symmetry in ("use", "ignore"):
        proposals, _ = campaign(even, 20, symmetry=symmetry)
        assert checks(proposals) == []
