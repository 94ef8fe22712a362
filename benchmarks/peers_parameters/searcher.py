"""The protocol every optimizer of a parameter space is put behind, and what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from simulators.test_functions.domain import Settings, TestFunction


@dataclass(frozen=True, eq=False)
class Contest:
    """A problem as everybody gets it: how many trials, and the known standard error of a measured value."""

    problem: TestFunction
    trials: int
    standard_error: float = 0.0

    @property
    def name(self) -> str:
        """The name of the problem."""
        return self.problem.name

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names of what a trial measures: objectives, then limited quantities."""
        return (*self.problem.objectives, *(limit.name for limit in self.problem.limits))


class ParameterSearcher(Protocol):
    """Chooses settings, one trial at a time, for small objectives within the limits."""

    def ask(self) -> Settings:
        """What to try next."""
        ...

    def tell(self, measured: Mapping[str, float]) -> None:
        """Take in what the settings asked for last gave."""
        ...
