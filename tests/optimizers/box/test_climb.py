"""Climbing to the top of an acquisition function, whatever the coordinates can do."""

import numpy as np
import pytest

from optimizers import ParameterSpace
from optimizers.box.climb import Climber
from optimizers.box.neighbours import has_steps, neighbours
from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, Range


class Hill:
    """Minus the squared distance to a summit of the encoded space."""

    def __init__(self, summit):
        self.summit = np.array(summit)

    def __call__(self, points):
        return -np.square(points - self.summit).sum(axis=1)

    def with_gradient(self, point):
        return float(self(point[None, :])[0]), -2.0 * (point - self.summit)


def _top(space, summit):
    hill, points = Hill(summit), np.array([space.encode(setting) for setting in space.sample(16, seed=2)])
    return Climber(space).climb(hill, points, hill(points))[0]


def test_in_a_box_the_summit_is_reached():
    space = ParameterSpace((Range("x", 0, 5), Range("y", 1, 10, scale="log")))
    np.testing.assert_allclose(_top(space, [0.3, 0.8]), [0.3, 0.8], atol=1e-6)


def test_a_summit_outside_the_box_leads_to_its_wall():
    space = ParameterSpace((Range("x", 0, 5), Range("y", 0, 1)))
    np.testing.assert_allclose(_top(space, [1.7, 0.2]), [1.0, 0.2], atol=1e-6)


def test_a_constraint_is_climbed_along():
    """The nearest point to (1, 1) with x + y <= 1 is (1/2, 1/2)."""
    space = ParameterSpace((Range("x", 0, 1), Range("y", 0, 1)), (), (LinearConstraint({"x": 1.0, "y": 1.0}, 1.0),))
    np.testing.assert_allclose(_top(space, [1.0, 1.0]), [0.5, 0.5], atol=1e-4)


def test_fractions_keep_their_sum_while_climbing():
    space = ParameterSpace((Range("t", 300, 900),), (Composition(("a", "b", "c"), highs={"a": 0.4}),))
    top = _top(space, [0.5, 0.6, 0.3, 0.1])
    assert top[1:].sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(top, [0.5, 0.4, 0.4, 0.2], atol=1e-4)


def test_steps_and_choices_are_walked_one_by_one():
    space = ParameterSpace(
        (Integer("n", 0, 40), Choice("gas", ("Ar", "O2", "N2")), Range("x", 0, 1, step=0.125)),
        (Composition(("a", "b"), step=0.125),),
    )
    best = {"n": 23, "gas": "N2", "x": 0.625, "a": 0.25, "b": 0.75}
    assert space.decode(_top(space, space.encode(best))) == best


def test_limits_on_a_logarithmic_scale_are_kept_too():
    space = ParameterSpace(
        (Range("p", 0.1, 10.0, scale="log"), Range("x", 0, 1)), (), (LinearConstraint({"p": 1.0, "x": 1.0}, 2.0),)
    )
    assert space.refusal(space.decode(_top(space, [0.9, 0.9]))) is None


def test_neighbours_are_one_step_away_and_keep_the_constraints():
    space = ParameterSpace(
        (Integer("n", 1, 5), Choice("speed", ("slow", "medium", "fast"), ordered=True), Fixed("s", "MgO")),
        (Composition(("a", "b"), step=0.5),),
        (LinearConstraint({"n": 1.0}, 3.0),),
    )
    here = {"n": 3, "speed": "slow", "s": "MgO", "a": 1.0, "b": 0.0}
    found = [space.decode(point) for point in neighbours(space, space.encode(here))]
    assert sorted(found, key=str) == sorted(
        [{**here, "n": 2}, {**here, "speed": "medium"}, {**here, "a": 0.5, "b": 0.5}], key=str
    )


def test_a_choice_that_brings_a_parameter_into_existence_puts_it_in_the_middle():
    space = ParameterSpace((Choice("gas", ("Ar", "O2")), Range("flow", 0, 10, when={"gas": "O2"})))
    (other,) = neighbours(space, space.encode({"gas": "Ar", "flow": None}))
    assert space.decode(other) == {"gas": "O2", "flow": 5.0}


def test_what_has_no_steps_has_no_neighbours():
    space = ParameterSpace((Range("x", 0, 1),), (Composition(("a", "b")),))
    assert not has_steps(space)
    assert len(neighbours(space, np.array([0.5, 0.5, 0.5]))) == 0
