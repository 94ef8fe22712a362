"""Rows of a table as points of the model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizers.botorch.domain import exchanges, merged
from optimizers.botorch.layout import Array, Layout
from optimizers.botorch.settings import BotorchSettings
from optimizers.errors import UnusablePool, UnusableSettings
from optimizers.kriging.axes import PlainAxis
from optimizers.kriging.features import FeatureMap
from optimizers.pool import CandidatePool


class PoolFeatures:
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

    def canonical(self, points: Array) -> Array:
        """The lexicographically smallest image, to nine decimals: equal for equivalent points. Shape (n, ·)."""
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


def _lexicographic_minimum(left: Array, right: Array) -> Array:
    undecided = np.ones(len(left), dtype=bool)
    take_right = np.zeros(len(left), dtype=bool)
    for ours, theirs in zip(left.T, right.T, strict=True):
        take_right |= undecided & (theirs < ours)
        undecided &= theirs == ours
    return np.where(take_right[:, None], right, left)
