"""The quantities a campaign improves, and those it keeps within limits."""

import math
from dataclasses import dataclass
from typing import Literal

Goal = Literal["minimize", "maximize"]


@dataclass(frozen=True)
class Objective:
    """One objective: its name in the outcomes, its unit, and which way is better.

    Where there are several, `threshold` (in the unit) is the least that is of interest: only trials at least this
    good in every objective count for the Pareto front, and it is the reference point of the hypervolume.
    """

    name: str
    unit: str = ""
    goal: Goal = "minimize"
    threshold: float | None = None

    @property
    def sign(self) -> float:
        """+1 when smaller values are better, -1 when larger ones are: `sign * value` is always minimised."""
        return 1.0 if self.goal == "minimize" else -1.0


@dataclass(frozen=True)
class OutcomeConstraint:
    """A measured quantity that must stay within limits (in its unit); a limit that is None does not exist."""

    name: str
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    def admits(self, value: float) -> bool:
        """Whether a value keeps the constraint."""
        low = -math.inf if self.at_least is None else self.at_least
        return low <= value <= (math.inf if self.at_most is None else self.at_most)
