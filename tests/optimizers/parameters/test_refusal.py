"""Why parameters are no setting of a space, in words."""

import math

import pytest

from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, ParameterSpace, Range

SPACE = ParameterSpace(
    (
        Range("power", 20, 200, "W", step=5),
        Integer("n", 1, 8),
        Choice("gas", ("Ar", "O2")),
        Fixed("target", "Ti"),
        Range("flow", 0, 1, when={"gas": "O2"}),
    ),
    (Composition(("Fe", "Co"), step=0.1, highs={"Co": 0.5}),),
    (LinearConstraint({"power": 1.0, "n": 10.0}, 150.0),),
)
GOOD = {"power": 50.0, "n": 3, "gas": "O2", "target": "Ti", "flow": 0.5, "Fe": 0.7, "Co": 0.3}


def test_nothing_speaks_against_a_setting():
    assert SPACE.refusal(GOOD) is None
    assert SPACE.refusal({**GOOD, "gas": "Ar", "flow": None}) is None


def test_a_parameter_that_does_not_exist_may_be_left_out():
    assert SPACE.refusal({name: value for name, value in GOOD.items() if name != "flow"} | {"gas": "Ar"}) is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"power": 210.0}, "power is 210 W, outside 20 to 200 W."),
        ({"power": 52.0}, "power is 52, which is not on a step of 5. Nearest: 50."),
        ({"power": "high"}, "power is 'high', but a number is due."),
        ({"power": None}, "power is missing."),
        ({"power": math.nan}, "power is nan W, outside 20 to 200 W."),
        ({"n": 2.5}, "n is 2.5, which is not whole."),
        ({"n": True}, "n is True, but a number is due."),
        ({"gas": "N2"}, "gas is N2. Known: Ar, O2."),
        ({"target": "Fe"}, "target is Fe, but it is fixed at Ti."),
        ({"gas": "Ar"}, "flow does not exist at these values, but it is 0.5."),
        ({"Fe": 0.4}, "Fe, Co sum to 0.7, not to 1."),
        ({"Fe": 0.75, "Co": 0.25}, "Fe is 0.75, which is no multiple of 0.1."),
        ({"Fe": 0.4, "Co": 0.6}, "Co is 0.6, outside 0 to 0.5."),
        ({"Fe": "some"}, "Fe is 'some', but a number is due."),
        ({"n": 8, "power": 100.0}, "the constraint power + 10*n <= 150 is not kept."),
        ({"colour": "red"}, "colour is no parameter of this space. Known: power, n, gas, target, flow, Fe, Co."),
    ],
)
def test_every_reason_is_said_in_a_sentence(change, complaint):
    assert SPACE.refusal({**GOOD, **change}) == complaint
