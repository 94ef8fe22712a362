"""A declared symmetry is a claim: one trial and its mirror image show whether it holds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from optimizers.history import History, Observation, Trial
from optimizers.kriging.atlas import Atlas
from optimizers.objective import Objective

ALLOWED = 0.1
"""Images may differ by this share of the deviation of the values so far, and by three standard errors."""


@dataclass(frozen=True)
class BrokenSymmetry:
    """Two trials that should have given the same value, and their values."""

    trials: tuple[int, int]
    values: tuple[float, float]

    def warning(self) -> str:
        """The finding in words."""
        return (
            f"The declared symmetry is not used: trials {self.trials[0]} and {self.trials[1]} are images of each other "
            f"but returned {self.values[0]:.6g} and {self.values[1]:.6g}."
        )


class SymmetryCheck:
    """Compares trials with their images under the symmetry of an atlas."""

    def __init__(self, atlas: Atlas, objective: Objective) -> None:
        self._atlas = atlas
        self._name = objective.name
        sizes = np.bincount(atlas.class_of)
        self._images = int(sizes.max())
        self._sizes = sizes

    def broken(self, history: History) -> BrokenSymmetry | None:
        """The first pair of images whose values differ; None while there is none."""
        values: list[float] = []
        for trial, earlier in self._pairs(history):
            values.append(self._value(trial).value)
            if earlier is not None and self._differ(self._value(earlier), self._value(trial), values):
                return BrokenSymmetry(
                    (earlier.number, trial.number), (self._value(earlier).value, self._value(trial).value)
                )
        return None

    def is_needed(self, history: History) -> bool:
        """Whether no pair of images has been tried yet, counting trials that are still out."""
        classes: dict[int, int] = {}
        for trial in history:
            if trial.candidate is None or trial.standing not in ("completed", "pending"):
                continue
            other = classes.setdefault(int(self._atlas.class_of[trial.candidate]), trial.candidate)
            if self._atlas.columns_moved(other, trial.candidate):
                return False
        return True

    def image(self, history: History) -> tuple[int, int] | None:
        """A candidate that is an image of a completed trial in general position, and the number of that trial.

        Of all images the one in which most columns differ: it is moved by most of the operations at once.
        """
        taken = {trial.candidate for trial in history}
        for trial in history.standing("completed"):
            if trial.candidate is None:
                continue
            site = int(self._atlas.class_of[trial.candidate])
            if self._sizes[site] < self._images:
                continue
            images = [member for member in self._atlas.members(site) if member not in taken]
            moved = [self._atlas.columns_moved(trial.candidate, member) for member in images]
            if moved and max(moved) > 0:
                return images[int(np.argmax(moved))], trial.number
        return None

    def _pairs(self, history: History) -> Sequence[tuple[Trial, Trial | None]]:
        """Each completed trial with the first completed one that it is an image of."""
        classes: dict[int, list[Trial]] = defaultdict(list)
        pairs: list[tuple[Trial, Trial | None]] = []
        for trial in history.standing("completed"):
            if trial.candidate is None or self._name not in trial.observations:
                continue
            same = classes[int(self._atlas.class_of[trial.candidate])]
            others = (other for other in same if not self._same_point(other, trial))
            pairs.append((trial, next(others, None)))
            same.append(trial)
        return pairs

    def _same_point(self, one: Trial, other: Trial) -> bool:
        return self._atlas.columns_moved(int(one.candidate or 0), int(other.candidate or 0)) == 0

    def _value(self, trial: Trial) -> Observation:
        return trial.observations[self._name]

    @staticmethod
    def _differ(one: Observation, other: Observation, values: Sequence[float]) -> bool:
        error = sqrt((one.standard_error or 0.0) ** 2 + (other.standard_error or 0.0) ** 2)
        return abs(one.value - other.value) > ALLOWED * float(np.std(values, ddof=1)) + 3.0 * error
