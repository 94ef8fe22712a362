import numpy as np

from optimizers import Objective
from optimizers.botorch.evidence import Evidence
from optimizers.botorch.reference import reference_point

NOTHING = np.empty((0, 2))


def evidence(first, second, admissible=None):
    count = len(first)
    return Evidence(
        points=np.zeros((count, 2)),
        numbers=tuple(range(count)),
        standings=("completed",) * count,
        values={"f": np.array(first, dtype=float), "g": np.array(second, dtype=float)},
        errors={},
        admissible=np.array([True] * count if admissible is None else admissible),
        pending=NOTHING,
        touched=NOTHING,
        closed=frozenset(),
        length=count,
    )


def test_a_threshold_is_the_reference_whatever_was_measured():
    objectives = (Objective("f", threshold=9.0), Objective("g", goal="maximize", threshold=-4.0))
    assert reference_point(objectives, evidence([0, 1], [1, 0])).tolist() == [9.0, 4.0]


def test_without_thresholds_it_lies_a_tenth_beyond_the_front():
    found = reference_point((Objective("f"), Objective("g")), evidence([0, 1, 5], [2, 0, 9]))
    assert found.tolist() == [1.1, 2.2]


def test_a_front_of_one_point_takes_the_extent_of_all_values():
    found = reference_point((Objective("f"), Objective("g")), evidence([0, 4], [0, 8]))
    assert found.tolist() == [0.4, 0.8]


def test_trials_that_break_a_limit_do_not_count():
    found = reference_point((Objective("f"), Objective("g")), evidence([0, 1, -7], [2, 0, -7], [True, True, False]))
    assert found.tolist() == [1.1, 2.2]
