"""The protocol of an analysis step: from the raw data of a trial to values with uncertainties."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from orchestrator.executors.outcome import Outcome

GROUP = "junkan.analysis"


@runtime_checkable
class AnalysisStep(Protocol):
    """Reads raw data, which it never changes, so that it can be done again at any time without measuring again.

    `orchestrator.analysis.conformance` holds the tests that every implementation inherits.
    """

    def analyse(self, folder: Path, outcome: Outcome) -> Outcome:
        """`outcome` with what this step found in `folder` added: values, details, or a failure in their place.

        The same folder and outcome always give the same answer. Raises AnalysisError if the raw data do not serve.
        """
        ...


class AnalysisSettings(Protocol):
    """What a `junkan.analysis` plug-in registers: a frozen pydantic model with a literal `kind`, and these."""

    kind: Any

    def build(self) -> AnalysisStep:
        """The step. Heavy imports happen here or later, never at module level."""
        ...

    def quantities(self) -> tuple[str, ...]:
        """The names of the values that the step adds, any of which may be an objective."""
        ...


def analysed(folder: Path, steps: Iterable[AnalysisStep], outcome: Outcome) -> Outcome:
    """What all `steps` together make of the raw data in `folder`. A failure ends the chain. Raises AnalysisError."""
    for step in steps:
        if outcome.failure is not None:
            break
        outcome = step.analyse(folder, outcome)
    return outcome
