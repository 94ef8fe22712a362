import pytest
from pydantic import ValidationError

from orchestrator.executors.outcome import Failure, Outcome, Value


def test_an_outcome_survives_being_written_as_json():
    outcome = Outcome(
        values={"energy": Value(value=0.1 + 0.2, standard_error=0.01)}, files=("a.xyz",), details={"n": 3}
    )
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


def test_an_outcome_without_values_and_without_failure_is_refused():
    with pytest.raises(ValidationError, match="not both and not neither"):
        Outcome()


def test_an_outcome_with_values_and_a_failure_is_refused():
    with pytest.raises(ValidationError, match="not both and not neither"):
        Outcome(values={"energy": Value(value=1.0)}, failure=Failure(kind="fault", reason="?"))


@pytest.mark.parametrize(
    "value", [{"value": float("nan")}, {"value": float("inf")}, {"value": 1, "standard_error": -1}]
)
def test_a_value_is_a_finite_number_with_an_error_that_is_not_negative(value):
    with pytest.raises(ValidationError):
        Value(**value)


def test_what_an_attempt_cost_is_kept_with_a_failure_too():
    outcome = Outcome.failed("infeasible", "it melts").model_copy(update={"cost": 0.1 + 0.2})
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome


@pytest.mark.parametrize("cost", [-1.0, float("nan"), float("inf")])
def test_a_cost_is_a_finite_number_that_is_not_negative(cost):
    with pytest.raises(ValidationError):
        Outcome(values={"energy": Value(value=1.0)}, cost=cost)
