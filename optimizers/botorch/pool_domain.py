"""A candidate pool as the model sees it."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizers.botorch.domain import TARGET, Chosen, Levels, exchanges, merged
from optimizers.botorch.evidence import Evidence
from optimizers.botorch.landscape import Landscape
from optimizers.botorch.layout import Array, Layout, on_task
from optimizers.botorch.settings import BotorchSettings
from optimizers.errors import OptimizerError, UnknownCandidate, UnusablePool, UnusableSettings
from optimizers.history import Trial
from optimizers.kriging.axes import PlainAxis
from optimizers.kriging.features import FeatureMap
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
        self._features = _Features(pool, settings, self.levels.parameter)
        self.layout = self._features.layout
        self._level = self._levels_of_rows()
        self.points = self._features.points(pool.table)
        self.points[:, -1] = self._level
        self._place = self._features.places(self.points)
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
        if (begun := self._begun(evidence)) is not None:
            return self._chosen(begun)
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
        chosen = int(np.random.default_rng([self._seed, len(evidence.touched)]).choice(ties))
        place = int(self._place[chosen])
        return self._chosen(next(self._untried(place, evidence), chosen))

    def _begun(self, evidence: Evidence) -> int | None:
        """The next row of a place that was not tried at every level."""
        if len(self.levels) == 1:
            return None
        places = self._features.places_among(self.points, self._place, evidence.touched)
        return next((row for place in dict.fromkeys(places) for row in self._untried(place, evidence)), None)

    def _untried(self, place: int, evidence: Evidence) -> Iterator[int]:
        """The untried rows of a place, one per level, the cheap ones first."""
        rows = (self._rows.get((place, level)) for level in self.levels.cheap_first())
        return (row for row in rows if row is not None and row not in evidence.closed)

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
        on_target = evidence.touched[evidence.touched[:, -1] == TARGET]
        touched = self._features.places_among(self.points, self._place, on_target)
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


class _Features:
    """Rows of a table as points: the coordinates of every image, the fingerprint, and a task of 0."""

    def __init__(self, pool: CandidatePool, settings: BotorchSettings, fidelity: str | None) -> None:
        self._fingerprint = _fingerprint(pool, settings, fidelity)
        taken = {*self._fingerprint, fidelity}
        own = [name for name in pool.names if name not in taken]
        named = tuple(name for name in pool.features if name not in taken)
        ours = own if not pool.features else list(named)
        use_symmetry = settings.symmetry == "use" and settings.inference == "most_probable"
        self._map: FeatureMap | None = None
        if ours or not self._fingerprint:
            periods = {name: period for name, period in pool.periods.items() if name in own}
            rest = CandidatePool(pool.table[own], named, periods, pool.symmetry if use_symmetry else ())
            self._map = _on_common_scales(FeatureMap.of(rest, use_symmetry=use_symmetry), settings.exchangeable)
        self._ways = exchanges(settings.exchangeable)
        self.layout = self._layout(settings)

    def points(self, table: pd.DataFrame) -> Array:
        """All rows of `table`, shape (n, width). Raises UnusablePool if a feature is missing or not finite."""
        blocks = [*self._images_of(table)] if self._map is not None else []
        lacking = [name for name in self._fingerprint if name not in table.columns]
        if lacking:
            raise UnusablePool(f"The fingerprint needs {', '.join(lacking)}, which is missing.")
        bits = table[list(self._fingerprint)].to_numpy(dtype=np.float64)
        if not np.isfinite(bits).all() or (bits < 0.0).any():
            raise UnusablePool("A fingerprint holds a value that is missing, not finite or negative.")
        points: Array = np.concatenate([*blocks, bits, np.zeros((len(table), 1))], axis=1)
        if not np.isfinite(points).all():
            raise UnusablePool("A trial gives no finite number for a feature of the model.")
        return points

    def spread(self, points: Array) -> Array:
        """Coordinates in which the first trials are spread, shape (n, ·)."""
        return self._with_fingerprint(points, self.layout.images[0])

    def images(self, points: Array) -> list[Array]:
        """The same for every image of the points."""
        return [self._with_fingerprint(points, image) for image in self.layout.images]

    def places(self, points: Array) -> npt.NDArray[np.intp]:
        """A number for each point that equivalent points share."""
        _, place = np.unique(self._canonical(points), axis=0, return_inverse=True)
        return place.reshape(-1)

    def places_among(self, known: Array, places: npt.NDArray[np.intp], points: Array) -> list[int]:
        """The places of `points` among those of `known`, without the points that are elsewhere."""
        if not len(points):
            return []
        names = {row.tobytes(): int(place) for row, place in zip(self._canonical_of(known), places, strict=True)}
        found = (names.get(row.tobytes()) for row in self._canonical(points))
        return [place for place in found if place is not None]

    def _canonical_of(self, known: Array) -> Array:
        if not hasattr(self, "_known"):
            self._known = self._canonical(known)
        return self._known

    def _canonical(self, points: Array) -> Array:
        """The lexicographically smallest image, to nine decimals."""
        smallest: Array | None = None
        for image in self.images(points):
            rounded = np.round(image, 9) + 0.0
            smallest = rounded if smallest is None else _lexicographic_minimum(smallest, rounded)
        assert smallest is not None
        return smallest

    def _with_fingerprint(self, points: Array, image: npt.NDArray[np.intp]) -> Array:
        joined: Array = np.concatenate([points[:, image], points[:, self.layout.fingerprint]], axis=1)
        return joined

    def _images_of(self, table: pd.DataFrame) -> Iterator[Array]:
        assert self._map is not None
        needed = [*(axis.name for axis in self._map.axes), *(one.name for one in self._map.categories)]
        if lacking := [name for name in needed if name not in table.columns]:
            raise UnusablePool(f"The model needs {', '.join(lacking)}, which is missing.")
        for way in self._ways:
            exchanged = table.assign(**{name: table[other] for name, other in way.items()}) if way else table
            cloud = self._map.cloud(self._map.points(exchanged))
            labels = [
                (codes[:, None] == np.arange(len(category.levels))[None, :]) / sqrt(2.0)
                for category, codes in zip(self._map.categories, cloud.codes, strict=True)
            ]
            for image in cloud.images:
                yield np.concatenate([image.T, *labels], axis=1)

    def _layout(self, settings: BotorchSettings) -> Layout:
        bits = len(self._fingerprint)
        if self._map is None:
            nothing = np.zeros((1, 0), dtype=np.intp)
            return Layout((), (), nothing[0], nothing, np.arange(bits), bits + 1)
        axes, categories = self._map.axes, self._map.categories
        own_units = [*(axis.unit_length for axis in axes), *(1.0 for _ in categories)]
        names, shared = merged(self._map.names, settings.exchangeable)
        widths = [*(axis.width for axis in axes), *(len(category.levels) for category in categories)]
        images = len(self._ways) * len(self._map.group.residual)
        each = sum(widths)
        return Layout(
            names=names,
            units=tuple(own_units[shared.index(number)] for number in range(len(names))),
            tied=np.repeat(np.array(shared), widths),
            images=np.arange(images * each).reshape(images, each),
            fingerprint=np.arange(bits) + images * each,
            width=images * each + bits + 1,
        )


def _fingerprint(pool: CandidatePool, settings: BotorchSettings, fidelity: str | None) -> tuple[str, ...]:
    if settings.kernel != "tanimoto":
        return ()
    if unknown := [name for name in settings.fingerprint if name not in pool.names]:
        raise UnusableSettings(f"optimizer.fingerprint: the pool has no column {', '.join(unknown)}.")
    if settings.fingerprint:
        return settings.fingerprint
    numeric = [str(name) for name, column in pool.table.items() if column.dtype.kind in "biuf"]
    found = tuple(name for name in (pool.features or numeric) if name in numeric and name != fidelity)
    if not found:
        raise UnusableSettings("optimizer.kernel: tanimoto needs numeric columns, and the pool has none.")
    return found


def _on_common_scales(features: FeatureMap, groups: Sequence[Sequence[str]]) -> FeatureMap:
    """Columns that may be exchanged are scaled by one range. Raises UnusableSettings if they are not alike."""
    axes = {axis.name: axis for axis in features.axes}
    for group in groups:
        mine = [axes.get(name) for name in group]
        plain = [axis for axis in mine if isinstance(axis, PlainAxis)]
        if len(plain) < len(group):
            wrong = [name for name, axis in zip(group, mine, strict=True) if not isinstance(axis, PlainAxis)]
            raise UnusableSettings(
                f"optimizer.exchangeable: {', '.join(wrong)} is no plain numeric feature that varies over the pool."
            )
        low = min(axis.lowest for axis in plain)
        span = max(axis.lowest + axis.span for axis in plain) - low
        axes.update({axis.name: replace(axis, lowest=low, span=span) for axis in plain})
    return replace(features, axes=tuple(axes.values()))


def _squares(left: Array, right: Array) -> Array:
    """The squared distance of each point on the left from the nearest on the right, shape (n,)."""
    nearest = np.full(len(left), np.inf)
    for point in right:
        np.minimum(nearest, np.square(left - point).sum(axis=1), out=nearest)
    return nearest


def _lexicographic_minimum(left: Array, right: Array) -> Array:
    undecided = np.ones(len(left), dtype=bool)
    take_right = np.zeros(len(left), dtype=bool)
    for ours, theirs in zip(left.T, right.T, strict=True):
        take_right |= undecided & (theirs < ours)
        undecided &= theirs == ours
    return np.where(take_right[:, None], right, left)
