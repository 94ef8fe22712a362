import numpy as np
import pytest

from optimizers.basis_search.simplex import simplex


def driven(function, start, edge, trials):
    search = simplex(np.asarray(start, dtype=float), edge)
    point, best = next(search), (np.inf, None)
    for _ in range(trials):
        value = function(point)
        best = min(best, (value, tuple(point)), key=lambda one: one[0])
        point = search.send(value)
    return best


def test_a_bowl_is_descended():
    value, place = driven(lambda x: float(np.sum((x - [0.3, -0.2, 0.1]) ** 2)), [0.0, 0.0, 0.0], 0.2, 120)
    assert value < 1e-6
    assert place == pytest.approx((0.3, -0.2, 0.1), abs=1e-3)


def test_a_cusp_is_descended():
    value, _ = driven(lambda x: float(abs(x[0] - 0.2) + np.sum(x[1:] ** 2)), [0.0, 0.3, -0.3], 0.2, 150)
    assert value < 1e-3


def test_places_without_a_value_are_left():
    value, place = driven(lambda x: np.inf if x[0] > 0.1 else float(np.sum((x + 0.2) ** 2)), [0.0, 0.0], 0.2, 100)
    assert value < 1e-4
    assert place[0] <= 0.1


def test_the_first_simplex_is_a_corner_of_a_cube():
    search = simplex(np.zeros(2), 0.5)
    points = [next(search), search.send(1.0), search.send(2.0)]
    assert [point.tolist() for point in points] == [[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]]
