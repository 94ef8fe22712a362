"""A campaign with several workers on a simulated clock: each freed worker asks for one more trial at once."""

import heapq
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.tabulated import Tabulated
from optimizers import History, Observation, Optimizer, Trial

RUN_TIME_SIGMA = 0.5


@dataclass(frozen=True)
class Finish:
    """When the first good trial ended (in mean run times), and how many trials had ended by then, itself included.

    `solved` is False if the cap came first; time and trials are then those of the cap.
    """

    time: float
    trials: int
    solved: bool


def run_time(seed: int, number: int) -> float:
    """The run time of a trial: log-normal with mean 1 and sigma 0.5, the same for any number of workers."""
    deviate = np.random.default_rng([seed, number]).standard_normal()
    return float(np.exp(RUN_TIME_SIGMA * deviate - RUN_TIME_SIGMA**2 / 2))


def simulate(
    optimizer: Optimizer,
    objective: str,
    landscape: Tabulated,
    good: NDArray[np.bool_],
    *,
    workers: int,
    seed: int,
    cap: int,
) -> Finish:
    """Run until a good candidate has been measured, or `cap` trials have ended.

    Raises RuntimeError if the optimizer proposes a candidate twice.
    """
    ended: list[Trial] = []
    running: dict[int, Trial] = {}
    clock: list[tuple[float, int]] = []
    now = 0.0
    while True:
        while len(running) < workers and len(ended) + len(running) < cap:
            history = History((*ended, *(running[number] for number in sorted(running))))
            trial = _propose(optimizer, history)
            running[trial.number] = trial
            heapq.heappush(clock, (now + run_time(seed, trial.number), trial.number))
        now, number = heapq.heappop(clock)
        trial = running.pop(number)
        candidate = int(trial.candidate if trial.candidate is not None else -1)
        ended.append(_measured(trial, objective, float(landscape.values[candidate])))
        if good[candidate] or len(ended) == cap:
            return Finish(now, len(ended), bool(good[candidate]))


def _propose(optimizer: Optimizer, history: History) -> Trial:
    (proposal,) = optimizer.propose(history, 1)
    if proposal.candidate in {trial.candidate for trial in history}:
        raise RuntimeError(f"candidate {proposal.candidate} was proposed twice")
    return Trial(len(history), proposal.parameters, "pending", proposal.candidate)


def _measured(trial: Trial, objective: str, value: float) -> Trial:
    if np.isnan(value):
        return replace(trial, standing="unconverged")
    return replace(trial, standing="completed", observations={objective: Observation(value)})
