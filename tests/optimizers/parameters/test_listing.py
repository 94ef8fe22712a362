"""Spaces in which everything can be counted."""

import pytest

from optimizers.errors import UnusableSpace
from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, ParameterSpace, Range


@pytest.mark.parametrize(
    ("space", "size"),
    [
        (ParameterSpace((Integer("n", 1, 4), Choice("g", ("a", "b")), Fixed("s", 1))), 8),
        (ParameterSpace((Range("p", 0, 1, step=0.25),)), 5),
        (ParameterSpace((), (Composition(("a", "b", "c"), step=0.25),)), 15),
        (ParameterSpace((), (Composition(("a", "b", "c"), 0.25, {"a": 0.5}),)), 6),
        (ParameterSpace((Integer("n", 1, 4), Integer("m", 1, 4)), (), (LinearConstraint({"n": 1, "m": 1}, 4),)), 6),
        (ParameterSpace((Choice("g", ("a", "b")), Integer("n", 1, 3, when={"g": "b"}))), 4),
        (ParameterSpace((Range("p", 0, 1),)), None),
        (ParameterSpace((), (Composition(("a", "b")),)), None),
        (ParameterSpace((Integer("n", 1, 10**6), Integer("m", 1, 10**6))), 10**12),
    ],
)
def test_settings_are_counted_and_listed_once_each(space, size):
    assert space.size == size
    if size is not None and size <= 100:
        listed = space.listing()
        assert len({space.key(setting) for setting in listed}) == size
        assert all(space.refusal(setting) is None for setting in listed)
        assert {space.key(one) for one in space.sample(size + 10, seed=1)} == {space.key(one) for one in listed}


def test_a_continuum_is_not_listed():
    with pytest.raises(UnusableSpace, match="more than 100,000 settings, or a continuum"):
        ParameterSpace((Range("p", 0, 1),)).listing()


def test_the_description_counts():
    space = ParameterSpace((Integer("n", 1, 4), Fixed("s", 1)), (Composition(("a", "b"), step=0.5),))
    assert space.describe() == "1 parameter and a composition of 2 (12 settings)"
