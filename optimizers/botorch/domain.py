"""What a space offers to the model: points for its trials, a start, and the search for the best point."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import TYPE_CHECKING, Protocol

from optimizers.botorch.layout import Array, Layout
from optimizers.botorch.settings import BotorchSettings
from optimizers.errors import UnusableSettings
from optimizers.history import Parameter, Parameters, Trial
from optimizers.protocol import Source

if TYPE_CHECKING:
    from optimizers.botorch.evidence import Evidence
    from optimizers.botorch.landscape import Landscape

LARGEST_GROUP = 96
TARGET = 0
PAIRS = 3
"""How many of the first points are tried at every fidelity."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Parameters to try, their row in a pool, their point, and what the acquisition function says of them."""

    parameters: Parameters
    candidate: int | None
    point: Array
    score: float | None = None


class Domain(Protocol):
    """A candidate pool or a parameter space, as the model sees it."""

    layout: Layout
    initial: int

    def point(self, trial: Trial) -> Array:
        """The point of a trial, shape (width,), on the task of its fidelity. Raises OptimizerError."""
        ...

    def key(self, trial: Trial) -> Hashable:
        """Equal for trials of the same parameters at the same fidelity."""
        ...

    def taught(self, source: Source) -> Iterator[tuple[Trial, Array]]:
        """The completed trials of an earlier campaign at points of this one. Raises OptimizerError if it has none."""
        ...

    def start(self, evidence: "Evidence") -> Chosen | None:
        """The next of the first trials: spread over the space, at the levels that `Levels.wanted` says."""
        ...

    def best(self, landscape: "Landscape", evidence: "Evidence", seed: Sequence[int], /) -> Chosen | None:
        """The point on the target that the acquisition function likes best among those that are not closed."""
        ...

    def at_level(self, chosen: Chosen, level: int, evidence: "Evidence") -> Chosen | None:
        """The same point at another fidelity; None if it cannot be had or was tried."""
        ...


@dataclass(frozen=True)
class Levels:
    """The values of the fidelity parameter, the target first; without one there is only the target."""

    parameter: str | None = None
    values: tuple[float | int | str | bool, ...] = (True,)
    costs: tuple[float, ...] = (1.0,)

    @classmethod
    def of(cls, settings: BotorchSettings, names: Sequence[str]) -> "Levels":
        """The levels that `settings` name. Raises UnusableSettings if the space lacks the parameter."""
        fidelity = settings.fidelity
        if fidelity is None:
            return cls()
        if fidelity.parameter not in names:
            raise UnusableSettings(
                f"optimizer.fidelity.parameter: the space has no parameter {fidelity.parameter!r}. "
                f"It has: {', '.join(names)}."
            )
        ordered = fidelity.ordered
        return cls(fidelity.parameter, tuple(level.value for level in ordered), tuple(level.cost for level in ordered))

    def __len__(self) -> int:
        return len(self.values)

    def of_parameters(self, parameters: Parameters) -> int | None:
        """The level at which these parameters measure; None if it is not listed."""
        if self.parameter is None:
            return TARGET
        found = parameters.get(self.parameter)
        return next((level for level, value in enumerate(self.values) if _same(value, found)), None)

    def wanted(self, position: int) -> list[int]:
        """The levels, cheap ones first, at which the start tries its point number `position`.

        The first points are tried at all of them, which shows how alike they are; the others at the cheap ones.
        """
        cheap = list(range(1, len(self)))
        return [*cheap, TARGET] if position < PAIRS or not cheap else cheap

    def start_trials(self, points: int) -> int:
        """How many trials a start of so many points has."""
        return sum(len(self.wanted(position)) for position in range(points))


def _same(value: Parameter, other: Parameter) -> bool:
    return isinstance(value, bool) == isinstance(other, bool) and value == other


def exchanges(groups: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Every way to exchange the names within each group, the identity first: whose value each name then takes.

    Raises UnusableSettings for a name in two groups, a group of one, or more than 96 ways.
    """
    names = [name for group in groups for name in group]
    if len(set(names)) < len(names) or any(len(group) < 2 for group in groups):
        raise UnusableSettings(
            "optimizer.exchangeable: each group names two or more parameters, and no parameter is in two groups."
        )
    ways = [
        {name: other for group, order in zip(groups, orders, strict=True) for name, other in zip(group, order)}  # noqa: B905
        for orders in product(*(permutations(group) for group in groups))
    ]
    if len(ways) > LARGEST_GROUP:
        raise UnusableSettings(
            f"optimizer.exchangeable: these groups have {len(ways)} arrangements; at most {LARGEST_GROUP} can be used. "
            "Name fewer parameters."
        )
    return ways


def merged(names: Sequence[str], groups: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], list[int]]:
    """Features that may be exchanged share a length-scale: the names of the shared ones, and for each name which."""
    group_of = {name: ", ".join(group) for group in groups for name in group}
    labels = [group_of.get(name, name) for name in names]
    shared = tuple(dict.fromkeys(labels))
    return shared, [shared.index(label) for label in labels]
