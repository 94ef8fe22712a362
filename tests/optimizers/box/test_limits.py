"""Quantities that must stay within limits: their probability, its gradient, and what a search makes of them."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from optimizers import History, Objective, Observation, OutcomeConstraint, ParameterSpace, Problem, Trial
from optimizers.box.limits import sides
from optimizers.box.settings import BoxSettings
from optimizers.box.surrogate import View
from optimizers.errors import MissingObservation
from optimizers.parameters import Range

SPACE = ParameterSpace((Range("x", 0.0, 1.0), Range("y", 0.0, 1.0)))
VIEW = View.of(SPACE)
COST = Objective("cost", "USD")


def _told(settings, standard_error=None):
    return History(
        tuple(
            Trial(n, p, "completed", None, {name: Observation(v, standard_error) for name, v in _measured(p).items()})
            for n, p in enumerate(settings, start=1)
        )
    )


def _measured(p):
    """The cheapest setting with a width of at least 1 lies on the line x + y = 1, at x = 0.5 + 1/8."""
    return {"cost": p["x"] + p["y"] + (p["x"] - p["y"] - 0.25) ** 2, "width": p["x"] + p["y"]}


def _search(constraints, trials, seed=1, standard_error=None):
    optimizer = BoxSettings().build(Problem(SPACE, (COST,), seed, (), constraints))
    noise, told = np.random.default_rng(seed), ()
    for number in range(1, trials + 1):
        (proposal,) = optimizer.propose(History(told), 1)
        error = standard_error or 0.0
        seen = {
            name: Observation(value + error * noise.standard_normal(), standard_error)
            for name, value in _measured(proposal.parameters).items()
        }
        told = (*told, Trial(number, proposal.parameters, "completed", None, seen))
    return told


@pytest.fixture(params=["at_most", "at_least"])
def limit(request):
    (side,) = sides((OutcomeConstraint("width", **{request.param: 1.1}),))
    return side.model(_told(SPACE.sample(9, seed=2)), SPACE, VIEW, BoxSettings())


def test_the_probability_is_that_of_the_posterior_below_the_limit(limit):
    points = np.array([SPACE.encode(one) for one in SPACE.sample(20, seed=3)])
    mean, variance = limit.model.posterior(points)
    np.testing.assert_allclose(
        np.exp(limit.log_probability(points)), norm.cdf(limit.bound, mean, np.sqrt(variance)), rtol=1e-9
    )


def test_its_gradient_is_its_slope(limit):
    step = 1e-6
    for point in (np.array([0.3, 0.35]), np.array([0.62, 0.55])):
        value, gradient = limit.with_gradient(point)
        assert value == pytest.approx(float(limit.log_probability(point[None, :])[0]))
        for axis, unit in enumerate(np.eye(2)):
            ahead, behind = limit.log_probability(np.array([point + step * unit, point - step * unit]))
            assert gradient[axis] == pytest.approx((ahead - behind) / (2 * step), rel=1e-3, abs=1e-3)


def test_both_sides_of_a_window_are_limits():
    window = OutcomeConstraint("width", at_least=0.9, at_most=1.1)
    told = _told(SPACE.sample(9, seed=2))
    kept = [side.model(told, SPACE, VIEW, BoxSettings()).kept for side in sides((window,))]
    assert len(kept) == 2
    widths = [trial.observations["width"].value for trial in told]
    np.testing.assert_array_equal(kept[0] & kept[1], [window.admits(width) for width in widths])


def test_the_best_setting_on_the_edge_of_a_limit_is_found():
    trials = _search((OutcomeConstraint("width", at_least=1.0),), 18)
    kept = [t.observations["cost"].value for t in trials if t.observations["width"].value >= 1.0]
    assert min(kept) == pytest.approx(1.0, abs=2e-3)


def test_while_nothing_keeps_the_limits_only_their_chance_counts():
    corner = OutcomeConstraint("width", at_least=1.97)
    trials = _search((corner,), 10)
    assert max(t.observations["width"].value for t in trials) >= 1.97


def test_the_edge_of_a_window_is_approached_from_both_sides():
    trials = _search((OutcomeConstraint("width", at_least=1.2, at_most=1.3),), 14)
    assert all(t.observations["width"].value == pytest.approx(1.2, abs=2e-3) for t in trials[-3:])
    kept = [t.observations["cost"].value for t in trials if 1.2 <= t.observations["width"].value <= 1.3]
    assert min(kept) == pytest.approx(1.2, abs=2e-3)


def test_noisy_limits_are_judged_by_what_is_expected():
    trials = _search((OutcomeConstraint("width", at_least=1.0),), 20, standard_error=0.05)
    late = [t.parameters["x"] + t.parameters["y"] for t in trials[-6:]]
    assert min(late) > 0.85
    assert np.median(late) < 1.3


def test_a_proposal_says_how_likely_it_keeps_the_limits():
    told = _told(SPACE.sample(8, seed=4))
    optimizer = BoxSettings().build(Problem(SPACE, (COST,), 1, (), (OutcomeConstraint("width", at_most=1.0),)))
    (proposal,) = optimizer.propose(told, 1)
    assert 0.0 < proposal.reasons["chance_of_success"] <= 1.0
    assert math.isfinite(proposal.score)


def test_what_is_expected_of_a_pending_trial_is_nothing_to_be_improved_on():
    told = _told(SPACE.sample(8, seed=4))
    optimizer = BoxSettings().build(Problem(SPACE, (COST,), 1, (), (OutcomeConstraint("width", at_least=1.98),)))
    first, second = optimizer.propose(told, 2)
    assert first.parameters != second.parameters
    assert math.isfinite(second.score)


def test_a_limited_quantity_that_was_not_measured_is_named():
    told = History((Trial(1, {"x": 0.1, "y": 0.2}, "completed", None, {"cost": Observation(1.0)}),))
    optimizer = BoxSettings(initial=1).build(Problem(SPACE, (COST,), 1, (), (OutcomeConstraint("width", at_most=1.0),)))
    with pytest.raises(MissingObservation, match="'width'"):
        optimizer.propose(told, 1)
