"""What the model sees of the objective: monotone transforms that tame repulsive walls.

All of them act on values to be minimised, and take their parameters from the values seen so far.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from scipy.special import ndtri

from optimizers.kriging.kernels import Array

TransformName = Literal["auto", "none", "log", "clip", "rank"]

ORDINARY = 0.75
"""This share of the values is taken to lie below the wall. Half would be too few: the first trials of a symmetric
pool often return the same low value several times, and everything else would look like a wall."""
REACH = 3.0
"""Values farther above the worst ordinary one than this many times its distance from the best belong to the wall."""

DEEPEST = 100.0
"""A mean so far above the edge of the wall says nothing any more; its inverse must not overflow."""


@dataclass(frozen=True)
class Transform:
    """A monotone map of the objective, its slope at an objective value, and its inverse; all act on arrays."""

    forward: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    inverse: Callable[[Array], Array]
    lowest: float = -inf
    """The transform is of no use below this value."""
    is_relative: bool = False
    """Whether every new value changes what the transform makes of the old ones."""


def transform(name: TransformName, values: Array) -> Transform:
    """The transform called `name`, with parameters taken from `values`, shape (n,), n >= 1."""
    return _TRANSFORMS[name](values)


def _identity(_: Array) -> Transform:
    return Transform(lambda values: values, np.ones_like, lambda targets: targets)


def _wall(values: Array) -> tuple[float, float]:
    """Where the wall begins, and the scale of what lies below it (zero if most of the values are equal)."""
    best, ordinary = float(values.min()), float(np.quantile(values, ORDINARY))
    return ordinary + REACH * (ordinary - best), ordinary - best


def _clip(values: Array) -> Transform:
    edge, scale = _wall(values)
    if scale == 0.0:
        return _identity(values)
    return Transform(
        lambda values: np.minimum(values, edge),
        lambda values: (values <= edge).astype(np.float64),
        lambda targets: targets,
    )


def _auto(values: Array) -> Transform:
    """Unchanged up to the edge of the wall, logarithmic above it, so that the order within the wall survives."""
    edge, scale = _wall(values)
    if scale == 0.0:
        return _identity(values)

    def depth(values: Array) -> Array:
        return np.maximum(values - edge, 0.0) / scale

    return Transform(
        lambda values: np.minimum(values, edge) + scale * np.log1p(depth(values)),
        lambda values: 1.0 / (1.0 + depth(values)),
        lambda targets: np.minimum(targets, edge) + scale * np.expm1(np.minimum(depth(targets), DEEPEST)),
    )


def _log(values: Array) -> Transform:
    """log(y) while all values are positive, else log(y - best + a twentieth of the range)."""
    offset = 0.0
    if values.min() <= 0.0:
        offset = (0.05 * float(np.ptp(values)) or 1.0) - float(values.min())
    return Transform(
        lambda values: np.log(values + offset),
        lambda values: 1.0 / (values + offset),
        lambda targets: np.exp(targets) - offset,
        lowest=0.1 * float(values.min()) - 0.9 * offset,
    )


def _rank(values: Array) -> Transform:
    """Normal scores of the ranks: blind to everything but the order. Equal values share their mean rank."""
    levels, counts = np.unique(values, return_counts=True)
    last = np.cumsum(counts)
    scores = ndtri((last - 0.5 * counts) / len(values))
    return Transform(
        lambda values: np.interp(values, levels, scores),
        np.ones_like,
        lambda targets: np.interp(targets, scores, levels),
        is_relative=True,
    )


_TRANSFORMS: dict[TransformName, Callable[[Array], Transform]] = {
    "auto": _auto,
    "none": _identity,
    "log": _log,
    "clip": _clip,
    "rank": _rank,
}
