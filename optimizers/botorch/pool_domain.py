"""A candidate pool as the model sees it."""

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizers.botorch.domain import TARGET, Chosen, Levels
from optimizers.botorch.evidence import Evidence
from optimizers.botorch.landscape import Landscape
from optimizers.botorch.layout import Array, on_task
from optimizers.botorch.pool_features import PoolFeatures
from optimizers.botorch.settings import BotorchSettings
from optimizers.errors import OptimizerError, UnknownCandidate, UnusablePool, UnusableSettings
from optimizers.history import Trial
from optimizers.pool import CandidatePool
from optimizers.protocol import Source

INITIAL = 5
TIE = 1e-9


class PoolDomain:
    """Rows of a table. Rows that differ in nothing the model sees, fidelity apart, are one place.

    Raises UnusablePool, UnusableSymmetry or UnusableSettings if pool and settings do not fit.
    """

    def __init__(self, pool: CandidatePool, settings: BotorchSettings, seed: int) -> None:
        self._pool, self._seed = pool, seed
        self.levels = Levels.of(settings, pool.names)
        self.initial = settings.initial or INITIAL
        self._features = PoolFeatures(pool, settings, self.levels.parameter)
        self.layout = self._features.layout
        self._level = self._levels_of_rows()
        self.points = self._features.points(pool.table)
        self.points[:, -1] = self._level
        canonical = self._features.canonical(self.points)
        _, place = np.unique(canonical, axis=0, return_inverse=True)
        self._place = place.reshape(-1)
        self._place_of = {row.tobytes(): int(place) for row, place in zip(canonical, self._place, strict=True)}
        self._rows = {
            (int(place), int(level)): row
            for row, (place, level) in reversed(list(enumerate(zip(self._place, self._level, strict=True))))
        }
        self._targets = np.flatnonzero(self._level == TARGET)

    def point(self, trial: Trial) -> Array:
        """The point of a trial."""
        if trial.candidate is None:
            level = self.levels.of_parameters(trial.parameters)
            if level is None:
                raise UnusablePool(f"Trial {trial.number} was measured at a fidelity that `optimizer.fidelity` lacks.")
            outside: Array = on_task(self._features.points(pd.DataFrame([dict(trial.parameters)])), level)[0]
            return outside
        if not 0 <= trial.candidate < len(self._pool):
            raise UnknownCandidate(
                f"Trial {trial.number} is candidate {trial.candidate}, but the pool holds {len(self._pool)} "
                "candidates. Was the space of the campaign changed? Give the changed campaign a new name."
            )
        point: Array = self.points[trial.candidate]
        return point

    def key(self, trial: Trial) -> Hashable:
        """The candidate, or the parameters of a trial outside the pool."""
        return tuple(sorted(trial.parameters.items())) if trial.candidate is None else trial.candidate

    def taught(self, source: Source) -> Iterator[tuple[Trial, Array]]:
        """The completed trials of a source; periodic columns are compared by phase."""
        trials = [
            trial
            for trial in source.history.standing("completed")
            if self.levels.parameter not in trial.parameters
            or self.levels.of_parameters(trial.parameters) in (TARGET, None)
        ]
        if not trials:
            raise OptimizerError("It holds no completed trial.")
        table = pd.DataFrame([dict(trial.parameters) for trial in trials])
        for name, period in self._pool.periods.items():
            if name in table.columns and (theirs := source.space.periods.get(name)) is not None:
                table[name] = table[name].astype(float) / theirs * period
        return zip(trials, self._features.points(table), strict=True)

    def start(self, evidence: Evidence) -> Chosen | None:
        """The next level of a point that was begun, or the place farthest from all others (Kennard and Stone 1969)."""
        pairs = self._pairs(evidence.touched)
        begun = list(dict.fromkeys(place for place, _ in pairs))
        for position, place in enumerate(begun if len(self.levels) > 1 else ()):
            if (row := self._untried(place, position, pairs, evidence)) is not None:
                return self._chosen(row)
        farthest = self._farthest(evidence)
        if farthest is None:
            return None
        first = self._untried(int(self._place[farthest]), len(begun), pairs, evidence)
        return self._chosen(farthest if first is None else first)

    def _farthest(self, evidence: Evidence) -> int | None:
        """The open row on the target that is farthest from everything touched; without that, from the centre."""
        rows = self._open(evidence)
        if not len(rows):
            return None
        coordinates = self._features.spread(self.points)
        if len(evidence.touched):
            images = self._features.images(evidence.touched)
            distance = np.min([_squares(coordinates[rows], image) for image in images], axis=0)
        else:
            centre = 0.5 * (coordinates.min(axis=0) + coordinates.max(axis=0))
            distance = np.square(coordinates[rows] - centre).sum(axis=1)
        ties = rows[distance >= distance.max() * (1.0 - TIE)]
        return int(np.random.default_rng([self._seed, len(evidence.touched)]).choice(ties))

    def _untried(self, place: int, position: int, touched: Sequence[tuple[int, int]], evidence: Evidence) -> int | None:
        """The row of a place at the first level that the start wants and that was not tried."""
        wanted = ((level, self._rows.get((place, level))) for level in self.levels.wanted(position))
        return next(
            (
                row
                for level, row in wanted
                if row is not None and row not in evidence.closed and (place, level) not in touched
            ),
            None,
        )

    def _pairs(self, points: Array) -> list[tuple[int, int]]:
        """Place and level of each point that lies in the pool."""
        if not len(points):
            return []
        found = (self._place_of.get(row.tobytes()) for row in self._features.canonical(points))
        return [(place, int(level)) for place, level in zip(found, points[:, -1], strict=True) if place is not None]

    def best(self, landscape: Landscape, evidence: Evidence, _seed: Sequence[int]) -> Chosen | None:
        """The best open candidate on the target; of equals, the first."""
        rows = self._open(evidence)
        if not len(rows):
            return None
        scores = landscape(self.points[rows])
        first = int(np.flatnonzero(scores >= scores.max() - TIE)[0])
        return self._chosen(int(rows[first]), float(scores[first]))

    def at_level(self, chosen: Chosen, level: int, evidence: Evidence) -> Chosen | None:
        """The row of the same place at another level."""
        assert chosen.candidate is not None
        row = self._rows.get((int(self._place[chosen.candidate]), level))
        return None if row is None or row in evidence.closed else self._chosen(row, chosen.score)

    def _open(self, evidence: Evidence) -> npt.NDArray[np.intp]:
        """Untried rows on the target: of untouched places while there are any, the first row of each."""
        free = np.array([row for row in self._targets.tolist() if row not in evidence.closed], dtype=np.intp)
        touched = [place for place, level in self._pairs(evidence.touched) if level == TARGET]
        _, firsts = np.unique(self._place[free], return_index=True)
        fresh = free[np.sort(firsts)]
        fresh = fresh[~np.isin(self._place[fresh], touched)]
        return fresh if len(fresh) else free

    def _chosen(self, row: int, score: float | None = None) -> Chosen:
        return Chosen(self._pool.parameters(row), row, self.points[row], score)

    def _levels_of_rows(self) -> npt.NDArray[np.intp]:
        if self.levels.parameter is None:
            return np.zeros(len(self._pool), dtype=np.intp)
        column = self._pool.table[self.levels.parameter].tolist()
        found = [self.levels.of_parameters({self.levels.parameter: value}) for value in column]
        for row, level in enumerate(found):
            if level is None:
                raise UnusableSettings(
                    f"optimizer.fidelity.levels: candidate {row} has {self.levels.parameter} = {column[row]}, which is "
                    f"not listed. Listed: {', '.join(map(str, self.levels.values))}."
                )
        if TARGET not in found:
            raise UnusableSettings(
                f"optimizer.fidelity.target: no candidate has {self.levels.parameter} = {self.levels.values[TARGET]}."
            )
        return np.array(found, dtype=np.intp)


def _squares(left: Array, right: Array) -> Array:
    """The squared distance of each point on the left from the nearest on the right, shape (n,)."""
    nearest = np.full(len(left), np.inf)
    for point in right:
        np.minimum(nearest, np.square(left - point).sum(axis=1), out=nearest)
    return nearest
