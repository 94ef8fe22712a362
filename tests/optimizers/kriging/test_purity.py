"""A warm optimizer and a fresh one say the same, to the last bit: proposals, predictions, scores and reasons."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, Trial
from optimizers.kriging.settings import KrigingSettings

TRIALS = 100
WORKERS = 3


def problem():
    generator = np.random.default_rng(6)
    table = pd.DataFrame({"x": generator.random(160), "phase": generator.random(160)})
    return Problem(CandidatePool(table, periods={"phase": 1.0}), (Objective("e"),), seed=12)


def ended(trial):
    """The trial with an outcome: one in five without a value, one in four of the values with a standard error."""
    standing = {4: "infeasible", 9: "unconverged", 13: "void", 17: "infeasible"}.get(trial.number % 20, "completed")
    if standing != "completed":
        return Trial(trial.number, trial.parameters, standing, trial.candidate)
    x, phase = trial.parameters["x"], trial.parameters["phase"]
    value = np.sin(7.0 * x) + 0.4 * np.cos(2.0 * np.pi * phase) + (9.0 if x > 0.9 else 0.0)
    error = 0.02 if trial.number % 4 == 0 else None
    return Trial(trial.number, trial.parameters, "completed", trial.candidate, {"e": Observation(float(value), error)})


def campaign(settings):
    """What a warm optimizer was told and what it answered, ask by ask, with three trials under way."""
    optimizer, order = settings.build(problem()), np.random.default_rng(3)
    done, pending, asks = [], [], []
    while len(done) + len(pending) < TRIALS:
        history = History((*done, *pending))
        proposals = optimizer.propose(history, WORKERS - len(pending))
        asks.append((history, proposals))
        for proposal in proposals:
            number = len(done) + len(pending) + 1
            pending.append(Trial(number, proposal.parameters, "pending", proposal.candidate))
        for _ in range(int(order.integers(1, WORKERS + 1))):
            done.append(ended(pending.pop(int(order.integers(len(pending))))))
    return asks


KERNELS_AND_SCHEDULES = {
    f"{kernel}-{refit}": KrigingSettings(kernel=kernel, refit=refit)
    for kernel in ("matern52", "rbf")
    for refit in ("double", 1, 7)
}
OTHERS = {
    "thompson": KrigingSettings(score="thompson", transform="rank"),
    "bound": KrigingSettings(score="ucb", transform="log", noise=1e-5, infeasible="ignore"),
    "small_memory": KrigingSettings(memory=1e-6, transform="clip", start="random"),
}


def each(settings):
    """A test for each of the named settings."""
    return pytest.mark.parametrize("settings", list(settings.values()), ids=list(settings))


@each({**KERNELS_AND_SCHEDULES, **OTHERS})
def test_a_fresh_optimizer_answers_every_prefix_of_a_campaign_as_the_warm_one_did(settings):
    asks = campaign(settings)
    standings = {trial.standing for history, _ in asks for trial in history}
    assert standings == {"completed", "infeasible", "unconverged", "void", "pending"}
    assert any(proposal.predicted and proposal.score is not None for _, proposals in asks for proposal in proposals)
    for history, proposals in asks:
        assert settings.build(problem()).propose(history, len(proposals)) == proposals


@each(KERNELS_AND_SCHEDULES)
def test_asking_in_between_or_out_of_order_changes_nothing(settings):
    asks = campaign(settings)
    optimizer = settings.build(problem())
    shuffled = np.random.default_rng(8).permutation(len(asks))[:20]
    for earlier, later in pairwise(shuffled):
        for history, proposals in (asks[earlier], asks[later], asks[later]):
            assert optimizer.propose(history, len(proposals)) == proposals


def test_the_order_in_which_trials_ended_is_part_of_the_history():
    asks = campaign(KrigingSettings())
    history, proposals = asks[-1]
    turned = History(tuple(reversed(history.trials)))
    optimizer = KrigingSettings().build(problem())
    optimizer.propose(history, 1)
    assert optimizer.propose(turned, 1) == KrigingSettings().build(problem()).propose(turned, 1)
    assert optimizer.propose(history, len(proposals)) == proposals
