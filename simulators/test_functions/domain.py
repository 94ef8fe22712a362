"""What a problem lets one choose, and what is known of its answer, as plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Setting: TypeAlias = float | int | str
Settings: TypeAlias = Mapping[str, Setting]


@dataclass(frozen=True)
class Interval:
    """A real parameter in `low` <= x <= `high`; `log` where equal ratios matter, not equal differences."""

    low: float
    high: float
    unit: str = ""
    log: bool = False


@dataclass(frozen=True)
class Whole:
    """A whole number in `low` <= k <= `high`."""

    low: int
    high: int
    unit: str = ""


@dataclass(frozen=True)
class Levels:
    """One of `values`; `ordered` where neighbours in the list are alike."""

    values: tuple[Setting, ...]
    ordered: bool = False


Axis: TypeAlias = Interval | Whole | Levels


@dataclass(frozen=True)
class Limit:
    """A quantity of the answer that must not exceed `at_most`."""

    name: str
    at_most: float


@dataclass(frozen=True)
class TestFunction:
    """One problem. `evaluate` gives every objective, all of them to be minimised, and every limited quantity.

    `optimum` is the smallest admissible value of a single objective, at `best`. With several objectives `reference` is
    the reference point and `hypervolume` the volume between it and the whole Pareto front. `source` says who
    published it, or how the optimum was found.
    """

    __test__ = False  # not a class of tests, whatever pytest thinks of its name

    name: str
    domain: Mapping[str, Axis]
    evaluate: Callable[[Settings], dict[str, float]]
    objectives: tuple[str, ...]
    source: str
    limits: tuple[Limit, ...] = ()
    optimum: float | None = None
    best: Settings = field(default_factory=dict)
    reference: tuple[float, ...] = ()
    hypervolume: float | None = None

    def admissible(self, answer: Mapping[str, float]) -> bool:
        """Whether an answer keeps every limit."""
        return all(answer[limit.name] <= limit.at_most for limit in self.limits)
