"""Settings as points of the unit cube, for optimizers that know nothing but vectors."""

import math

from simulators.test_functions.domain import Axis, Interval, Setting, Whole


def setting_at(axis: Axis, place: float) -> Setting:
    """The setting of `axis` at a place in [0, 1]; whole numbers and levels have cells of equal width."""
    place = min(max(place, 0.0), 1.0)
    if isinstance(axis, Interval):
        if axis.log:
            low, high = math.log(axis.low), math.log(axis.high)
            return min(max(math.exp(low + place * (high - low)), axis.low), axis.high)
        return min(max(axis.low + place * (axis.high - axis.low), axis.low), axis.high)
    if isinstance(axis, Whole):
        count = axis.high - axis.low + 1
        return axis.low + min(int(place * count), count - 1)
    return axis.values[min(int(place * len(axis.values)), len(axis.values) - 1)]


def place_of(axis: Axis, setting: Setting) -> float:
    """Where a setting lies in [0, 1]; whole numbers and levels in the middle of their cells."""
    if isinstance(axis, Interval):
        value = float(setting)
        if axis.log:
            return math.log(value / axis.low) / math.log(axis.high / axis.low)
        return (value - axis.low) / (axis.high - axis.low)
    if isinstance(axis, Whole):
        return (int(setting) - axis.low + 0.5) / (axis.high - axis.low + 1)
    return (axis.values.index(setting) + 0.5) / len(axis.values)
