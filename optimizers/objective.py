"""The quantity a campaign improves."""

from dataclasses import dataclass
from typing import Literal

Goal = Literal["minimize", "maximize"]


@dataclass(frozen=True)
class Objective:
    """One objective: its name in the outcomes, its unit, and which way is better."""

    name: str
    unit: str = ""
    goal: Goal = "minimize"

    @property
    def sign(self) -> float:
        """+1 when smaller values are better, -1 when larger ones are: `sign * value` is always minimised."""
        return 1.0 if self.goal == "minimize" else -1.0
