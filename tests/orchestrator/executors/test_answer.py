import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.executors.answer import outcome_of
from orchestrator.executors.errors import UnusableAnswer
from orchestrator.executors.outcome import Outcome, Value

ONE = ("energy",)
TWO = ("energy", "volume")


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.none() | st.floats(0.0, 1e300))
def test_a_number_and_a_pair_are_kept_exactly(value, error):
    outcome = outcome_of((value, error), ONE)
    assert outcome == outcome_of({"energy": (value, error)}, ONE)
    stored = Outcome.model_validate_json(outcome.model_dump_json())
    assert stored.values == {"energy": Value(value=value, standard_error=error)}


@pytest.mark.parametrize("answer", [3, 3.0, np.float32(3), np.int64(3), Fraction(6, 2), (3, None), {"energy": 3}])
def test_every_kind_of_number_is_a_value(answer):
    outcome = outcome_of(answer, ONE)
    assert outcome.values == {"energy": Value(value=3.0)}
    assert type(outcome.values["energy"].value) is float


def test_a_mapping_gives_each_objective_its_value():
    outcome = outcome_of({"volume": (11.8, 0.1), "energy": -3.5}, TWO)
    assert outcome.values == {"energy": Value(value=-3.5), "volume": Value(value=11.8, standard_error=0.1)}


@pytest.mark.parametrize("objectives", [ONE, ()])
def test_an_outcome_is_taken_as_it_is(objectives):
    outcome = Outcome(values={"energy": Value(value=1.0)}, files=("a.xyz",), details={"steps": 3})
    assert outcome_of(outcome, objectives) is outcome


def test_a_failure_needs_no_values():
    failure = Outcome.failed("unconverged", "60 iterations")
    assert outcome_of(failure, TWO) is failure


@pytest.mark.parametrize(
    ("answer", "objectives", "message"),
    [
        (float("nan"), ONE, "returned nan for 'energy', which is not a value.*'unconverged'"),
        (float("-inf"), ONE, "returned -inf for 'energy'"),
        (np.float64("nan"), ONE, "returned nan for 'energy'"),
        (None, ONE, r"returned nothing \(None\) for 'energy'. Return a number"),
        ("-3.2 eV", ONE, r"returned '-3.2 eV' \(str\) for 'energy'"),
        (True, ONE, r"returned True \(bool\) for 'energy'"),
        (1 + 2j, ONE, r"\(complex\) for 'energy'"),
        (np.zeros(3), ONE, r"\(ndarray\) for 'energy'"),
        ([1.0, 0.1], ONE, r"\[1.0, 0.1\] \(list\) for 'energy'.*a pair"),
        ((1.0, -0.1), ONE, "-0.1 .*as the standard error of 'energy'"),
        ((1.0, float("nan")), ONE, "nan .*as the standard error of 'energy'"),
        ((1.0, "?"), ONE, "'.' .*as the standard error of 'energy'"),
        ({}, ONE, "an empty mapping"),
        ({"enrgy": 1.0}, ONE, "no value for 'energy', only for: enrgy"),
        ({"energy": 1.0}, TWO, "no value for 'volume', only for: energy"),
        (
            {"energy": 1.0, "Volume": 1.0, "volume": 1.0},
            TWO,
            "'Volume', which is not an objective.*Did you mean 'volume'",
        ),
        (1.0, TWO, "does not say which objective it is .objectives: energy, volume"),
        (1.0, (), "objectives: none stated"),
        (Outcome(values={"e": Value(value=1.0)}), ONE, "no value for 'energy', only for: e"),
        (Outcome(values={"energy": Value(value=1.0)}, details={"a": object()}), ONE, "cannot be written as JSON"),
        ("x" * 1000, ONE, r"returned 'x{56}\.\.\. \(str\)"),
    ],
)
def test_anything_else_is_refused_with_what_to_return_instead(answer, objectives, message):
    with pytest.raises(UnusableAnswer, match=message):
        outcome_of(answer, objectives)


def test_details_with_numbers_that_are_not_finite_can_be_written():
    outcome = outcome_of(Outcome(values={"energy": Value(value=1.0)}, details={"gap": float("nan")}), ONE)
    json.loads(outcome.model_dump_json())
