"""One search for the lowest barrier among the tavorites, on the table of their bond-valence barriers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.peers.registry import PEERS
from benchmarks.peers.searcher import Search
from benchmarks.search_run import INITIAL_TRIALS
from optimizers import CandidatePool, History, Objective, Observation, Problem, Source, Trial
from optimizers.kriging.settings import KrigingSettings
from simulators.ion_migration.descriptors import COMPOSITION, FIELD, STRUCTURE, from_field
from simulators.ion_migration.family import compound

TABLE = Path(__file__).parents[1] / "campaigns" / "tables" / "tavorites.parquet"
SHARE = 0.3
"""Part of the pool that is evaluated."""
LOWEST = 0.1
"""Part of the pool that counts as good."""
NOISE = 0.05
"""Standard deviation of the noise of the hard case, eV."""
FAILING = 0.15
"""Share of the compounds of the hard case whose calculation never converges."""

Part = Literal["all", "Li", "Na"]
Case = Literal["clean", "hard"]
DESCRIPTORS = {"composition": COMPOSITION, "field": FIELD, "structure": STRUCTURE, "both": (*COMPOSITION, *STRUCTURE)}
KRIGING: dict[str, dict[str, Any]] = {
    "kriging": {},
    "kriging, rbf": {"kernel": "rbf"},
    "kriging, matern, no transform": {"transform": "none"},
    "kriging, log": {"transform": "log"},
    "kriging, rank": {"transform": "rank"},
    "kriging, ucb": {"score": "ucb", "exploration": 2.0},
    "kriging, descriptors": {"columns": "descriptors"},
    "kriging, descriptors, ucb": {"columns": "descriptors", "score": "ucb", "exploration": 2.0},
    "kriging, thompson": {"score": "thompson"},
    "kriging, pi": {"score": "pi"},
    "kriging, refit always": {"refit": 1},
    "greedy": {"score": "ucb", "exploration": 1e-6},
}
"""Settings of our optimizer by the name of the method."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is searched: `barriers[i]`, eV, belongs to candidate i of the pool; `cheap[i]` is a coarse guess of it."""

    pool: CandidatePool
    barriers: npt.NDArray[np.float64]
    cheap: npt.NDArray[np.float64]

    @property
    def trials(self) -> int:
        """How many trials a search has."""
        return round(SHARE * len(self.pool))

    def good(self) -> npt.NDArray[np.bool_]:
        """The lowest tenth, ties with the last of them included, shape (N,)."""
        last = np.sort(self.barriers)[round(LOWEST * len(self.barriers)) - 1]
        result: npt.NDArray[np.bool_] = self.barriers <= last
        return result


@cache
def task(part: Part, descriptors: str) -> Task:
    """The pool of one part of the family with one set of descriptors."""
    table = pd.read_parquet(TABLE)
    if part != "all":
        table = table[table["A"] == part].reset_index(drop=True)
    described = pd.DataFrame([from_field(compound(one)) for one in table["compound"]])
    table = table.assign(**described)
    varied = [name for name in DESCRIPTORS[descriptors] if table[name].nunique() > 1]
    barriers, cheap = (table[name].to_numpy(dtype=np.float64) for name in ("barrier", "prototype_barrier"))
    return Task(CandidatePool(table[varied]), barriers, cheap)


@dataclass(frozen=True, eq=False)
class Truth:
    """What one seed measures: values with noise, and which compounds give none."""

    values: npt.NDArray[np.float64]
    fails: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, searched: Task, case: Case, seed: int) -> "Truth":
        """The clean values, or noisy ones of which some are missing; every method sees the same for a seed."""
        count = len(searched.pool)
        if case == "clean":
            return cls(searched.barriers, np.zeros(count, dtype=bool))
        chance = np.random.default_rng([seed, 7])
        noisy = searched.barriers + NOISE * chance.standard_normal(count)
        return cls(noisy, chance.random(count) < FAILING)


class Ours:
    """Our kriging, told of failed trials as such; `sources` are earlier campaigns to learn from."""

    def __init__(
        self, pool: CandidatePool, seed: int, settings: Mapping[str, Any], sources: tuple[Source, ...] = ()
    ) -> None:
        self._pool, self._objective = pool, Objective("barrier", "eV")
        problem = Problem(space=pool, objectives=(self._objective,), seed=seed, sources=sources)
        self._optimizer = KrigingSettings(**settings).build(problem)
        self._trials: tuple[Trial, ...] = ()

    def tell(self, candidate: int, value: float | None) -> None:
        """Take in one ended trial; None for one that did not converge."""
        seen = {} if value is None else {self._objective.name: Observation(value)}
        number, parameters = len(self._trials), self._pool.parameters(candidate)
        standing: Literal["completed", "unconverged"] = "unconverged" if value is None else "completed"
        self._trials += (Trial(number, parameters, standing, candidate, seen),)

    def ask(self) -> int:
        """The proposed candidate."""
        (proposal,) = self._optimizer.propose(History(self._trials), 1)
        assert proposal.candidate is not None
        return proposal.candidate


class Peer:
    """Another optimizer; it knows no failed trials, and is told the worst value so far."""

    def __init__(self, name: str, pool: CandidatePool, seed: int) -> None:
        self._searcher = PEERS[name].build(Search(pool, seed))
        self._worst = 0.0

    def tell(self, candidate: int, value: float | None) -> None:
        """Take in one ended trial."""
        self._worst = max(self._worst, value if value is not None else -np.inf)
        self._searcher.tell(candidate, self._worst if value is None else value)

    def ask(self) -> int:
        """The proposed candidate."""
        return self._searcher.ask()


def search(part: Part, descriptors: str, case: Case, method: str, seed: int) -> dict[str, Any]:
    """One search of 30 % of the pool from ten random trials, as a JSON object."""
    searched = task(part, descriptors)
    searcher = Ours(searched.pool, seed, KRIGING[method]) if method in KRIGING else Peer(method, searched.pool, seed)
    about = {"part": part, "descriptors": descriptors, "case": case, "method": method, "seed": seed}
    return about | explored(searched, Truth.of(searched, case, seed), searcher, seed)


def explored(searched: Task, truth: Truth, searcher: Ours | Peer, seed: int) -> dict[str, Any]:
    """What a searcher finds in 30 % of the pool.

    `best_after` is the number of trials, initial ones included, after which the lowest barrier that can be measured
    was evaluated (None: not within the search); `recall` is the part of the lowest tenth that was measured.
    """
    initial = np.random.default_rng([seed, INITIAL_TRIALS]).choice(len(searched.pool), INITIAL_TRIALS, replace=False)
    tried: list[int] = []
    started = time.process_time()
    while len(tried) < searched.trials:
        candidate = int(initial[len(tried)]) if len(tried) < INITIAL_TRIALS else searcher.ask()
        tried.append(candidate)
        searcher.tell(candidate, None if truth.fails[candidate] else float(truth.values[candidate]))
    return {
        "best_after": _best_after(tried, searched.barriers, truth.fails),
        "recall": _recall(tried, searched.good(), truth.fails),
        "seconds": time.process_time() - started,
    }


def _best_after(tried: list[int], barriers: npt.NDArray[np.float64], fails: npt.NDArray[np.bool_]) -> int | None:
    lowest = barriers[~fails].min()
    hits = [number for number, one in enumerate(tried, start=1) if barriers[one] <= lowest and not fails[one]]
    return hits[0] if hits else None


def _recall(tried: list[int], good: npt.NDArray[np.bool_], fails: npt.NDArray[np.bool_]) -> float:
    """Compounds that failed count as not found."""
    return float((good & ~fails)[tried].sum() / good.sum())
