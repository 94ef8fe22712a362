"""Fractions that sum to one: rounded to steps, kept within limits, drawn uniformly."""

import numpy as np
import numpy.typing as npt

from optimizers.parameters.composition import Composition

Array = npt.NDArray[np.float64]


def settable_fractions(composition: Composition, points: Array) -> Array:
    """The settable fractions nearest to n points, shape (n, components); each row sums to one."""
    lows = np.array([composition.low(name) for name in composition.names])
    highs = np.array([composition.high(name) for name in composition.names])
    positive = np.maximum(points, 0.0)
    total = positive.sum(axis=1, keepdims=True)
    even = np.full_like(positive, 1.0 / positive.shape[1])
    shares = np.where(total > 0.0, positive / np.where(total > 0.0, total, 1.0), even)
    shares = _within_limits(shares, lows, highs)
    return shares if composition.units is None else _in_steps(composition, shares)


def fractions_from_cube(composition: Composition, points: Array) -> Array:
    """Fractions from uniform numbers, shape (n, components - 1): uniform over the simplex above the least fractions.

    The spacings of sorted uniform numbers (Devroye 1986, Non-Uniform Random Variate Generation, theorem V.2.1).
    Largest fractions are not looked at.
    """
    lows = np.array([composition.low(name) for name in composition.names])
    ordered = np.sort(points, axis=1)
    spacings = np.diff(ordered, axis=1, prepend=0.0, append=1.0)
    result: Array = lows + (1.0 - lows.sum()) * spacings
    return result


def _within_limits(shares: Array, lows: Array, highs: Array) -> Array:
    """The nearest points with a sum of one between the limits: all shifted alike, then cut."""
    if (shares >= lows).all() and (shares <= highs).all():
        return _exact(shares, lows, highs)
    below = (lows - shares).min(axis=1, keepdims=True) - 1.0
    above = (highs - shares).max(axis=1, keepdims=True) + 1.0
    for _ in range(60):
        middle = 0.5 * (below + above)
        too_much = np.clip(shares + middle, lows, highs).sum(axis=1, keepdims=True) > 1.0
        below, above = np.where(too_much, below, middle), np.where(too_much, middle, above)
    return _exact(np.clip(shares + below, lows, highs), lows, highs)


def _exact(shares: Array, lows: Array, highs: Array) -> Array:
    """Give what rounding left of the sum to the component with the most room."""
    left = 1.0 - shares.sum(axis=1)
    room = np.minimum(shares - lows, highs - shares).argmax(axis=1)
    result = shares.copy()
    result[np.arange(len(shares)), room] += left
    return result


def _in_steps(composition: Composition, shares: Array) -> Array:
    """Whole numbers of steps that sum to one, by largest remainder."""
    assert composition.units is not None
    least, most = (np.array(limit, dtype=np.float64) for limit in composition.unit_limits())
    wanted = shares * composition.units
    steps = np.clip(np.floor(wanted + 1e-9), least, most)
    rows = np.arange(len(steps))
    while (missing := composition.units - steps.sum(axis=1)).any():
        more = np.where(steps < most, wanted - steps, -np.inf).argmax(axis=1)
        less = np.where(steps > least, wanted - steps, np.inf).argmin(axis=1)
        steps[rows, more] += missing > 0
        steps[rows, less] -= missing < 0
    result: Array = steps / composition.units
    return result
