import pandas as pd

from optimizers.parameters import Choice, Composition, Fixed, LinearConstraint, ParameterSpace, Range
from optimizers.pool import CandidatePool
from orchestrator.kinds.space_corners import SPREAD, outermost


def test_every_corner_of_ranges_and_choices_is_among_the_outermost():
    space = ParameterSpace((Range("x", -1.0, 2.0), Choice("target", ("metal", "ceramic")), Fixed("gas", "argon")))
    found = [tuple(one.values()) for one in outermost(space)]
    assert {(x, target, "argon") for x in (-1.0, 2.0) for target in ("metal", "ceramic")} <= set(found)
    assert len(found) == 4 + SPREAD


def test_each_component_of_a_composition_is_taken_to_its_most():
    space = ParameterSpace((), (Composition(("a", "b", "c"), highs={"a": 0.6}),))
    found = list(outermost(space))
    assert max(one["a"] for one in found) == 0.6
    assert max(one["b"] for one in found) == 1.0
    assert all(abs(sum(one.values()) - 1.0) < 1e-9 for one in found)


def test_corners_keep_the_constraints():
    space = ParameterSpace(
        (Range("x", 0.0, 1.0), Range("y", 0.0, 1.0)), (), (LinearConstraint({"x": 1.0, "y": 1.0}, 1.0),)
    )
    assert all(one["x"] + one["y"] <= 1.0 + 1e-9 for one in outermost(space))


def test_a_parameter_that_does_not_exist_at_a_corner_is_null_there():
    space = ParameterSpace((Choice("mode", ("dc", "rf")), Range("match", 0.0, 1.0, when={"mode": "rf"})))
    assert {one["match"] for one in outermost(space) if one["mode"] == "dc"} == {None}


def test_all_candidates_of_a_pool_are_outermost():
    pool = CandidatePool(pd.DataFrame({"x": [1.0, 2.0, 3.0]}))
    assert [one["x"] for one in outermost(pool)] == [1.0, 2.0, 3.0]
