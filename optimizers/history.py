"""What an optimizer may know: the trials of a campaign, in ledger order.

A history is plain data. It is complete: an optimizer that is given the same history, space, settings and
seed proposes the same trials, whether it is a fresh object or one that has seen every shorter history.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Parameter: TypeAlias = float | int | str | bool | None
Parameters: TypeAlias = Mapping[str, Parameter]

Standing = Literal["completed", "infeasible", "unconverged", "void", "pending"]


@dataclass(frozen=True)
class Observation:
    """A measured value of an objective, with its standard error where one is known (same unit)."""

    value: float
    standard_error: float | None = None


@dataclass(frozen=True)
class Trial:
    """One experiment that was asked for, as an optimizer sees it.

    `standing` says what it teaches:

    - `completed`: `observations` holds a value for every objective.
    - `infeasible`: these parameters cannot be realised, or a person refused them; the model should learn to avoid
      them.
    - `unconverged`: no value, and no statement about the physics; never to be proposed again.
    - `void`: failed for reasons that say nothing about the parameters, or abandoned; never to be proposed again by
      itself.
    - `pending`: proposed, and its outcome is still to come.
    """

    number: int
    parameters: Parameters
    standing: Standing
    candidate: int | None = None
    observations: Mapping[str, Observation] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """The trials of one campaign: the ended ones in the order in which they ended, then the pending ones by number."""

    trials: tuple[Trial, ...] = ()

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)

    def __len__(self) -> int:
        return len(self.trials)

    def standing(self, *standings: Standing) -> tuple[Trial, ...]:
        """The trials of the given standings, in history order."""
        return tuple(trial for trial in self.trials if trial.standing in standings)
