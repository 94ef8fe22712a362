"""How good a search was after each of its trials, by the truth and not by what was measured."""

import math

import numpy as np
from numpy.typing import NDArray

from benchmarks.incumbent import incumbent
from benchmarks.parameter_run import FinishedRun
from benchmarks.peers_parameters.searcher import Contest
from benchmarks.peers_parameters.unit_box import place_of
from optimizers.front import hypervolume

Array = NDArray[np.float64]
FIRST_FIT = 5
"""Trials before which the incumbent of a noisy search is that of the smallest measured value."""


def loss_after(run: FinishedRun, contest: Contest, trials: int) -> float:
    """What is still missing after so many trials; 0 is perfect, infinity where nothing admissible was found.

    One objective: the true value of the incumbent less the optimum. Exact values: the incumbent is the best
    admissible trial. Noisy values: see `incumbent`. Several objectives: the share of the known hypervolume that the
    trials do not dominate.
    """
    answers = [answer for answer in run.answers[:trials] if _admissible(answer, contest)]
    count = len(contest.problem.objectives)
    if count > 1:
        assert contest.problem.hypervolume is not None
        area = hypervolume([answer[:count] for answer in answers], contest.problem.reference)
        return 1.0 - area / contest.problem.hypervolume
    assert contest.problem.optimum is not None
    if contest.standard_error:
        chosen = run.answers[_incumbent(run, contest, trials)]
        return chosen[0] - contest.problem.optimum
    return min((answer[0] for answer in answers), default=math.inf) - contest.problem.optimum


def best_visited_after(run: FinishedRun, contest: Contest, trials: int) -> float:
    """For one objective: the true value of the best trial, whether or not anybody could know it, less the optimum."""
    assert contest.problem.optimum is not None
    return min(answer[0] for answer in run.answers[:trials]) - contest.problem.optimum


def _admissible(answer: tuple[float, ...], contest: Contest) -> bool:
    return contest.problem.admissible(dict(zip(contest.quantities, answer, strict=True)))


def _incumbent(run: FinishedRun, contest: Contest, trials: int) -> int:
    measured = [values[0] for values in run.measured[:trials]]
    if trials < FIRST_FIT:
        return int(np.argmin(measured))
    domain = contest.problem.domain.values()
    points = [
        [place_of(axis, setting) for axis, setting in zip(domain, settings, strict=True)]
        for settings in run.settings[:trials]
    ]
    return incumbent(np.array(points), measured, contest.standard_error)
