import pytest

from optimizers import Objective, OutcomeConstraint


def test_the_sign_turns_every_objective_into_one_to_minimize():
    assert Objective("a").sign == 1.0
    assert Objective("a", goal="maximize").sign == -1.0


@pytest.mark.parametrize(
    ("limits", "kept", "broken"),
    [
        ({"at_most": 2.0}, (2.0, -1e9), (2.0000001,)),
        ({"at_least": 1.0}, (1.0, 1e9), (0.999,)),
        ({"at_least": 1.0, "at_most": 2.0}, (1.0, 1.5, 2.0), (0.5, 2.5, float("nan"))),
    ],
)
def test_a_constraint_admits_its_limits_and_what_lies_between(limits, kept, broken):
    constraint = OutcomeConstraint("stress", **limits)
    assert all(constraint.admits(value) for value in kept)
    assert not any(constraint.admits(value) for value in broken)
