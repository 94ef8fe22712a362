import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizers import Objective, OutcomeConstraint
from optimizers.front import Front, front, hypervolume, merit

STRONG, CHEAP = Objective("strength", "MPa", "maximize"), Objective("cost", "EUR")
LEVELS = st.integers(0, 4).map(float)


def points(count: int) -> st.SearchStrategy[list[tuple[float, ...]]]:
    return st.lists(st.tuples(*[LEVELS] * count), max_size=12)


def test_with_one_objective_the_front_is_the_best_trial_and_of_equals_the_first():
    trials = [{"cost": 3.0}, {"cost": 1.0}, {"cost": 1.0}, {"cost": 2.0}]
    assert front(trials, [CHEAP]) == [1]
    assert front(trials, [Objective("cost", goal="maximize")]) == [0]
    assert front([], [CHEAP]) == []


def test_with_two_objectives_what_is_beaten_in_both_is_not_on_the_front():
    trials = [
        {"strength": 1.0, "cost": 1.0},
        {"strength": 2.0, "cost": 2.0},
        {"strength": 1.5, "cost": 2.5},
        {"strength": 2.0, "cost": 1.5},
    ]
    assert front(trials, [STRONG, CHEAP]) == [0, 3]


def test_what_breaks_a_constraint_or_misses_a_threshold_is_not_on_the_front():
    trials = [{"cost": 1.0, "stress": 3.0}, {"cost": 2.0, "stress": 1.0}, {"cost": 9.0, "stress": 1.0}, {"cost": 0.0}]
    assert front(trials, [CHEAP], [OutcomeConstraint("stress", at_most=2.0)]) == [1]
    assert front(trials[2:3], [Objective("cost", threshold=5.0)]) == []
    assert merit({"strength": 4.0}, [Objective("strength", goal="maximize", threshold=5.0)]) is None
    assert merit({"strength": 5.0}, [Objective("strength", goal="maximize", threshold=5.0)]) == (-5.0,)


@given(points(3))
def test_the_front_is_every_point_that_no_other_point_beats(found):
    kept = Front()
    for number, point in enumerate(found):
        kept.enter(number, point)
    by_hand = {
        one
        for one in found
        if not any(other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in found)
    }
    members = [point for _, point in kept.members]
    assert set(members) == by_hand
    assert len(members) == len(by_hand)


@given(points(2), points(3), points(4))
def test_the_hypervolume_is_the_number_of_unit_cells_that_are_dominated(two, three, four):
    for found, count in ((two, 2), (three, 3), (four, 4)):
        corners = np.stack(np.meshgrid(*[np.arange(4)] * count, indexing="ij"), axis=-1).reshape(-1, count)
        cells = sum(any(np.all(np.array(point) <= corner) for point in found) for corner in corners)
        assert hypervolume(found, (4.0,) * count) == pytest.approx(cells)


def test_a_point_on_the_reference_adds_nothing():
    assert hypervolume([(1.0, 2.0), (0.0, 2.0)], (2.0, 2.0)) == 0.0
    assert hypervolume([], (1.0,)) == 0.0
    assert hypervolume([(0.25,), (0.5,)], (1.0,)) == 0.75
