"""Linear constraints: whether anything keeps them, what is nearest, and points spread within."""

import subprocess
import sys

import numpy as np
import pytest

from optimizers.errors import UnusableSpace
from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, ParameterSpace, Range


def _space(parameters, *constraints, compositions=()):
    return ParameterSpace(parameters, compositions, tuple(LinearConstraint(*one) for one in constraints))


@pytest.mark.parametrize(
    "space",
    [
        _space((Range("a", 0, 1),), ({"a": 1.0}, -0.5)),
        _space((Range("a", 0, 1), Range("b", 0, 1)), ({"a": 1.0, "b": 1.0}, 1.0), ({"a": -1.0, "b": -1.0}, -1.5)),
        _space((Range("a", 0, 1, step=0.5),), ({"a": 1.0}, 0.4), ({"a": -1.0}, -0.2)),
        _space((Integer("a", 1, 9), Fixed("b", 3)), ({"a": 1.0, "b": 1.0}, 3.5)),
        _space((), ({"x": 1.0}, 0.3), ({"y": 1.0}, 0.6), compositions=(Composition(("x", "y")),)),
        _space((Choice("g", ("u", "v")), Range("a", 5, 9)), ({"a": 1.0}, 4.0)),
    ],
)
def test_constraints_that_nothing_keeps_are_refused(space):
    with pytest.raises(UnusableSpace, match="no setting keeps"):
        space.require_feasible()


@pytest.mark.parametrize(
    "space",
    [
        _space((Range("a", 0, 1),), ({"a": 1.0}, 0.0)),
        _space((Range("a", 0, 1), Range("b", 0, 1)), ({"a": 1.0, "b": 1.0}, 1.0), ({"a": -1.0, "b": -1.0}, -1.0)),
        _space((Choice("g", ("u", "v")), Range("a", 5, 9, when={"g": "u"})), ({"a": 1.0}, 4.0)),
    ],
)
def test_constraints_that_one_corner_or_one_choice_keeps_are_kept(space):
    space.require_feasible()
    assert all(space.refusal(setting) is None for setting in space.sample(5, seed=1))


def test_the_nearest_setting_moves_what_is_cheapest_to_move():
    """One unit of a is a tenth of its range, one of b a hundredth: b moves."""
    space = _space((Range("a", 0, 10), Range("b", 0, 100)), ({"a": 1.0, "b": 1.0}, 50.0))
    found = space.settable({"a": 5.0, "b": 60.0})
    assert found == pytest.approx({"a": 5.0, "b": 45.0})


def test_the_nearest_setting_is_on_the_steps():
    space = _space((Integer("n", 1, 8), Range("p", 20, 200, step=5)), ({"p": 1.0, "n": 7.0}, 100.0))
    found = space.settable({"n": 4, "p": 90.0})
    assert found == {"n": 4, "p": 70.0}
    assert type(found["n"]) is int


def test_a_choice_changes_only_where_it_must():
    space = _space(
        (Choice("g", ("u", "v")), Range("a", 5, 9, when={"g": "u"}), Range("b", 0, 9)), ({"a": 1.0, "b": 1.0}, 4.0)
    )
    assert space.settable({"g": "u", "a": 6.0, "b": 3.0}) == {"g": "v", "a": None, "b": 3.0}


def test_a_parameter_that_does_not_exist_counts_as_nothing():
    space = _space((Choice("g", ("u", "v")), Range("a", 0, 9, when={"g": "u"})), ({"a": -1.0}, -2.0))
    assert space.refusal({"g": "u", "a": 3.0}) is None
    assert "the constraint -a <= -2 is not kept" in (space.refusal({"g": "v", "a": None}) or "")


def test_samples_reach_into_a_sliver_that_hardly_any_draw_hits():
    space = _space((Range("a", 0, 1), Range("b", 0, 1), Range("c", 0, 1)), ({"a": 1.0, "b": 1.0, "c": 1.0}, 0.05))
    drawn = space.sample(40, seed=2)
    assert all(space.refusal(setting) is None for setting in drawn)
    corners = np.array([[setting[name] for name in "abc"] for setting in drawn])
    assert corners.max(axis=0).min() > 0.02
    assert corners.std(axis=0).min() > 0.004


def test_samples_lie_on_an_equality_written_as_two_limits():
    space = _space((Range("a", 0, 1), Range("b", 0, 1)), ({"a": 1.0, "b": 1.0}, 1.0), ({"a": -1.0, "b": -1.0}, -1.0))
    drawn = space.sample(20, seed=3)
    assert all(setting["a"] + setting["b"] == pytest.approx(1.0, abs=1e-7) for setting in drawn)
    assert np.std([setting["a"] for setting in drawn]) > 0.15


def test_the_inequalities_speak_of_encoded_settings():
    space = _space(
        (Range("p", 20, 200), Integer("n", 1, 8), Fixed("f", 2.0)),
        ({"p": 1.0, "n": 2.0, "f": 3.0}, 150.0),
        ({"x": 1.0}, 0.7),
        compositions=(Composition(("x", "y")),),
    )
    rows, limits = space.inequalities()
    for setting in ParameterSpace(space.parameters, space.compositions).sample(40, seed=4):
        kept = rows @ space.encode(setting) <= limits + 1e-9
        assert kept.tolist() == [setting["p"] + 2 * setting["n"] + 6.0 <= 150.0, setting["x"] <= 0.7]
    sums, ones = space.equalities()
    assert sums.tolist() == [[0.0, 0.0, 1.0, 1.0]]
    assert ones.tolist() == [1.0]


def test_on_a_logarithmic_scale_there_are_no_inequalities():
    space = _space((Range("p", 1, 10, scale="log"),), ({"p": 1.0}, 5.0))
    with pytest.raises(UnusableSpace, match="on a logarithmic scale a linear constraint is not linear"):
        space.inequalities()


def test_ordinary_constraints_are_checked_without_a_linear_programme():
    code = (
        "import sys\n"
        "from optimizers.parameters import *\n"
        "both = (LinearConstraint({'p': 1.0, 'n': 2.0}, 150.0), LinearConstraint({'p': -1.0}, -30.0))\n"
        "space = ParameterSpace((Range('p', 20, 200, step=5), Integer('n', 1, 8), Choice('g', (1, 2))), (), both)\n"
        "space.require_feasible()\n"
        "assert not {'numpy', 'scipy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
