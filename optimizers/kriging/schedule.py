"""When the length-scales are fitted again: a rule of the number of values alone, never of clocks or earlier asks."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

FIRST_FIT = 1
GROWTH = 1.41
LAST_INDEPENDENT_FIT = 256


def anchors(count: int) -> list[int]:
    """The numbers of values, up to `count`, at which every schedule fits: 1, 2, 3, 5, 8, 12, 17, 24, ..."""
    found: list[int] = []
    at = FIRST_FIT
    while at <= count:
        found.append(at)
        at = ceil(GROWTH * at)
    return found


@dataclass(frozen=True)
class Schedule:
    """`double` fits at the anchors, an integer k also at every multiple of k.

    A fit depends on the values up to it and on nothing else, so that a resumed campaign needs only the last
    one: fits at anchors begin at fixed starting points; other fits, and fits to more than 256 values, begin
    at the optimum of an earlier anchor.
    """

    refit: Literal["double"] | int

    def last_fit(self, count: int) -> int:
        """The largest number of values, at most `count`, at which there is a fit; `count` >= 1."""
        last = anchors(count)[-1]
        return last if self.refit == "double" else max(last, count - count % self.refit)

    def next_fit(self, fit: int) -> int:
        """The number of values at which the fit after the one at `fit` values takes place."""
        following = anchors(2 * fit + FIRST_FIT)
        anchor = next(at for at in following if at > fit)
        return anchor if self.refit == "double" else min(anchor, fit - fit % self.refit + self.refit)

    def predecessor(self, fit: int) -> int | None:
        """The anchor whose optimum is the starting point of the fit at `fit` values; None for fixed starts."""
        independent = [at for at in anchors(fit) if at <= LAST_INDEPENDENT_FIT]
        return None if independent[-1] == fit else independent[-1]
