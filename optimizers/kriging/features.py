"""What the model sees of a pool: scaled coordinates, category codes, and which candidates are equivalent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from optimizers.errors import UnusablePool
from optimizers.history import Parameters
from optimizers.kriging.axes import Axis, MirrorAxis, PeriodicAxis, PlainAxis
from optimizers.kriging.group import SymmetryGroup
from optimizers.kriging.kernels import Array
from optimizers.pool import CandidatePool

if TYPE_CHECKING:
    import pandas as pd

Codes = npt.NDArray[np.int32]
UNKNOWN = -1


@dataclass(frozen=True)
class Points:
    """n points: raw numeric values, shape (columns, n), and category codes, shape (categories, n)."""

    raw: Array
    codes: Codes

    def __len__(self) -> int:
        return int(self.raw.shape[1])


@dataclass(frozen=True)
class Cloud:
    """n points in coordinates at unit length-scale: one array of shape (coordinates, n) per residual operation."""

    images: tuple[Array, ...]
    codes: Codes

    def __len__(self) -> int:
        return int(self.images[0].shape[1])

    def at(self, index: npt.NDArray[np.intp] | Sequence[int]) -> "Cloud":
        """The points at `index`, in that order."""
        return Cloud(tuple(image[:, index] for image in self.images), self.codes[:, index])

    @staticmethod
    def joined(parts: Sequence["Cloud"]) -> "Cloud":
        """All points of `parts`, one after another."""
        images = zip(*(part.images for part in parts), strict=True)
        codes = np.concatenate([part.codes for part in parts], axis=1)
        return Cloud(tuple(np.concatenate(image, axis=1) for image in images), codes)


@dataclass(frozen=True)
class Category:
    """A column of labels. Two labels are at distance 1 or 0."""

    name: str
    levels: Mapping[object, int]

    def codes(self, values: Sequence[object]) -> Codes:
        """The code of each value; labels that the pool does not hold are all unknown."""
        return np.array([self.levels.get(value, UNKNOWN) for value in values], dtype=np.int32)


@dataclass(frozen=True)
class FeatureMap:
    """How rows of a table become points, and points become coordinates."""

    axes: tuple[Axis, ...]
    categories: tuple[Category, ...]
    group: SymmetryGroup

    @property
    def names(self) -> tuple[str, ...]:
        """One name per length-scale: the axes, then the categories."""
        return (*(axis.name for axis in self.axes), *(category.name for category in self.categories))

    @property
    def tied(self) -> npt.NDArray[np.intp]:
        """For each coordinate, the number of its length-scale."""
        return np.repeat(np.arange(len(self.axes)), [axis.width for axis in self.axes])

    @classmethod
    def of(cls, pool: CandidatePool, *, use_symmetry: bool) -> "FeatureMap":
        """The map for `pool`.

        Numeric and Boolean columns become axes, other columns become categories; constant columns are
        dropped, and so are label columns in which nearly every row has its own label, unless the pool names
        them as features. Raises UnusablePool for an empty pool, an unknown feature, a value that is missing
        or not finite, or if nothing is left; UnusableSymmetry if the symmetry cannot be used.
        """
        if len(pool) == 0:
            raise UnusablePool("The pool holds no candidates. Widen the ranges of the space, or check its filter.")
        numeric: dict[str, Array] = {}
        constants: dict[str, float] = {}
        categories: list[Category] = []
        for name in _feature_names(pool):
            column = pool.table[name]
            if _is_numeric(column):
                values = _numbers(name, column)
                if values.min() < values.max():
                    numeric[name] = values
                else:
                    constants[name] = float(values[0])
            elif (category := _category(name, column, is_named=bool(pool.features))) is not None:
                categories.append(category)
        if not numeric and not categories:
            raise UnusablePool(
                "The pool has no column that a model can learn from: every column is constant or a mere label. "
                "Add a descriptor column, or use `optimizer: {kind: random}`."
            )
        periods = {name: float(period) for name, period in pool.periods.items()}
        columns = tuple(numeric)
        group = (
            SymmetryGroup.generated(pool.symmetry, columns, constants, periods)
            if use_symmetry
            else SymmetryGroup.trivial(len(columns))
        )
        axes = tuple(_axis(name, values, periods.get(name), group) for name, values in numeric.items())
        return cls(axes, tuple(categories), group)

    def points(self, table: "pd.DataFrame") -> Points:
        """The points of all rows of `table`."""
        raw = np.array([table[axis.name].to_numpy(dtype=np.float64) for axis in self.axes])
        codes = np.array(
            [category.codes(table[category.name].tolist()) for category in self.categories], dtype=np.int32
        )
        return Points(raw.reshape(len(self.axes), len(table)), codes.reshape(len(self.categories), len(table)))

    def point(self, parameters: Parameters) -> Points:
        """The single point at `parameters`. Raises UnusablePool if a feature is missing or not a finite number."""
        values: dict[str, float] = {}
        for axis in self.axes:
            try:
                values[axis.name] = float(parameters[axis.name])  # type: ignore[arg-type]
            except (KeyError, TypeError, ValueError) as error:
                raise UnusablePool(f"A trial gives no number for the feature {axis.name!r}.") from error
        raw = np.array(list(values.values())).reshape(len(self.axes), 1)
        codes = np.array(
            [category.codes([parameters.get(category.name)]) for category in self.categories], dtype=np.int32
        )
        return Points(raw, codes.reshape(len(self.categories), 1))

    def cloud(self, points: Points) -> Cloud:
        """The points and all their images in coordinates."""
        images = range(len(self.group.residual))
        return Cloud(tuple(self._coordinates(points, image) for image in images), points.codes)

    def _coordinates(self, points: Points, image: int) -> Array:
        raw = points.raw if image == 0 else self.group.residual[image].apply(points.raw)
        rows = [axis.coordinates(values) for axis, values in zip(self.axes, raw, strict=True)]
        return np.concatenate(rows) if rows else np.empty((0, len(points)))

    def classes(self, cloud: Cloud) -> npt.NDArray[np.intp]:
        """For each point, a number that equivalent points share; classes are numbered by their first member.

        Points are equivalent when a symmetry operation maps one onto the other, or when they are equal;
        coordinates are compared to nine decimals.
        """
        smallest: Array | None = None
        for image in cloud.images:
            key = np.round(image, 9) + 0.0
            smallest = key if smallest is None else _lexicographic_minimum(smallest, key)
        assert smallest is not None
        rows = [*smallest, *cloud.codes.astype(np.float64)]
        order = np.lexsort(rows[::-1])
        changed = np.zeros(len(cloud), dtype=bool)
        changed[0] = True
        for row in rows:
            changed[1:] |= row[order][1:] != row[order][:-1]
        label = np.empty(len(cloud), dtype=np.intp)
        label[order] = np.cumsum(changed) - 1
        _, first = np.unique(label, return_index=True)
        rank = np.empty(len(first), dtype=np.intp)
        rank[np.argsort(first)] = np.arange(len(first))
        return rank[label]


def _lexicographic_minimum(left: Array, right: Array) -> Array:
    """Column by column, the lexicographically smaller of two columns."""
    undecided = np.ones(left.shape[1], dtype=bool)
    take_right = np.zeros(left.shape[1], dtype=bool)
    for ours, theirs in zip(left, right, strict=True):
        take_right |= undecided & (theirs < ours)
        undecided &= theirs == ours
    return np.where(take_right, right, left)


def _feature_names(pool: CandidatePool) -> list[str]:
    columns = [str(name) for name in pool.table.columns]
    for name in (*pool.features, *pool.periods):
        if name not in columns:
            raise UnusablePool(f"The pool has no column {name!r}. Columns: {', '.join(columns)}.")
    return list(pool.features) or columns


def _is_numeric(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind in "biuf"


def _numbers(name: str, column: "pd.Series[Any]") -> Array:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    broken = np.flatnonzero(~np.isfinite(values))
    if broken.size:
        raise UnusablePool(
            f"Column {name!r} of the pool holds {values[broken[0]]} in row {broken[0]}"
            + (f" and in {broken.size - 1} other rows" if broken.size > 1 else "")
            + ". Fill the value in, drop these rows, or leave the column out of the features."
        )
    return values


def _category(name: str, column: "pd.Series[Any]", *, is_named: bool) -> Category | None:
    values = column.tolist()
    missing = np.flatnonzero(column.isna().to_numpy())
    if missing.size:
        raise UnusablePool(
            f"Column {name!r} of the pool holds no value in row {missing[0]}. "
            "Fill the value in, drop these rows, or leave the column out of the features."
        )
    levels = {value: code for code, value in enumerate(sorted(set(values), key=str))}
    is_label = len(levels) > max(20, len(values) // 10) and not is_named
    return Category(name, levels) if len(levels) > 1 and not is_label else None


def _axis(name: str, values: Array, period: float | None, group: SymmetryGroup) -> Axis:
    if name in group.mirrors:
        centre = group.mirrors[name]
        half = period / 2.0 if period is not None else float(np.abs(values - centre).max())
        return MirrorAxis(name, centre, half, period)
    if period is not None:
        return PeriodicAxis(name, period)
    return PlainAxis(name, float(values.min()), float(np.ptp(values)))
