"""A pool as the model sees it: classes of equivalent candidates, and a number for every point that is tried."""

from collections.abc import Container, Iterable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizers.errors import UnknownCandidate
from optimizers.history import Parameter, Parameters, Trial
from optimizers.kriging.features import Cloud, FeatureMap
from optimizers.kriging.kernels import Array
from optimizers.pool import CandidatePool

SAME = 1e-9


class Atlas:
    """Sites are numbered: first the classes of the pool, then points outside it as they turn up in histories.

    Raises UnusablePool or UnusableSymmetry if the pool cannot be used.
    """

    def __init__(self, pool: CandidatePool, *, use_symmetry: bool) -> None:
        self.pool = pool
        self.features = FeatureMap.of(pool, use_symmetry=use_symmetry)
        everything = self.features.cloud(self.features.points(pool.table))
        self.class_of = self.features.classes(everything)
        _, self.first = np.unique(self.class_of, return_index=True)
        self.classes = everything.at(self.first)
        self._columns = {str(name): column.array for name, column in pool.table.items()}
        self._outside: dict[object, int] = {}
        self._outside_clouds: list[Cloud] = []
        self._outside_rows: list[Parameters] = []
        self._members: npt.NDArray[np.intp] | None = None
        self._starts: npt.NDArray[np.intp] | None = None

    def __len__(self) -> int:
        """The number of classes."""
        return len(self.first)

    @cached_property
    def deviations(self) -> Array:
        """Root mean square of half the squared distance of two classes along each feature, shape (lengths,).

        For a number that is its standard deviation; two labels are at distance 1.
        """
        coordinates = self.classes.images[0].var(axis=1)
        axes = np.bincount(self.features.tied, coordinates, minlength=len(self.features.axes))
        shares = [np.bincount(codes) / len(codes) for codes in self.classes.codes]
        labels = [(1.0 - float(np.square(share).sum())) / 2.0 for share in shares]
        return np.maximum(np.sqrt([*axes.tolist(), *labels]), SAME)

    def parameters(self, candidate: int) -> dict[str, Parameter]:
        """What `pool.parameters` says, without walking through a table."""
        row = ((name, column[candidate]) for name, column in self._columns.items())
        return {name: value.item() if hasattr(value, "item") else value for name, value in row}

    def site(self, trial: Trial) -> int:
        """The site of a trial. Raises UnknownCandidate if the pool does not hold its candidate."""
        if trial.candidate is None:
            return self._site_outside(trial)
        if not 0 <= trial.candidate < len(self.class_of):
            raise UnknownCandidate(
                f"Trial {trial.number} is candidate {trial.candidate}, but the pool holds {len(self.pool)} candidates. "
                "Was the space of the campaign changed? Give the changed campaign a new name."
            )
        return int(self.class_of[trial.candidate])

    def cloud(self, sites: Sequence[int]) -> Cloud:
        """The points at `sites`."""
        if all(site < len(self) for site in sites):
            return self.classes.at(sites)
        parts = (
            self.classes.at([site]) if site < len(self) else self._outside_clouds[site - len(self)] for site in sites
        )
        return Cloud.joined(tuple(parts))

    def next_member(self, site: int, taken: Container[int]) -> int | None:
        """The first candidate of a class that is not in `taken`."""
        return next((member for member in self.members(site) if member not in taken), None)

    def columns_moved(self, one: int, other: int) -> int:
        """In how many numeric features two candidates differ, multiples of a period aside."""
        count = 0
        for axis in self.features.axes:
            column, period = self._columns[axis.name], self.pool.periods.get(axis.name)
            apart = abs(float(column[one]) - float(column[other])) / axis.unit_length
            turn = 0.0 if period is None else period / axis.unit_length
            count += (min(apart % turn, turn - apart % turn) if turn else apart) > SAME
        return count

    def table_outside(self, sites: Sequence[int]) -> pd.DataFrame:
        """The parameters of sites outside the pool, one row each."""
        return pd.DataFrame([dict(self._outside_rows[site - len(self)]) for site in sites])

    def members(self, site: int) -> Iterable[int]:
        """The candidates of a class, in ascending order."""
        if len(self) == len(self.class_of):
            return (int(self.first[site]),)
        if self._members is None or self._starts is None:
            self._members = np.argsort(self.class_of, kind="stable")
            self._starts = np.searchsorted(self.class_of[self._members], np.arange(len(self) + 1))
        return (int(member) for member in self._members[self._starts[site] : self._starts[site + 1]])

    def _site_outside(self, trial: Trial) -> int:
        key = tuple(sorted(trial.parameters.items()))
        if key not in self._outside:
            self._outside_rows.append(trial.parameters)
            self._outside_clouds.append(self.features.cloud(self.features.point(trial.parameters)))
            self._outside[key] = len(self) + len(self._outside)
        return self._outside[key]
