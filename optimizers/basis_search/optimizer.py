"""The search for an orthonormal basis, in stages: random, model, tournament of simplexes, confirmation."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from optimizers.basis_search.book import EFFORT, Book, Entry
from optimizers.basis_search.settings import BasisSearchSettings
from optimizers.basis_search.surrogate import FEWEST, Surrogate
from optimizers.basis_search.tournament import requests
from optimizers.errors import MissingObservation
from optimizers.history import History, Trial
from optimizers.objective import Objective
from optimizers.proposal import Prediction, Proposal
from optimizers.rotation import RotationSpace, haar_rotation


class BasisSearch:
    """Proposes rotations. Holds nothing between calls: every stage is replayed from the history."""

    def __init__(self, settings: BasisSearchSettings, space: RotationSpace, objective: Objective, seed: int) -> None:
        self._settings = settings
        self._space = space
        self._objective = objective.name
        self._name = settings.guide or objective.name
        self._sign = objective.sign
        self._seed = seed

    def propose(self, history: History, count: int) -> list[Proposal]:
        """At most `count` proposals; none when the confirmation is over. Raises MissingObservation."""
        self._require_guide(history)
        proposals: list[Proposal] = []
        for _ in range(count):
            book = Book(self._space, history, self._name, self._sign)
            ranking = Book(self._space, history, self._objective, self._sign)
            proposal = self._next(book, ranking)
            if proposal is None:
                break
            proposals.append(proposal)
            history = History((*history.trials, Trial(book.next_number, proposal.parameters, "pending")))
        return proposals

    def _require_guide(self, history: History) -> None:
        """A misspelt guide would make a random search of the whole campaign."""
        for trial in history.standing("completed"):
            if self._name not in trial.observations:
                raise MissingObservation(
                    f"optimizer.guide: trial {trial.number} measured no '{self._name}', only "
                    f"{', '.join(trial.observations) or 'nothing'}. Name one of these."
                )

    def _next(self, book: Book, ranking: Book) -> Proposal | None:
        number, explored = book.next_number, self._settings.initial + self._settings.bayesian
        if number <= explored:
            return self._exploring(book, number)
        if number > self._settings.trials:
            return self._confirming(book, ranking)
        first = book.until(explored)
        if all(entry.cost is not None for entry in first):
            wanted = next(requests(self._space, self._settings, book, ranking, first), None)
            if wanted is not None:
                return Proposal(wanted.parameters, reasons={"proposed_by": wanted.stage})
        return self._modelled(book, number)

    def _exploring(self, book: Book, number: int) -> Proposal:
        if number <= len(self._space.landmarks):
            name, rotation = self._space.landmarks[number - 1]
            return self._plain(rotation, f"known basis {name}")
        return self._random(number) if number <= self._settings.initial else self._modelled(book, number)

    def _random(self, number: int) -> Proposal:
        rotation = haar_rotation(self._space.orbitals, np.random.default_rng([self._seed, number]))
        return self._plain(rotation, "random rotation")

    def _plain(self, rotation: "npt.NDArray[np.float64]", stage: str) -> Proposal:
        return Proposal({**self._space.parameters(rotation), EFFORT: 1}, reasons={"proposed_by": stage})

    def _modelled(self, book: Book, number: int) -> Proposal:
        """Expected improvement; also what fills the time while the simplexes wait for trials under way."""
        measured = book.measured
        if len(measured) < FEWEST:
            return self._random(number)
        model = Surrogate(
            np.array([entry.rotation for entry in measured]),
            np.array([entry.cost for entry in measured], dtype=np.float64),
            np.array([entry.error for entry in measured]),
        )
        orbitals = self._space.orbitals
        pending = np.array([entry.rotation for entry in book.entries if entry.cost is None])
        chance = np.random.default_rng([self._seed, number, 1])
        choice = model.choose(pending.reshape(-1, orbitals, orbitals), self._settings.margin, chance)
        plain = self._plain(choice.rotation, "expected improvement")
        return replace(
            plain,
            predicted={self._name: Prediction(self._sign * choice.mean, choice.deviation)},
            score=choice.score,
            reasons={**plain.reasons, "values": len(measured), "length_scale": choice.length},
        )

    def _confirming(self, book: Book, ranking: Book) -> Proposal | None:
        """The best of the search measured again; while some of it is under way the model fills the time."""
        searched = ranking.until(self._settings.trials)
        if any(entry.cost is None for entry in searched):
            return self._modelled(book, book.next_number)
        effort = self._settings.confirm.effort
        for entry in _best(searched)[: self._settings.confirm.best]:
            if book.find(entry.trial.parameters, effort) is None:
                parameters = {**entry.trial.parameters, EFFORT: effort}
                reasons = {"proposed_by": "confirmation", "confirms_trial": entry.trial.number}
                return Proposal(parameters, reasons=reasons)
        return None


def _best(searched: list[Entry]) -> list[Entry]:
    """Measured entries, the most promising first: by the value that is still likely, not by the luckiest one."""
    measured = [entry for entry in searched if entry.cost is not None and np.isfinite(entry.cost)]
    return sorted(measured, key=lambda entry: (entry.cost or 0.0) + entry.error)
