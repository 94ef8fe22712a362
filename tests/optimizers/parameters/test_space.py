"""What a space of parameters promises to the optimizers that search it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers.errors import UnusableSpace
from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, ParameterSpace, Range

MIXED = ParameterSpace(
    (
        Range("power", 20, 200, "W", step=5),
        Integer("layers", 1, 8),
        Choice("target", ("TiO2", "Ti2O3", "Ti")),
        Range("pressure", 1e-4, 1e-1, "Pa", scale="log"),
        Fixed("substrate", "Al2O3"),
        Range("oxygen", 0.0, 10.0, when={"target": ("Ti", "Ti2O3")}),
        Choice("mode", ("slow", "medium", "fast"), ordered=True),
        Integer("shots", 1, 1000, scale="log"),
    ),
    (Composition(("Fe", "Co", "Ni"), step=0.05), Composition(("A", "B"), highs={"A": 0.6})),
    (LinearConstraint({"power": 1.0, "layers": 2.0}, 150.0), LinearConstraint({"Fe": 1.0, "Co": 2.0}, 0.8)),
)
vectors = st.lists(st.floats(0.0, 1.0), min_size=MIXED.dimension, max_size=MIXED.dimension)


@settings(max_examples=60, deadline=None)
@given(vectors)
def test_every_vector_decodes_to_a_setting_that_nothing_speaks_against(vector):
    setting = MIXED.decode(vector)
    assert MIXED.refusal(setting) is None
    assert tuple(setting) == MIXED.names


@settings(max_examples=60, deadline=None)
@given(vectors)
def test_decoding_an_encoded_setting_gives_it_back(vector):
    setting = MIXED.decode(vector)
    assert MIXED.key(MIXED.decode(MIXED.encode(setting))) == MIXED.key(setting)
    assert MIXED.settable(setting) == setting


def test_settings_are_encoded_between_zero_and_one():
    encoded = np.array([MIXED.encode(setting) for setting in MIXED.sample(64, seed=1)])
    assert encoded.min() >= 0.0
    assert encoded.max() <= 1.0


def test_samples_keep_the_constraints_and_do_not_repeat():
    drawn = MIXED.sample(100, seed=3)
    assert all(MIXED.refusal(setting) is None for setting in drawn)
    assert len({MIXED.key(setting) for setting in drawn}) == 100


def test_the_same_seed_draws_the_same_settings_and_a_smaller_count_the_first_of_them():
    assert MIXED.sample(20, seed=3) == MIXED.sample(50, seed=3)[:20]
    assert MIXED.sample(20, seed=3) != MIXED.sample(20, seed=4)


def test_a_parameter_exists_only_where_another_one_has_certain_values():
    setting = MIXED.sample(1, seed=1)[0]
    assert MIXED.settable({**setting, "target": "TiO2", "oxygen": 3.0})["oxygen"] is None
    assert MIXED.settable({**setting, "target": "Ti", "oxygen": 3.0})["oxygen"] == 3.0
    with pytest.raises(UnusableSpace, match="oxygen: a finite number is due, but it is missing"):
        MIXED.settable({**setting, "target": "Ti", "oxygen": None})


def test_columns_say_what_each_coordinate_is():
    space = ParameterSpace((Range("t", 0, 1), Choice("c", ("a", "b"))), (Composition(("x", "y")),))
    assert [(column.name, column.kind, column.label) for column in space.columns] == [
        ("t", "range", None),
        ("c", "label", "a"),
        ("c", "label", "b"),
        ("x", "fraction", None),
        ("y", "fraction", None),
    ]
