"""What box finds, what it says about it, and what it refuses."""

import math

import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, ParameterSpace, Problem, Trial
from optimizers.box.settings import BoxSettings
from optimizers.box.surrogate import last_fit
from optimizers.errors import MissingObservation, UnusableProblem, UnusableSpace
from optimizers.parameters import Choice, Composition, Fixed, Integer, Range

SQUARE = ParameterSpace((Range("x", -2.0, 2.0), Range("y", 1e-3, 1e1, scale="log")))
LOSS = Objective("loss")


def _run(space, function, trials, settings=None, standard_error=None, seed=3):
    optimizer = (settings or BoxSettings()).build(Problem(space, (LOSS,), seed))
    told = ()
    for number in range(1, trials + 1):
        (proposal,) = optimizer.propose(History(told), 1)
        value = function(proposal.parameters)
        standing = "infeasible" if value is None else "completed"
        seen = {} if value is None else {"loss": Observation(value, standard_error)}
        told = (*told, Trial(number, proposal.parameters, standing, None, seen))
    return told


def _best(trials):
    return min(trial.observations["loss"].value for trial in trials if trial.standing == "completed")


def test_a_smooth_bowl_is_climbed_down_to_its_ground():
    trials = _run(SQUARE, lambda p: (p["x"] - 0.7) ** 2 + (math.log10(p["y"]) + 1.0) ** 2, 20)
    assert _best(trials) < 1e-4


def test_a_mixed_space_is_searched():
    space = ParameterSpace(
        (Integer("n", 1, 30), Choice("gas", ("Ar", "O2", "N2"))), (Composition(("a", "b", "c"), step=0.1),)
    )

    def loss(p):
        return ((p["n"] - 17) / 10) ** 2 + (p["gas"] != "O2") + (p["a"] - 0.6) ** 2 + (p["b"] - 0.4) ** 2

    assert _best(_run(space, loss, 30)) == pytest.approx(0.0, abs=0.02)


def test_where_trials_fail_it_goes_less_often():
    trials = _run(SQUARE, lambda p: None if p["x"] > 0.5 else (p["x"] - 0.4) ** 2 + 0.1 * p["y"], 25)
    failed = [trial.standing == "infeasible" for trial in trials]
    assert sum(failed[10:]) <= 6
    assert _best(trials) < 0.05


def test_with_known_noise_a_good_setting_is_measured_again():
    noise = np.random.default_rng(7)
    space = ParameterSpace((Integer("n", 1, 6),))
    trials = _run(space, lambda p: (p["n"] - 4) ** 2 + 0.5 * noise.standard_normal(), 18, standard_error=0.5)
    counts = [sum(trial.parameters["n"] == n for trial in trials) for n in range(1, 7)]
    assert counts[3] >= 3
    assert max(counts[0], counts[5]) <= 2


SETTLED = ParameterSpace((Integer("n", 1, 3),))
MEASURED = tuple(Trial(n, {"n": n}, "completed", None, {"loss": Observation(float(n), 0.5)}) for n in (1, 2, 3))


def test_a_repeated_trial_says_which_one_it_repeats():
    (proposal,) = BoxSettings().build(Problem(SETTLED, (LOSS,), 1)).propose(History(MEASURED), 1)
    assert proposal.reasons["again"] == proposal.parameters["n"]


def test_a_repeat_can_be_forbidden():
    assert BoxSettings(repeat="never").build(Problem(SETTLED, (LOSS,), 1)).propose(History(MEASURED), 1) == []


def test_it_begins_in_the_middle_of_the_space():
    (proposal,) = BoxSettings().build(Problem(SQUARE, (LOSS,), 1)).propose(History(), 1)
    assert proposal.parameters == {"x": 0.0, "y": pytest.approx(0.1)}


def test_predictions_are_in_the_unit_of_the_objective():
    trials = _run(SQUARE, lambda p: 1000.0 + (p["x"] - 0.7) ** 2, 12)
    (proposal,) = BoxSettings().build(Problem(SQUARE, (LOSS,), 3)).propose(History(trials), 1)
    assert proposal.predicted["loss"].mean == pytest.approx(1000.0, abs=1.0)
    assert 0.0 <= proposal.predicted["loss"].standard_deviation < 2.0


def test_a_maximised_objective_is_predicted_with_its_own_sign():
    told = tuple(
        Trial(n, setting, "completed", None, {"loss": Observation(50.0 - setting["x"] ** 2)})
        for n, setting in enumerate(SQUARE.sample(9, seed=4), start=1)
    )
    problem = Problem(SQUARE, (Objective("loss", goal="maximize"),), 1)
    (proposal,) = BoxSettings().build(problem).propose(History(told), 1)
    assert proposal.predicted["loss"].mean == pytest.approx(50.0, abs=1.0)
    assert abs(proposal.parameters["x"]) < 0.8


def test_what_is_pending_is_not_proposed_again_beside_it():
    told = _run(SQUARE, lambda p: math.sin(3.0 * p["x"]) + math.cos(4.0 * math.log10(p["y"])), 7)
    proposals = BoxSettings().build(Problem(SQUARE, (LOSS,), 3)).propose(History(told), 4)
    points = np.array([SQUARE.encode(one.parameters) for one in proposals])
    gaps = np.sqrt(np.square(points[:, None, :] - points[None, :, :]).sum(axis=2))
    assert gaps[np.triu_indices(4, 1)].min() > 1e-3


def test_other_spaces_and_problems_are_refused_with_the_way_out():
    pool = CandidatePool(pd.DataFrame({"x": [1.0, 2.0]}))
    with pytest.raises(UnusableSpace, match=r"the space is a list of 2 candidates\. Use an optimizer for candidates"):
        BoxSettings().build(Problem(pool, (LOSS,), 1))
    with pytest.raises(UnusableProblem, match="2 objectives"):
        BoxSettings().build(Problem(SQUARE, (LOSS, Objective("cost")), 1))
    with pytest.raises(UnusableSpace, match="every parameter is fixed"):
        BoxSettings().build(Problem(ParameterSpace((Fixed("x", 1.0),)), (LOSS,), 1))


@pytest.mark.parametrize("value", [math.nan, None])
def test_a_completed_trial_without_a_value_is_named(value):
    seen = {} if value is None else {"loss": Observation(value)}
    told = History((Trial(5, {"x": 0.0, "y": 1.0}, "completed", None, seen),))
    with pytest.raises(MissingObservation, match="trial 5 is completed but holds no finite value of 'loss'"):
        BoxSettings().build(Problem(SQUARE, (LOSS,), 1)).propose(told, 1)


def test_trials_known_before_the_campaign_count_as_a_start():
    told = tuple(
        Trial(n - 6, setting, "completed", None, {"loss": Observation(setting["x"] ** 2)})
        for n, setting in enumerate(SQUARE.sample(6, seed=8))
    )
    (proposal,) = BoxSettings().build(Problem(SQUARE, (LOSS,), 1)).propose(History(told), 1)
    assert proposal.reasons["proposed_by"] == "expected improvement"


def test_fits_become_rarer_as_values_become_many():
    fits = [count for count in range(1, 201) if last_fit(count) == count]
    assert fits[:50] == list(range(1, 51))
    assert len(fits) < 110
    assert all(last_fit(count) <= count < 1.05 * last_fit(count) + 1 for count in range(1, 201))
