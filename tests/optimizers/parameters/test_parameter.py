"""What a single parameter or composition may be."""

import math

import pytest

from optimizers.errors import UnusableConstraint, UnusableParameter, UnusableSpace
from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, ParameterSpace, Range


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: Range("p", 2.0, 1.0), "p: the limits 2 and 1 are reversed. Write 1, 2."),
        (lambda: Range("p", 1.0, 1.0), "p: both limits are 1."),
        (lambda: Range("p", 0.0, math.inf), "p: the limits are 0 and inf. Both must be finite."),
        (lambda: Range("p", 0.0, 1.0, scale="log"), "p: a logarithmic scale cannot begin at 0."),
        (lambda: Range("p", 0.0, 1.0, step=2.0), "p: a step of 2 is larger than the range from 0 to 1."),
        (lambda: Range("p", 0.0, 1.0, step=0.0), "p: the step is 0."),
        (lambda: Integer("n", 5, 2), "n: the limits 5 and 2 are reversed."),
        (lambda: Integer("n", 0.5, 2), "n: limits of whole numbers must be whole"),
        (lambda: Integer("n", 0, 2, scale="log"), "n: a logarithmic scale cannot begin at 0."),
        (lambda: Choice("c", ("a",)), "c: 1 value is no choice."),
        (lambda: Choice("c", ("a", "b", "a")), "c: the value a is given twice."),
        (lambda: Choice("c", ("a", math.nan)), "c: nan is no value."),
        (lambda: Composition(("a",)), "composition of a: one component is always 1."),
        (lambda: Composition(("a", "b"), step=0.3), "composition of a, b: steps of 0.3 never sum to 1."),
        (lambda: Composition(("a", "b"), step=0.7), "composition of a, b: the step is 0.7."),
        (lambda: Composition(("a", "b"), lows={"c": 0.1}), "limits are given for c, which is no component"),
        (lambda: Composition(("a", "b"), lows={"a": 0.6, "b": 0.6}), "the least fractions sum to 1.2"),
        (lambda: Composition(("a", "b"), highs={"a": 0.3, "b": 0.3}), "and the largest to 0.6, so nothing sums to 1"),
        (lambda: Composition(("a", "b"), lows={"a": 0.6}, highs={"a": 0.5}), "the limits 0.6 and 0.5 of a"),
        (lambda: Composition(("a", "b"), 0.5, {"a": 0.1}, {"a": 0.4}), "no multiples of 0.5 within the limits"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(build, complaint):
    with pytest.raises(UnusableParameter) as refused:
        build()
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ((), "the space has no parameters"),
        ((Fixed("a", 1), Range("a", 0, 1)), "a: two parameters have this name."),
        ((Range("a", 0, 1, when={"b": 1}),), "a: it exists when b has some value, but there is no b."),
        ((Range("b", 0, 1), Range("a", 0, 1, when={"b": 1})), "but b is a range"),
        ((Choice("b", ("x", "y")), Range("a", 0, 1, when={"b": "z"})), "a: it exists when b is z, which b never is."),
        ((Integer("b", 0, 3), Range("a", 0, 1, when={"b": 1.5})), "a: it exists when b is 1.5, which b never is."),
        (
            (Integer("a", 0, 1, when={"b": 1}), Integer("b", 0, 1, when={"c": 1}), Integer("c", 0, 1, when={"a": 1})),
            "a: whether it exists depends on itself (a <- b <- c <- a).",
        ),
        ((Integer("x", 0, 1), Integer("a", 0, 1, when={"b": 1}), Integer("b", 0, 1, when={"a": 1})), "(a <- b <- a)"),
    ],
)
def test_parameters_that_do_not_fit_together_are_refused(parameters, complaint):
    with pytest.raises(UnusableSpace) as refused:
        ParameterSpace(parameters)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (lambda: LinearConstraint({"a": 0.0}, 1.0), "constraint 0*a <= 1: it limits no parameter"),
        (lambda: LinearConstraint({"a": math.nan}, 1.0), "every number must be finite"),
        (lambda: _limited(LinearConstraint({"b": 1.0}, 1.0)), "constraint b <= 1: there is no parameter b."),
        (lambda: _limited(LinearConstraint({"c": 2.0}, 1.0)), "constraint 2*c <= 1: c is a choice."),
        (lambda: _limited(LinearConstraint({"f": -1.0}, 1.0)), "constraint -f <= 1: f is glass."),
    ],
)
def test_a_constraint_limits_numbers(build, complaint):
    with pytest.raises(UnusableConstraint) as refused:
        build()
    assert complaint in str(refused.value)


def _limited(constraint):
    parameters = (Range("a", 0, 1), Choice("c", (1, 2)), Fixed("f", "glass"))
    return ParameterSpace(parameters, (), (constraint,))


def test_steps_are_the_decimal_numbers_that_a_person_would_write():
    parameter = Range("p", 0.1, 2.0, step=0.05)
    assert [parameter.level(number) for number in range(5)] == [0.1, 0.15, 0.2, 0.25, 0.3]
    assert parameter.rounded(0.37) == 0.35


def test_a_range_that_the_step_does_not_divide_ends_below_its_limit():
    parameter = Range("p", 0.0, 1.0, step=0.3)
    assert parameter.levels == 4
    assert parameter.rounded(1.0) == 0.9


def test_true_is_not_one():
    choice = Choice("c", (True, 1, "1"))
    assert [choice.position(value) for value in (True, 1, "1", False, 2)] == [0, 1, 2, None, None]
