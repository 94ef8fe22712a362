from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from benchmarks.chance_calibration import campaign, problems
from benchmarks.random_fields import random_field
from optimizers import CandidatePool, History, Judge, Objective, Observation, Problem, SymmetryOperation, Trial
from optimizers.kriging import chance
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.evidence import Datum
from optimizers.kriging.hyperparameters import Hyperparameters
from optimizers.kriging.settings import KrigingSettings
from optimizers.kriging.transform import transform

LINE = np.linspace(0.0, 1.0, 200)


def build(pool, goal="minimize", **settings):
    return KrigingSettings(**settings).build(Problem(pool, (Objective("e", goal=goal),), seed=4))


def line(points=LINE, **settings):
    return build(CandidatePool(pd.DataFrame({"x": points})), **settings)


def told(rows, values, standing="completed", first=1):
    """A history of trials of `rows`."""
    seen = [{"e": Observation(float(value))} if standing == "completed" else {} for value in values]
    return [Trial(first + n, {}, standing, int(row), it) for n, (row, it) in enumerate(zip(rows, seen, strict=True))]


ROWS = np.array([0, 33, 66, 99, 132, 165, 199, 120, 80])
WAVE = History(tuple(told(ROWS, np.sin(11.0 * LINE[ROWS]))))


def searched(optimizer, values, trials):
    """The history of a campaign."""
    history = History()
    for number in range(1, trials + 1):
        (proposal,) = optimizer.propose(history, 1)
        seen = {"e": Observation(float(values[proposal.candidate]))}
        history = History((*history, Trial(number, proposal.parameters, "completed", proposal.candidate, seen)))
    return history


def test_kriging_is_a_judge():
    assert isinstance(line(), Judge)


def test_nothing_is_said_of_a_handful_of_values():
    assert line().chance_of_better(History(), 0.1) == 1.0
    assert line().chance_of_better(History(WAVE.trials[:4]), 0.1) == 1.0


def test_nothing_better_is_left_when_everything_was_tried():
    points = LINE[:9]
    everything = told(range(9), points)
    assert line(points).chance_of_better(History(tuple(everything)), 0.0) == 0.0
    assert line(points).chance_of_better(History(tuple(everything[:8])), 0.0) > 0.0


def test_a_symmetric_copy_of_a_tried_candidate_is_tried():
    pool = CandidatePool(
        pd.DataFrame({"x": np.arange(16) / 16.0}), periods={"x": 1.0}, symmetry=(SymmetryOperation(sign={"x": -1}),)
    )
    history = History(tuple(told(range(9), range(9))))
    assert build(pool).chance_of_better(history, 0.0) == 0.0
    assert build(pool, symmetry="ignore").chance_of_better(history, 0.0) > 0.0


def test_a_pending_trial_may_still_turn_out_better():
    rows = np.arange(0, 12)
    ended = told(rows[:-1], np.sin(4.0 * LINE[rows[:-1]]))
    pending = told(rows[-1:], [0.0], standing="pending", first=20)
    assert line(LINE[:12]).chance_of_better(History((*ended, *pending)), 0.0) > 0.0
    unconverged = told(rows[-1:], [0.0], standing="unconverged", first=20)
    assert line(LINE[:12]).chance_of_better(History((*ended, *unconverged)), 0.0) == 0.0


def test_a_larger_improvement_is_less_likely():
    stated = [line().chance_of_better(WAVE, delta) for delta in (0.0, 0.01, 0.1, 1.0, 10.0)]
    assert all(larger <= smaller + 1e-9 for smaller, larger in pairwise(stated))
    assert stated[0] > 0.2 > stated[-1]


@pytest.mark.parametrize(("delta", "fruitless"), [(0.0, 2), (0.5, 5), (2.0, 6), (9.0, 7)])
def test_the_chance_is_never_smaller_than_what_counting_leaves_open(delta, fruitless):
    values = [3.0, 2.0, 0.5, 5.0, 4.0, 0.0, 0.2, 6.0]
    data = [Datum(site, value) for site, value in enumerate(values)]
    assert chance.succession(data, delta) == 1.0 / (fruitless + 2)
    history = History(tuple(told(range(8), values)))
    assert line(LINE[:9]).chance_of_better(history, delta) >= 1.0 / (fruitless + 2)


