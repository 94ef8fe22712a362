"""Spaces of parameters in the words of Ax, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers.ax_client.translation import Translation
from optimizers.conformance import LISTED, MIXED, SIMPLE
from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, ParameterSpace, Range

PRISM = ParameterSpace(
    (Range("temperature", 300.0, 900.0, "K"), Fixed("pressure", 2.0)),
    (Composition(("Fe", "Co", "Ni"), lows={"Ni": 0.1}, highs={"Ni": 0.6, "Fe": 0.7}),),
)
SPACES = {"simple": SIMPLE, "mixed": MIXED, "listed": LISTED, "prism": PRISM}


def bounds(space: ParameterSpace) -> dict[str, tuple[float, float]]:
    return {axis.source: (axis.low, axis.high) for axis in Translation(space).axes}


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_settings_come_back_as_they_went(name, seed):
    space = SPACES[name]
    translation = Translation(space)
    for setting in space.sample(4, seed):
        again = translation.from_ax(translation.to_ax(setting))
        assert space.refusal(space.settable(again)) is None
        assert space.key(space.settable(again)) == space.key(setting)


@pytest.mark.parametrize("name", SPACES)
def test_every_setting_lies_within_the_axes_and_keeps_the_constraints_that_ax_is_told(name):
    space = SPACES[name]
    translation = Translation(space)
    for setting in space.sample(64, 3):
        values = translation.to_ax(setting)
        numbers = {axis.name: values[axis.name] for axis in translation.axes if axis.labels is None}
        assert all(axis.low <= numbers.get(axis.name, axis.low) <= axis.high for axis in translation.axes)
        for constraint in translation.constraints:
            left, limit = constraint.split(" <= ")
            terms = (term.split(" * ") for term in left.split(" + "))
            assert sum(float(factor) * numbers[axis] for factor, axis in terms) <= float(limit) + 1e-9


def test_a_point_outside_a_constraint_breaks_what_ax_is_told():
    space = ParameterSpace(
        (Range("x", 0.0, 10.0, step=1.0), Integer("n", 0, 10), Fixed("offset", 2.0)),
        constraints=(LinearConstraint({"x": 1.0, "n": 2.0, "offset": 1.0}, 12.0),),
    )
    (constraint,) = Translation(space).constraints
    assert constraint == "1.0 * p0 + 2.0 * p1 <= 10.0"


def test_coarse_steps_are_counted_and_fine_ones_are_a_continuum():
    coarse, fine = Translation(
        ParameterSpace((Range("coarse", 10.0, 20.0, step=2.5), Range("fine", 0.0, 1.0, step=0.007)))
    ).axes
    assert (coarse.is_whole, coarse.low, coarse.high) == (True, 0.0, 4.0)
    assert coarse.forward(15.0) == 2 and coarse.backward(3) == 17.5
    assert not fine.is_whole and fine.high == 0.994  # 1.0 cannot be set


def test_a_composition_leaves_its_last_component_to_the_others():
    assert bounds(PRISM) == {"temperature": (300.0, 900.0), "Fe": (0.0, 0.7), "Co": (0.0, 0.9)}
    assert Translation(PRISM).constraints == ("1.0 * p1 + 1.0 * p2 <= 0.9", "-1.0 * p1 + -1.0 * p2 <= -0.4")


def test_two_components_are_one_axis_without_constraint():
    binary = Translation(ParameterSpace((), (Composition(("A", "B"), lows={"B": 0.25}, highs={"B": 0.5}),)))
    assert [(axis.source, axis.low, axis.high) for axis in binary.axes] == [("A", 0.5, 0.75)]
    assert binary.constraints == ()


def test_a_constraint_on_the_last_component_is_one_on_the_others():
    space = ParameterSpace(
        (Range("x", 0.0, 1.0),),
        (Composition(("A", "B", "C")),),
        (LinearConstraint({"C": 2.0, "x": 1.0}, 1.5),),
    )
    assert Translation(space).constraints[0] == "1.0 * p0 + -2.0 * p1 + -2.0 * p2 <= -0.5"


def test_constraints_that_are_not_linear_for_ax_are_hidden_from_it():
    logarithmic = LinearConstraint({"t": 1.0, "x": 1.0}, 50.0)
    conditional = LinearConstraint({"x": 1.0, "extra": 1.0}, 1.0)
    plain = LinearConstraint({"x": 1.0, "y": 1.0}, 1.0)
    space = ParameterSpace(
        (
            Range("x", 0.0, 1.0),
            Range("y", 0.0, 1.0),
            Range("t", 1.0, 100.0, scale="log"),
            Choice("mode", ("a", "b")),
            Range("extra", 0.0, 1.0, when={"mode": "a"}),
        ),
        constraints=(logarithmic, conditional, plain),
    )
    translation = Translation(space)
    assert translation.hidden == (logarithmic, conditional)
    assert translation.constraints == ("1.0 * p0 + 1.0 * p1 <= 1.0",)


def test_a_parameter_that_does_not_exist_stands_at_a_neutral_value_and_comes_back_as_none():
    space = ParameterSpace((Choice("mode", ("a", "b")), Range("extra", 1.0, 100.0, scale="log", when={"mode": "a"})))
    translation = Translation(space)
    there = translation.to_ax({"mode": "b", "extra": None})
    assert there == {"p0": "1", "p1": pytest.approx(10.0)}
    assert translation.from_ax(there) == {"mode": "b", "extra": None}


@pytest.mark.parametrize(
    "wrong", [{"x": "text"}, {"x": None}, {"x": float("nan")}, {"t": 0.0}, {"m": "c"}, {"m": True}]
)
def test_values_without_a_place_on_an_axis_are_refused(wrong):
    space = ParameterSpace((Range("x", 0.0, 1.0), Range("t", 1.0, 9.0, scale="log"), Choice("m", ("a", 1))))
    with pytest.raises(ValueError, match=r"no number|not finite|no logarithm|none of its values"):
        Translation(space).to_ax({"x": 0.5, "t": 2.0, "m": "a"} | wrong)


def test_ax_is_given_python_numbers():
    translation = Translation(MIXED)
    for setting in MIXED.sample(8, 1):
        assert all(type(value) in (int, float, str) for value in translation.to_ax(setting).values())
    assert not any(isinstance(axis.low, np.floating) for axis in translation.axes)
