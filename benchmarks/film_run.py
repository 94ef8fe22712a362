"""One campaign of simulated growths, from its first film to its last."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.film_problems import OXYGEN, FilmProblem, Measured
from optimizers import CandidatePool, History, Objective, Observation, Optimizer, Problem, Trial
from optimizers.botorch.settings import BotorchSettings
from optimizers.box.settings import BoxSettings
from optimizers.history import Standing
from optimizers.kriging.settings import KrigingSettings
from optimizers.random_search import RandomSettings
from simulators.thin_film.growth import SCATTER

CANDIDATES = 501
"""Oxygen pressures from which kriging chooses."""
NEVER_FAILING = ("oxygen", "flow", "prism")
Builder = Callable[[FilmProblem, int], Optimizer]


def _objectives(problem: FilmProblem) -> tuple[Objective, ...]:
    return (Objective(problem.figure, problem.unit),)


def _box(**changed: str) -> Builder:
    settings = BoxSettings.model_validate({"transform": "log", **changed})
    return lambda problem, seed: settings.build(Problem(problem.space, _objectives(problem), seed))


def _random(problem: FilmProblem, seed: int) -> Optimizer:
    return RandomSettings().build(Problem(problem.space, _objectives(problem), seed))


def _kriging(problem: FilmProblem, seed: int) -> Optimizer:
    """On a list of candidates, as the published experiment had it; the model sees the logarithm of the pressure."""
    assert problem.name == "oxygen"
    pressures = np.geomspace(OXYGEN.low, OXYGEN.high, CANDIDATES)
    table = pd.DataFrame({"oxygen": pressures, "log_oxygen": np.log10(pressures)})
    pool = CandidatePool(table, features=("log_oxygen",))
    return KrigingSettings(transform="log").build(Problem(pool, _objectives(problem), seed))


def _botorch(problem: FilmProblem, seed: int) -> Optimizer:
    return BotorchSettings().build(Problem(problem.space, _objectives(problem), seed))


METHODS: dict[str, Builder] = {
    "box": _box(),
    "box, padding alone": _box(infeasible="padding"),
    "box, failures ignored": _box(infeasible="ignore"),
    "box, transform auto": _box(transform="auto"),
    "box, scatter stated": _box(),
    "box, no error told": _box(),
    "kriging, 501 candidates": _kriging,
    "botorch, of the logarithm": _botorch,
    "random": _random,
}
UNTOLD = "box, no error told"
"""The method that infers the noise of a value."""
OF_LOGARITHM = "botorch, of the logarithm"
"""The method whose settings know no logarithm, so the campaign's objective is one."""
STATED_SCATTER = "box, scatter stated"
"""The method that is told the run-to-run scatter with every value; the others are told the probe's error alone."""


def plays(method: str, problem: FilmProblem) -> bool:
    """Whether a method searches such a space; where nothing fails, failures are treated alike."""
    for slow_or_narrow, only in (("kriging", "oxygen"), ("botorch", "recipe")):
        if method.startswith(slow_or_narrow):
            return problem.name == only
    return problem.name not in NEVER_FAILING or method not in ("box, padding alone", "box, failures ignored")


@dataclass(frozen=True)
class FilmRun:
    """`true[k]` is the figure of film k + 1 without scatter and error, `seen[k]` what was measured on it; None where
    the growth failed. `seconds` is the process CPU time of a growth and its proposal, on average.
    """

    problem: str
    method: str
    seed: int
    true: tuple[float | None, ...]
    seen: tuple[float | None, ...]
    seconds: float


def run(problem: FilmProblem, method: str, seed: int) -> FilmRun:
    """Grow all films. Growth k of a seed has the same chance for every method, and a seed has one probe."""
    optimizer = METHODS[method](problem, seed)
    trials: list[Trial] = []
    true: list[float | None] = []
    seen: list[float | None] = []
    begun = time.process_time()
    for number in range(1, problem.growths + 1):
        (proposal,) = optimizer.propose(History(tuple(trials)), 1)
        film = problem.grow(proposal.parameters, seed, number)
        failed = bool(film.failure)
        told = {} if failed else {problem.figure: _told(film, method)}
        standing: Standing = "infeasible" if failed else "completed"
        trials.append(Trial(number, proposal.parameters, standing, proposal.candidate, told))
        true.append(None if failed else film.true)
        seen.append(None if failed else film.seen)
    seconds = (time.process_time() - begun) / problem.growths
    return FilmRun(problem.name, method, seed, tuple(true), tuple(seen), seconds)


def _told(film: Measured, method: str) -> Observation:
    """What an optimizer learns of a film."""
    scatter = SCATTER * np.log(10.0) * film.seen if method == STATED_SCATTER else 0.0
    std = float(np.hypot(film.std, scatter))
    if method == OF_LOGARITHM:
        return Observation(float(np.log10(film.seen)), std / (film.seen * float(np.log(10.0))))
    return Observation(film.seen, None if method == UNTOLD else std)


def growths_to(found: FilmRun, level: float) -> int | None:
    """How many growths it took until the figure of one was at most `level`; None if it never was."""
    return next((k for k, value in enumerate(found.true, 1) if value is not None and value <= level), None)


def growths_to_keep(found: FilmRun, level: float) -> int | None:
    """The same for the film that one would keep: the best *measured* one so far must truly be at most `level`."""
    best, kept = np.inf, np.inf
    for count, (value, seen) in enumerate(zip(found.true, found.seen, strict=True), 1):
        if value is not None and seen is not None and seen < best:
            best, kept = seen, value
        if kept <= level:
            return count
    return None


def failures(found: FilmRun, growths: int | None = None) -> int:
    """How many of the first `growths`, or of all, failed."""
    return sum(value is None for value in found.true[:growths])


def best_after(found: FilmRun, growths: int) -> float:
    """The smallest figure among the first growths; infinite if none succeeded."""
    return min((value for value in found.true[:growths] if value is not None), default=np.inf)
