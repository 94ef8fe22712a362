"""What an optimizer suggests, with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizers.history import Parameters


@dataclass(frozen=True)
class Prediction:
    """What the model expected of an objective before the trial: mean and standard deviation, in its unit."""

    mean: float
    standard_deviation: float


@dataclass(frozen=True)
class Proposal:
    """Parameters to try next. `candidate` is the row in the pool where the space is a finite list.

    `reasons` is a JSON object that answers "why this point?": which rule chose it (`proposed_by`), the
    length scales in use, the nearest measured trial, and whatever else the optimizer can say.
    """

    parameters: Parameters
    candidate: int | None = None
    predicted: Mapping[str, Prediction] = field(default_factory=dict)
    score: float | None = None
    reasons: Mapping[str, Any] = field(default_factory=dict)
