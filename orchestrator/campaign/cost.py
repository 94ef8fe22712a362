"""What an attempt at a trial costs: known beforehand, or reported by the executor and predicted from its reports."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeFloat, model_validator

from optimizers.history import Parameters

Money = Annotated[FiniteFloat, Field(gt=0)]
Reported = tuple[Parameters, float]
"""The parameters of a completed attempt, and what its executor said that it cost."""


class CostSpec(BaseModel):
    """What one attempt at a trial costs."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "oneOf": [{"required": ["each"]}, {"required": ["by", "values"]}, {"required": ["reported", "guess"]}]
        },
    )

    each: Money | None = None
    """What every attempt costs."""
    by: str | None = None
    """The parameter that the cost depends on."""
    values: dict[str, Money] | None = None
    """What an attempt costs, by the value of that parameter."""
    reported: bool = False
    """Whether the executor says what an attempt has cost. The next one is expected to cost the mean of those so far,
    where `by` is given of those with the same value of that parameter."""
    guess: NonNegativeFloat | None = None
    """What is expected until the executor has reported."""
    unit: str = ""
    """The unit of all this, such as EUR, core hours or samples."""

    @model_validator(mode="after")
    def _one_way(self) -> "CostSpec":
        ways = [self.each is not None, self.values is not None, self.reported]
        if sum(ways) != 1:
            raise ValueError("give exactly one of `each`, `by` with `values`, or `reported: true` with `guess`.")
        if self.values is not None and (self.by is None or not self.values):
            raise ValueError("`values` needs `by`, the parameter that the cost depends on, and at least one value.")
        if self.by is not None and self.each is not None:
            raise ValueError("`each` is the same for every attempt. Remove `by`, or give `values`.")
        if self.reported != (self.guess is not None):
            raise ValueError("`reported: true` and `guess`, what is expected at first, belong together.")
        return self

    def expected(self, parameters: Parameters, reported: Iterable[Reported]) -> float:
        """What the next attempt at these parameters will cost, as far as is known.

        A value that `values` does not name costs as much as the dearest. `reported` matters where costs are reported.
        """
        if self.each is not None:
            return self.each
        if self.values is not None:
            return self.values.get(_written(parameters.get(self.by or "")), max(self.values.values()))
        assert self.guess is not None
        alike = [cost for other, cost in reported if self._alike(parameters, other)]
        return sum(alike) / len(alike) if alike else self.guess

    def cheapest(self, reported: Iterable[Reported]) -> float:
        """What the cheapest attempt costs, as far as is known."""
        if self.each is not None:
            return self.each
        if self.values is not None:
            return min(self.values.values())
        reported = list(reported)
        return min([self.expected(parameters, reported) for parameters, _ in reported], default=self.guess or 0.0)

    def _alike(self, one: Parameters, other: Parameters) -> bool:
        return self.by is None or _written(one.get(self.by)) == _written(other.get(self.by))


def _written(value: Any) -> str:
    """A value of a parameter as the campaign file writes it: 2 for 2.0, true for True."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, int | float) else str(value)
