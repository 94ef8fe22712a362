"""What infeasible trials teach an optimizer."""

import numpy as np
import pytest

from optimizers.failures import Feasibility, learns_feasibility, padded

STANDINGS = ("completed", "infeasible", "completed", "unconverged", "void", "pending", "infeasible")
VALUES = np.array([1.0, np.nan, 4.0, np.nan, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("rule", ["padding", "both"])
def test_padding_puts_infeasible_trials_at_the_worst_measured_value(rule):
    found = padded(VALUES, STANDINGS, rule)
    assert found.places.tolist() == [0, 1, 2, 6]
    assert found.values.tolist() == [1.0, 4.0, 4.0, 4.0]
    assert found.measured.tolist() == [True, False, True, False]


@pytest.mark.parametrize("rule", ["model", "ignore"])
def test_without_padding_infeasible_trials_have_no_value(rule):
    found = padded(VALUES, STANDINGS, rule)
    assert found.places.tolist() == [0, 2]
    assert found.values.tolist() == [1.0, 4.0]


def test_each_of_several_objectives_has_its_own_floor():
    found = padded(np.array([[1.0, 9.0], [np.nan, np.nan], [2.0, 3.0]]), STANDINGS[:3], "padding")
    assert found.values.tolist() == [[1.0, 9.0], [2.0, 9.0], [2.0, 3.0]]


def test_while_nothing_is_completed_there_is_no_floor():
    found = padded(np.array([np.nan, np.nan]), ("infeasible", "void"), "padding")
    assert len(found.places) == len(found.values) == 0


def test_the_values_given_are_left_alone():
    values = VALUES.copy()
    padded(values, STANDINGS, "padding")
    np.testing.assert_array_equal(values, VALUES)


@pytest.mark.parametrize(
    ("standings", "rule", "learns"),
    [
        (("completed", "infeasible"), "model", True),
        (("completed", "infeasible"), "both", True),
        (("completed", "infeasible"), "padding", False),
        (("completed", "void"), "both", False),
        (("infeasible", "pending"), "model", False),
    ],
)
def test_feasibility_is_learnt_from_successes_and_failures_together(standings, rule, learns):
    assert learns_feasibility(standings, rule) is learns


@pytest.fixture(scope="module")
def half_feasible():
    points = np.random.default_rng(4).random((40, 3))
    return Feasibility(points, ["infeasible" if point[0] > 0.6 else "completed" for point in points])


def test_a_region_that_failed_several_times_is_taken_for_infeasible(half_feasible):
    inside, outside = half_feasible.log_probability(np.array([[0.2, 0.5, 0.5], [0.9, 0.5, 0.5]]))
    assert np.exp(inside) > 0.95
    assert np.exp(outside) < 0.1


def test_trials_that_say_nothing_about_the_parameters_do_not_change_the_model():
    points = np.random.default_rng(1).random((12, 2))
    standings = ["infeasible", "completed"] * 5
    alone = Feasibility(points[:10], standings)
    beside = Feasibility(points, [*standings, "void", "unconverged"])
    where = np.random.default_rng(2).random((5, 2))
    np.testing.assert_array_equal(alone.log_probability(where), beside.log_probability(where))


def test_the_gradient_of_the_log_probability_is_its_slope(half_feasible):
    point, step = np.array([0.55, 0.3, 0.8]), 1e-6
    value, gradient = half_feasible.with_gradient(point)
    assert value == pytest.approx(half_feasible.log_probability(point[None, :])[0], rel=1e-9)
    for axis, unit in enumerate(np.eye(3)):
        ahead, behind = half_feasible.log_probability(np.array([point + step * unit, point - step * unit]))
        assert gradient[axis] == pytest.approx((ahead - behind) / (2 * step), abs=1e-5)
