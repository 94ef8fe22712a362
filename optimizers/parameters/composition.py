"""Fractions that sum to one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizers.errors import UnusableParameter

SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Composition:
    """Fractions of two or more components, each from 0 to 1, that sum to one.

    With `step`, which must divide 1, every fraction is a multiple of it. `lows` and `highs` limit single components.
    Raises UnusableParameter for one component, for a step that does not divide 1 and for limits that nothing keeps.
    """

    names: tuple[str, ...]
    step: float | None = None
    lows: Mapping[str, float] = field(default_factory=dict)
    highs: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.names) < 2:
            raise UnusableParameter(
                self._words(), "one component is always 1. Give two or more components, or a fixed value."
            )
        self._check_step()
        self._check_limits()

    @property
    def units(self) -> int | None:
        """How many steps make one; None for a continuum."""
        return None if self.step is None else round(1.0 / self.step)

    def low(self, name: str) -> float:
        """The least fraction of a component."""
        return float(self.lows.get(name, 0.0))

    def high(self, name: str) -> float:
        """The largest fraction of a component."""
        return float(self.highs.get(name, 1.0))

    def unit_limits(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """With a step: the least and the largest number of steps of each component."""
        assert self.units is not None
        lows = tuple(math.ceil(self.low(name) * self.units - 1e-9) for name in self.names)
        highs = tuple(math.floor(self.high(name) * self.units + 1e-9) for name in self.names)
        return lows, highs

    def _check_step(self) -> None:
        if self.step is None:
            return
        if not (math.isfinite(self.step) and 0.0 < self.step <= 0.5):
            raise UnusableParameter(self._words(), f"the step is {self.step:g}. Allowed: more than 0, at most 0.5.")
        if abs(1.0 / self.step - round(1.0 / self.step)) > 1e-6:
            raise UnusableParameter(
                self._words(), f"steps of {self.step:g} never sum to 1. Take 1 divided by a whole number."
            )

    def _check_limits(self) -> None:
        for name in (*self.lows, *self.highs):
            if name not in self.names:
                raise UnusableParameter(self._words(), f"limits are given for {name}, which is no component.")
        for name in self.names:
            low, high = self.low(name), self.high(name)
            if not 0.0 <= low <= high <= 1.0:
                raise UnusableParameter(self._words(), f"the limits {low:g} and {high:g} of {name} are no fractions.")
        least, most = (sum(limit(name) for name in self.names) for limit in (self.low, self.high))
        if least > 1.0 + SUM_TOLERANCE or most < 1.0 - SUM_TOLERANCE:
            raise UnusableParameter(
                self._words(),
                f"the least fractions sum to {least:g} and the largest to {most:g}, so nothing sums to 1.",
            )
        if self.units is not None:
            lows, highs = self.unit_limits()
            if (
                sum(lows) > self.units
                or sum(highs) < self.units
                or any(a > b for a, b in zip(lows, highs, strict=True))
            ):
                raise UnusableParameter(self._words(), f"no multiples of {self.step:g} within the limits sum to 1.")

    def _words(self) -> str:
        return f"composition of {', '.join(self.names) or 'nothing'}"
