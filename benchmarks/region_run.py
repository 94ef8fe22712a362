"""One search for a region on a tabulated landscape, and how well the region is known after every trial."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.tabulated import Tabulated
from optimizers import CandidatePool, History, Objective, Observation, Problem, Trial
from optimizers.level_set.optimizer import LevelSet
from optimizers.level_set.settings import LevelSetSettings

TRIALS = 60
INITIAL = 10
CONFIDENCES = (0.8, 0.9, 0.95, 0.99)
CONFIDENCE = 0.95
STATED_AT = (15, 20, 30, 40, 50, 60)
"""Numbers of trials after which the certificate is compared with the truth."""
SCORES = ("straddle", "entropy", "lookahead")
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Statement:
    """After `trials` trials: of N candidates `decided` were so at a confidence, `wrong` of them on the other side.

    `inside` were decided to lie inside, `strangers` of them wrongly; the true region holds `region` candidates.
    """

    trials: int
    confidence: float
    decided: int
    wrong: int
    inside: int = 0
    strangers: int = 0
    region: int = 0


@dataclass(frozen=True)
class RegionRun:
    """`f1[k]` and `decided[k]`, the share decided at a confidence of 0.95, belong to k + 10 trials.

    `seconds` is the process CPU time of one proposal, on average.
    """

    method: str
    landscape: str
    candidates: tuple[int, ...]
    f1: tuple[float, ...]
    seconds: float
    statements: tuple[Statement, ...] = ()
    decided: tuple[float, ...] = ()


def f1_score(found: Mask, truth: Mask) -> float:
    """The harmonic mean of precision and recall; 0 if nothing is found."""
    total = int(found.sum() + truth.sum())
    return 2.0 * int((found & truth).sum()) / total if total else 1.0


class Table:
    """The trials of a landscape, one after the other."""

    def __init__(self, landscape: Tabulated) -> None:
        self._landscape = landscape
        self.trials: list[Trial] = []

    @property
    def history(self) -> History:
        """What an optimizer is told."""
        return History(tuple(self.trials))

    def perform(self, candidate: int) -> None:
        """Look up one candidate; the value is exact."""
        seen = Observation(float(self._landscape.values[candidate]), 0.0)
        number = len(self.trials) + 1
        self.trials.append(
            Trial(number, self._landscape.pool.parameters(candidate), "completed", candidate, {"e": seen})
        )


def searcher(pool: CandidatePool, level: float, seed: int, score: str = "straddle") -> LevelSet:
    """Our optimizer for a level that is to be undercut."""
    settings = LevelSetSettings.model_validate({"below": level, "score": score, "initial": INITIAL})
    return settings.build(Problem(pool, (Objective("e"),), seed))


def run(method: str, landscape: Tabulated, level: float, seed: int) -> RegionRun:
    """Search with one of `SCORES`, with `botorch`, or `random`: random candidates for the same model."""
    truth = landscape.values <= level
    steps = _botorch(landscape, level, seed) if method == "botorch" else _ours(method, landscape, level, seed)
    f1: list[float] = []
    decided: list[float] = []
    statements: list[Statement] = []
    tried: tuple[int, ...] = ()
    spent = 0.0
    for tried, inside, seconds in steps:
        spent += seconds
        f1.append(f1_score(inside > 0.5, truth))
        if method == "botorch":
            continue
        decided.append(float(((inside >= CONFIDENCE) | (inside <= 1.0 - CONFIDENCE)).mean()))
        if len(tried) in STATED_AT:
            statements += list(_statements(len(tried), inside, truth))
    seconds = spent / (TRIALS - INITIAL)
    return RegionRun(method, landscape.name, tried, tuple(f1), seconds, tuple(statements), tuple(decided))


Step = tuple[tuple[int, ...], npt.NDArray[np.float64], float]
"""What was tried, how probable each candidate is to lie inside, and the CPU time of the last proposal."""


def _ours(method: str, landscape: Tabulated, level: float, seed: int) -> Iterator[Step]:
    optimizer = searcher(landscape.pool, level, seed, method if method in SCORES else "straddle")
    order = np.random.default_rng([seed, 5]).permutation(len(landscape.pool)).tolist()
    table = Table(landscape)
    for count in range(TRIALS):
        started = time.process_time()
        candidate = order[count] if method == "random" else optimizer.propose(table.history, 1)[0].candidate
        seconds = time.process_time() - started
        assert candidate is not None
        table.perform(candidate)
        if count + 1 >= INITIAL:
            inside = optimizer.survey(table.history).inside
            yield tuple(trial.candidate or 0 for trial in table.trials), inside, seconds


def _botorch(landscape: Tabulated, level: float, seed: int) -> Iterator[Step]:
    """From the same ten trials as ours."""
    from benchmarks.peers.botorch_straddle import BotorchStraddle

    tried = [one.candidate or 0 for one in searcher(landscape.pool, level, seed).propose(History(), INITIAL)]
    peer = BotorchStraddle(landscape.pool, level, seed)
    for candidate in tried:
        peer.tell(candidate, float(landscape.values[candidate]))
    while True:
        started = time.process_time()
        candidate, below = peer.ask()
        yield tuple(tried), below.astype(np.float64), time.process_time() - started
        if len(tried) == TRIALS:
            return
        tried.append(candidate)
        peer.tell(candidate, float(landscape.values[candidate]))


def _statements(trials: int, inside: npt.NDArray[np.float64], truth: Mask) -> Iterator[Statement]:
    for confidence in CONFIDENCES:
        within, without = inside >= confidence, inside <= 1.0 - confidence
        strangers, lost = int((within & ~truth).sum()), int((without & truth).sum())
        decided = int((within | without).sum())
        yield Statement(trials, confidence, decided, strangers + lost, int(within.sum()), strangers, int(truth.sum()))