def test_the_unit_and_the_direction_of_the_objective_do_not_matter():
    scaled = History(tuple(told(ROWS, -1e6 * np.sin(11.0 * LINE[ROWS]))))
    upwards = line(goal="maximize").chance_of_better(scaled, 5e4)
    assert upwards == pytest.approx(line().chance_of_better(WAVE, 0.05), rel=1e-6)


def test_a_finer_pool_of_a_smooth_objective_has_no_more_chances():
    fine = np.linspace(0.0, 1.0, 1991)
    rows = ROWS * 10
    coarse = line().chance_of_better(WAVE, 0.01)
    refined = line(fine).chance_of_better(History(tuple(told(rows, np.sin(11.0 * fine[rows])))), 0.01)
    assert refined < 1.5 * coarse + 0.02


def test_the_same_history_is_given_the_same_chance_and_the_same_next_proposal():
    landscape = random_field(1)
    warm, silent = build(landscape.pool), build(landscape.pool)
    history = searched(silent, landscape.values, 14)
    for length in (6, 9, 14, 9):
        prefix = History(history.trials[:length])
        assert warm.chance_of_better(prefix, 0.02) == build(landscape.pool).chance_of_better(prefix, 0.02)
        assert warm.propose(prefix, 1) == build(landscape.pool).propose(prefix, 1)


UNDER_EVERY_SETTING = [
    {"transform": "log"},
    {"transform": "rank"},
    {"transform": "clip", "kernel": "rbf"},
    {"transform": "none", "noise": 1e-4},
    {"infeasible": "model"},
    {"infeasible": "ignore", "score": "thompson"},
    {"memory": 1e-7, "refit": 1},
]


@pytest.mark.parametrize("settings", UNDER_EVERY_SETTING, ids=str)
def test_a_chance_is_stated_under_every_setting(settings):
    values = 2.0 + np.sin(11.0 * LINE[ROWS])
    errors = [Trial(20 + n, {}, "completed", 50 + n, {"e": Observation(2.5, 0.1)}) for n in range(3)]
    infeasible = told([140, 150], [0, 0], standing="infeasible", first=30)
    history = History((*told(ROWS, values), *errors, *infeasible, *told([10], [0], standing="pending", first=40)))
    stated = [line(**settings).chance_of_better(history, delta) for delta in (0.0, 0.5, 50.0)]
    assert 1.0 >= stated[0] >= stated[1] >= stated[2] > 0.0


