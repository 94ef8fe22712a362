"""What a history says about a pool: values to condition on, candidates that are taken, trials still out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import NamedTuple

from optimizers.errors import MissingObservation
from optimizers.history import History, Trial
from optimizers.kriging.atlas import Atlas
from optimizers.objective import Objective


class Datum(NamedTuple):
    """A value to be minimised at a site, and its standard error; None for an infeasible point."""

    site: int
    value: float | None
    standard_error: float | None = None


@dataclass
class Evidence:
    """A history, read.

    `data` are the completed and infeasible trials in history order, `numbers` their trial numbers; `taken` are
    candidates, `settled` classes that need no trial of another member, `voided` classes in which a trial came
    to nothing for other reasons.
    """

    data: list[Datum] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)
    voided: set[int] = field(default_factory=set)
    measured: int = 0
    length: int = 0

    @property
    def measured_data(self) -> list[Datum]:
        """The data of completed trials."""
        return [datum for datum in self.data if datum.value is not None]

    def copy(self) -> "Evidence":
        """An independent copy."""
        lists = (list(self.data), list(self.numbers), list(self.pending))
        sets = (set(self.taken), set(self.settled), set(self.voided))
        return Evidence(*lists, *sets, self.measured, self.length)


class Reader:
    """Reads histories; trials that were read before, in the same order, are not read again."""

    def __init__(self, atlas: Atlas, objective: Objective) -> None:
        self._atlas, self._objective = atlas, objective
        self._trials: tuple[Trial, ...] = ()
        self._evidence = Evidence()

    def read(self, history: History) -> Evidence:
        """The evidence in `history`. Raises UnknownCandidate and MissingObservation."""
        ended = [trial for trial in history if trial.standing != "pending"]
        known = len(self._trials)
        if self._trials == tuple(ended[:known]):
            read = self._evidence.copy()
        else:
            read, known = Evidence(), 0
        for trial in ended[known:]:
            self.add(read, trial)
        self._trials, self._evidence = tuple(ended), read
        evidence = read.copy()
        for trial in history.standing("pending"):
            self.add(evidence, trial)
        return evidence

    def add(self, evidence: Evidence, trial: Trial) -> None:
        """Read one more trial."""
        site = self._atlas.site(trial)
        evidence.length += 1
        if trial.candidate is not None:
            evidence.taken.add(trial.candidate)
            (evidence.voided if trial.standing == "void" else evidence.settled).add(site)
        if trial.standing == "completed":
            value, error = self._observed(trial)
            evidence.data.append(Datum(site, value, error))
            evidence.numbers.append(trial.number)
            evidence.measured += 1
        elif trial.standing == "infeasible":
            evidence.data.append(Datum(site, None))
            evidence.numbers.append(trial.number)
        elif trial.standing == "pending":
            evidence.pending.append(site)

    def _observed(self, trial: Trial) -> tuple[float, float | None]:
        observation = trial.observations.get(self._objective.name)
        if observation is None or not isfinite(observation.value):
            raise MissingObservation(
                f"Trial {trial.number} is completed but holds no finite value of {self._objective.name!r}. "
                f"It holds: {', '.join(trial.observations) or 'nothing'}."
            )
        return self._objective.sign * observation.value, observation.standard_error


def closed_sites(atlas: Atlas, evidence: Evidence) -> Sequence[int]:
    """The classes that offer no candidate.

    A class with a trial of its own offers nothing while another is untouched; after that, its other members.
    """
    used_up = [site for site in evidence.voided - evidence.settled if atlas.next_member(site, evidence.taken) is None]
    closed = [*evidence.settled, *used_up]
    if len(closed) < len(atlas):
        return closed
    return [site for site in range(len(atlas)) if atlas.next_member(site, evidence.taken) is None]
