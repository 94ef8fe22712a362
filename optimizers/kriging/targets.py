"""The data as the model sees them: transformed, infeasible points filled in, scaled."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from optimizers.kriging.evidence import Datum
from optimizers.kriging.kernels import Array
from optimizers.kriging.transform import Transform, TransformName, transform


@dataclass(frozen=True)
class Targets:
    """Values of n data in transformed units, shape (n,).

    `scale` is their sample standard deviation, the model's unit of signal. `known` is the noise variance of
    each value, in squared transformed units, NaN where no standard error was given. `feasible` marks measured
    values; the others stand at the worst of them.
    """

    transform: Transform
    values: Array
    scale: float
    known: Array
    feasible: npt.NDArray[np.bool_]

    def extended(self, datum: Datum) -> "Targets | None":
        """These and one more value; None if the old ones do not stay what they are."""
        if datum.value is None or datum.value < self.transform.lowest or self.transform.is_relative:
            return None
        value, variance = _transformed(self.transform, [datum])
        if value[0] > self.values.max() and not self.feasible.all():
            return None
        values = np.concatenate([self.values, value])
        known = np.concatenate([self.known, variance])
        return Targets(self.transform, values, _deviation(values), known, np.append(self.feasible, True))


def targets_of(data: Sequence[Datum], transform_: Transform) -> Targets:
    """The targets of `data`, of which at least one is measured."""
    feasible = np.array([datum.value is not None for datum in data])
    values, known = np.empty(len(data)), np.full(len(data), np.nan)
    values[feasible], known[feasible] = _transformed(transform_, [datum for datum in data if datum.value is not None])
    values[~feasible] = values[feasible].max()
    return Targets(transform_, values, _deviation(values), known, feasible)


def transform_for(data: Sequence[Datum], name: TransformName) -> Transform:
    """The transform called `name` with parameters taken from `data`, of which at least one is measured."""
    return transform(name, np.array([datum.value for datum in data if datum.value is not None], dtype=np.float64))


def _transformed(mapping: Transform, data: Sequence[Datum]) -> tuple[Array, Array]:
    """Transformed values and their noise variances."""
    values = np.array([datum.value for datum in data], dtype=np.float64)
    errors = np.array([np.nan if datum.standard_error is None else datum.standard_error for datum in data])
    return mapping.forward(values), np.square(errors * mapping.slope(values))


def _deviation(values: Array) -> float:
    """The sample standard deviation, or 1 if all values are equal."""
    if len(values) < 2:
        return 1.0
    centred = values - values.sum() / len(values)
    return sqrt(float(centred @ centred) / (len(values) - 1)) or 1.0