def test_labels_are_candidates_like_others():
    metals, sites = ["Cu", "Ag", "Au", "Ni"] * 6, ["top", "hollow", "bridge"] * 8
    pool = CandidatePool(pd.DataFrame({"metal": metals, "site": sites, "strain": np.arange(24) // 12}))
    history = History(tuple(told(range(8), [3.0, 1.0, 2.0, 5.0, 4.0, 1.5, 2.5, 3.5])))
    assert 0.1 < build(pool).chance_of_better(history, 0.1) < 1.0


def test_equal_values_everywhere_leave_the_chance_open():
    history = History(tuple(told(ROWS, np.full(len(ROWS), 2.0))))
    assert 0.0 <= line().chance_of_better(history, 0.1) <= 1.0


def joint_sample(doubter, sites, draws):
    """Values of all sites drawn together from the widened posterior, by dense linear algebra."""
    outlook = doubter.outlook(sites)
    covariance = doubter.covariance.between(outlook.sites, outlook.sites) - outlook.rows.T @ outlook.rows
    covariance += np.outer(outlook.drift, outlook.drift) + (doubter.roughness + 1e-9) * np.eye(len(sites))
    generator = np.random.default_rng(5)
    normal = generator.standard_normal((draws, len(sites))) @ np.linalg.cholesky(covariance).T
    stretch = np.sqrt(doubter.freedom / generator.chisquare(doubter.freedom, draws))
    return outlook.mean + outlook.scale * stretch[:, None] * normal


@pytest.mark.parametrize("delta", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("noise", [1e-5, 1e-2])
def test_the_chance_is_that_of_joint_samples_of_the_whole_pool(delta, noise):
    optimizer = line(noise=noise)
    stated = optimizer.chance_of_better(WAVE, delta)
    engine = optimizer._search.engine(WAVE)[0]
    posterior, data = engine._posterior, engine.reader.read(WAVE).data
    model = chance.Model(engine.atlas, "matern52", posterior.fit.hyperparameters, posterior.transform, data)
    untried = np.setdiff1d(np.arange(200), ROWS)
    sampled = joint_sample(chance.Doubter(model), untried.tolist(), 20_000).min(axis=1) < model.threshold(delta)
    assert stated == pytest.approx(max(sampled.mean(), chance.succession(data, delta)), abs=0.05)
    assert sampled.mean() > chance.succession(data, delta) or delta == 0.3


def test_leaving_promising_candidates_out_of_the_joint_draws_makes_the_chance_larger(monkeypatch):
    together = line().chance_of_better(WAVE, 0.01)
    monkeypatch.setattr(chance, "PROMISING", 10)
    assert line().chance_of_better(WAVE, 0.01) > together


def stiff_model(values):
    """A model with a length-scale of 0.5, whatever the values of twenty candidates on a line."""
    atlas = Atlas(CandidatePool(pd.DataFrame({"x": np.linspace(0.0, 1.0, 20)})), use_symmetry=False)
    data = [Datum(site, float(value)) for site, value in enumerate(values)]
    return chance.Model(atlas, "matern52", Hyperparameters((0.5,), 1e-6), transform("none", values), data)


def left_out_residuals(model):
    """Each value predicted from the others, over the deviation of that prediction, by dense linear algebra."""
    x, y = np.linspace(0.0, 1.0, 20), np.array([datum.value for datum in model.data])
    distance = np.sqrt(5.0) * np.abs(x[:, None] - x) / 0.5
    matrix = (1.0 + distance + distance**2 / 3.0) * np.exp(-distance) + (1e-6 + 1e-10) * np.eye(20)
    residuals = []
    for left in range(20):
        others = np.arange(20) != left
        bordered = np.block([[matrix[np.ix_(others, others)], np.ones((19, 1))], [np.ones((1, 19)), np.zeros((1, 1))]])
        column = np.append(matrix[others, left], 1.0)
        weights = np.linalg.solve(bordered, column)
        deviation = y.std(ddof=1) * np.sqrt(matrix[left, left] - weights @ column)
        residuals.append((y[left] - weights[:-1] @ y[others]) / deviation)
    return np.array(residuals)


def test_values_that_surprise_the_model_widen_its_deviations_by_their_left_out_residuals():
    x = np.linspace(0.0, 1.0, 20)
    torn = np.sin(4.0 * x) + 2.0 * (x > 0.52)
    residuals = left_out_residuals(stiff_model(torn))
    widened = chance.Doubter(stiff_model(torn)).outlook([5]).scale / torn.std(ddof=1)
    assert widened == pytest.approx(np.sqrt(np.mean(residuals**2)), rel=1e-4)
    assert widened > 2.0


def test_values_that_are_predicted_well_do_not_narrow_the_deviations():
    calm = np.sin(np.linspace(0.0, 1.0, 20))
    assert np.abs(left_out_residuals(stiff_model(calm))).max() < 1.0
    assert chance.Doubter(stiff_model(calm)).outlook([5]).scale == pytest.approx(calm.std(ddof=1))


def wrong_and_low(family, runs):
    """How many chances below 0.05 were stated, in how many of these something better was left; and both totals."""
    told = [campaign(family, *problem).statements() for problem in problems(family, runs)]
    low = [it for run in told for it in run if it.chance < 0.05]
    every = [it for run in told for it in run]
    return len(low), sum(it.better for it in low), sum(it.chance for it in every), sum(it.better for it in every)


def test_small_chances_are_honest_on_a_few_known_landscapes():
    low, wrong, _, _ = wrong_and_low("Gaussian fields", 3)
    assert low >= 10
    assert wrong <= 0.1 * low + 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("family", "runs"), [("relaxed copper", 100), ("Morse slabs", 50), ("Gaussian fields", 50)])
def test_small_chances_are_honest_over_two_hundred_campaigns(family, runs):
    low, wrong, stated, true = wrong_and_low(family, runs)
    assert low >= runs
    assert wrong <= 0.05 * low
    assert stated > true
