"""Fractions that sum to one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers.parameters import Composition
from optimizers.parameters.fractions import fractions_from_cube, settable_fractions

NAMES = ("a", "b", "c", "d")
points = st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4)
compositions = st.sampled_from(
    [
        Composition(NAMES),
        Composition(NAMES, step=0.05),
        Composition(NAMES, step=1 / 3),
        Composition(NAMES, lows={"a": 0.2, "b": 0.1}, highs={"a": 0.5, "c": 0.05}),
        Composition(NAMES, 0.01, {"a": 0.2, "b": 0.1}, {"a": 0.5, "c": 0.05}),
        Composition(NAMES, 0.1, {"a": 0.1}, {"a": 0.1}),
    ]
)


@settings(max_examples=200, deadline=None)
@given(compositions, points)
def test_settable_fractions_sum_to_one_within_their_limits_and_stay_when_rounded_again(composition, point):
    (found,) = settable_fractions(composition, np.array([point]))
    assert abs(found.sum() - 1.0) <= 1e-12
    for name, fraction in zip(NAMES, found, strict=True):
        assert composition.low(name) - 1e-12 <= fraction <= composition.high(name) + 1e-12
    np.testing.assert_allclose(settable_fractions(composition, found[None, :])[0], found, atol=1e-12)
    if composition.units is not None:
        np.testing.assert_allclose(found * composition.units, np.rint(found * composition.units), atol=1e-9)


def test_steps_go_to_the_largest_remainders():
    composition = Composition(("a", "b", "c"), step=0.1)
    (found,) = settable_fractions(composition, np.array([[0.26, 0.37, 0.37]]))
    np.testing.assert_allclose(found, [0.2, 0.4, 0.4])


def test_limits_move_the_other_fractions_alike():
    composition = Composition(("a", "b", "c"), highs={"a": 0.5})
    (found,) = settable_fractions(composition, np.array([[0.8, 0.15, 0.05]]))
    np.testing.assert_allclose(found, [0.5, 0.3, 0.2], atol=1e-9)


def test_nothing_at_all_becomes_equal_shares():
    np.testing.assert_allclose(settable_fractions(Composition(("a", "b")), np.zeros((1, 2))), [[0.5, 0.5]])


def test_draws_are_uniform_over_the_triangle():
    """Each fraction has mean 1/3 and variance 1/18 (the Dirichlet distribution with three ones)."""
    drawn = fractions_from_cube(Composition(("a", "b", "c")), np.random.default_rng(1).random((20_000, 2)))
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(drawn.mean(axis=0), 1.0 / 3.0, atol=0.01)
    np.testing.assert_allclose(drawn.var(axis=0), 1.0 / 18.0, atol=0.002)
