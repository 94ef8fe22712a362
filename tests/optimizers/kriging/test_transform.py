import numpy as np
import pytest

from optimizers.kriging.evidence import Datum
from optimizers.kriging.targets import targets_of, transform_for
from optimizers.kriging.transform import transform

WALL = np.array([1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 400.0])


@pytest.mark.parametrize("name", ["auto", "none", "log", "rank"])
def test_the_inverse_undoes_the_transform(name):
    mapping = transform(name, WALL)
    assert mapping.inverse(mapping.forward(WALL)) == pytest.approx(WALL)


@pytest.mark.parametrize("name", ["auto", "none", "log", "clip", "rank"])
def test_order_is_never_reversed(name):
    values = np.sort(np.concatenate([WALL, np.linspace(0.9, 500.0, 50)]))
    assert (np.diff(transform(name, WALL).forward(values)) >= 0.0).all()


@pytest.mark.parametrize("name", ["auto", "log"])
def test_the_slope_is_the_derivative(name):
    mapping, at, step = transform(name, WALL), np.array([1.05, 3.0, 50.0]), 1e-6
    numeric = (mapping.forward(at + step) - mapping.forward(at - step)) / (2 * step)
    assert mapping.slope(at) == pytest.approx(numeric, rel=1e-5)


@pytest.mark.parametrize("name", ["auto", "clip"])
def test_a_wall_is_lowered_and_everything_else_left_alone(name):
    targets = transform(name, WALL).forward(WALL)
    assert targets[:-1] == pytest.approx(WALL[:-1])
    assert targets[-1] < 10.0


def test_equal_values_do_not_break_a_transform():
    for name in ("auto", "none", "log", "clip", "rank"):
        assert np.isfinite(transform(name, np.ones(6)).forward(np.ones(6))).all()


def test_log_takes_values_of_both_signs():
    values = np.array([-3.0, -1.0, 0.0, 2.0])
    assert np.isfinite(transform("log", values).forward(values)).all()


def test_infeasible_points_stand_at_the_worst_value():
    data = [Datum(0, 1.0), Datum(1, None), Datum(2, 3.0)]
    assert targets_of(data, transform_for(data, "none")).values.tolist() == [1.0, 3.0, 3.0]


def test_one_more_value_extends_the_targets_unless_old_ones_would_change():
    data = [Datum(0, 1.0), Datum(1, None), Datum(2, 3.0)]
    seen = targets_of(data, transform_for(data, "none"))
    more = seen.extended(Datum(3, 2.0, 0.1))
    assert more is not None
    again = targets_of([*data, Datum(3, 2.0, 0.1)], seen.transform)
    assert more.values.tolist() == again.values.tolist()
    assert more.scale == again.scale
    assert seen.extended(Datum(3, 4.0)) is None  # the infeasible point would move
    assert seen.extended(Datum(3, None)) is None
