"""What came back from an experiment."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeFloat, model_validator

FailureKind = Literal["infeasible", "unconverged", "fault", "timeout", "cancelled"]


class Value(BaseModel):
    """One measured objective: `value ± standard_error`, in the objective's unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: FiniteFloat
    standard_error: NonNegativeFloat | None = None


class Failure(BaseModel):
    """Why a trial has no value. Only `infeasible` says something about the parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FailureKind
    reason: str


class Outcome(BaseModel):
    """Either values for the objectives, or a failure; never both, never neither.

    `files` are paths relative to the trial's folder; `details` is a JSON object of diagnostics; `cost` is what the
    attempt really cost, in the unit of the campaign's `cost` section, where the executor knows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, Value] = {}
    failure: Failure | None = None
    files: tuple[str, ...] = ()
    details: dict[str, Any] = {}
    cost: Annotated[FiniteFloat, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _values_or_failure(self) -> "Outcome":
        if bool(self.values) == (self.failure is not None):
            raise ValueError("an outcome holds values or a failure, not both and not neither")
        return self

    @classmethod
    def failed(cls, kind: FailureKind, reason: str, **details: Any) -> "Outcome":
        """A failure with its reason."""
        return cls(failure=Failure(kind=kind, reason=reason), details=details)
