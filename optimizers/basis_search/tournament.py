"""Simplexes that compete: many start, the better ones go on, the best is refined.

Successive halving (Jamieson and Talwalkar 2016, AISTATS) of simplex searches in the tangent space of a rotation. All
is replayed from the book: a simplex depends on its start and on the values of its own points, a round on the rounds
before it, never on the order in which trials ended.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizers.basis_search.book import EFFORT, Book, Entry
from optimizers.basis_search.kernel import apart
from optimizers.basis_search.settings import BasisSearchSettings
from optimizers.basis_search.simplex import simplex
from optimizers.basis_search.surrogate import FEWEST, Surrogate
from optimizers.history import Parameters
from optimizers.rotation import RotationSpace, exponential

Array = npt.NDArray[np.float64]

REFINEMENT = 20
"""Trials of each simplex after the tournament."""
SMALLEST_EDGE = 1e-6
"""Radians. Simplexes around the best place are made no smaller."""


@dataclass(frozen=True)
class Request:
    """A trial that a simplex asks for. `stage` says for people where it stands."""

    parameters: Parameters
    stage: str


class Simplex:
    """One simplex around `start`, as far as the book tells."""

    def __init__(self, space: RotationSpace, start: Array, edge: float, cost: float | None) -> None:
        """`cost` is the value at `start` where it was measured with the same effort."""
        self._space = space
        self._start = start
        dimensions = len(space.names)
        self._search: Generator[Array, float, None] = simplex(np.zeros(dimensions), edge)
        self._point = next(self._search)
        self.best, self.place, self.place_effort = np.inf, start, 1
        self._course: list[float] = []
        if cost is not None:
            self._feed(cost, 1)

    @property
    def trials(self) -> int:
        """How many trials it has made."""
        return len(self._course)

    def outlook(self, trials: int) -> float:
        """The best cost if the last `trials` trials were repeated with the same success: who still falls goes on."""
        before = self._course[-trials - 1] if trials < len(self._course) else np.inf
        return 2.0 * self.best - before if np.isfinite(before) else self.best

    def advance(self, book: Book, trials: int, effort: int) -> Parameters | None:
        """Go on to `trials` trials. Returns the parameters of one that the book does not hold, None at the end.

        A trial under way also ends it: see `trials` for how far it came.
        """
        while self.trials < trials:
            parameters = self._space.parameters(self._rotation())
            entry = book.find(parameters, effort)
            if entry is None:
                return {**parameters, EFFORT: effort}
            if entry.cost is None:
                return None
            self._feed(entry.cost, effort)
            self._course.append(self.best)
        return None

    def _feed(self, cost: float, effort: int) -> None:
        if cost < self.best:
            self.best, self.place, self.place_effort = cost, self._rotation(), effort
        self._point = self._search.send(cost)

    def _rotation(self) -> Array:
        turned: Array = self._start @ exponential(self._point, self._space.orbitals)
        return turned


def requests(
    space: RotationSpace, settings: BasisSearchSettings, guide: Book, objective: Book, explored: list[Entry]
) -> Iterator[Request]:
    """Trials that the tournament wants now and the book does not hold, the most urgent first.

    It may want none while trials are under way. `guide` and `objective` hold the same trials with either value;
    `explored` are the entries among which the starts are chosen; all of them have ended.
    """
    running = [Simplex(space, start.rotation, settings.edge, start.cost) for start in starts(settings, explored)]
    book, target, previous = guide, 0, 0
    for number, one in enumerate(settings.tournament, start=1):
        survivors = _survivors(running, one.simplexes, recent=(target - previous) // 2)
        if one.follow == "objective" and book is guide:
            book, target = objective, 0
            survivors = [_turned(space, lane, objective, settings.middle_edge) for lane in survivors]
        running, previous, target = survivors, target, target + one.trials
        for lane in running:
            wanted = lane.advance(book, target, one.effort)
            if wanted is not None:
                yield Request(wanted, f"tournament, round {number} of {len(settings.tournament)}")
        if any(lane.trials < target for lane in running):
            return
    yield from _refinements(space, settings, book, running)


def _survivors(running: list[Simplex], count: int, recent: int) -> list[Simplex]:
    return sorted(running, key=lambda lane: lane.outlook(recent))[:count]


def _turned(space: RotationSpace, lane: Simplex, objective: Book, edge: float) -> Simplex:
    """A new simplex at the best place of `lane`, which follows the objective from now on."""
    entry = objective.find(space.parameters(lane.place), lane.place_effort)
    return Simplex(space, lane.place, edge, None if entry is None else entry.cost)


def starts(settings: BasisSearchSettings, explored: list[Entry]) -> list[Entry]:
    """The best explored rotations of which no two are neighbours; neighbours too, if there are not enough others.

    The best are those of which the model thinks best: a single value may have been lucky.
    """
    measured = [entry for entry in explored if entry.cost is not None and np.isfinite(entry.cost)]
    costs = [entry.cost or 0.0 for entry in measured]
    if len(measured) >= FEWEST:
        rotations = np.array([entry.rotation for entry in measured])
        errors = np.array([entry.error for entry in measured])
        costs = Surrogate(rotations, np.array(costs), errors).smoothed().tolist()
    ranked = [measured[k] for k in np.argsort(costs, kind="stable")]
    ranked += [entry for entry in explored if not any(entry is one for one in measured)]
    chosen = apart(np.array([entry.rotation for entry in ranked]), len(ranked))
    rest = [k for k in range(len(ranked)) if k not in chosen]
    return [ranked[k] for k in (chosen + rest)[: settings.tournament[0].simplexes]]


def _refinements(
    space: RotationSpace, settings: BasisSearchSettings, book: Book, running: list[Simplex]
) -> Iterator[Request]:
    """New simplexes around the best place, each after the one before has come to its end.

    One that found nothing better is followed by one of half its size: the same one again would ask for nothing new.
    """
    winner, effort = min(running, key=lambda lane: lane.best), settings.tournament[-1].effort
    edge = settings.fine_edge
    while edge > SMALLEST_EDGE:
        fresh = Simplex(space, winner.place, edge, winner.best)
        wanted = fresh.advance(book, REFINEMENT, effort)
        if wanted is not None:
            yield Request(wanted, "refinement")
        if fresh.trials < REFINEMENT:
            return
        edge = edge if fresh.best < winner.best else 0.5 * edge
        winner = fresh
