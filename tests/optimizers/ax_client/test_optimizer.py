"""What Ax makes of a history: reproducible to the last bit, settable, explained, and better than chance."""

import json
import logging
import os
import random
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimizers import History, Objective, Observation, OutcomeConstraint, Problem, Trial
from optimizers.ax_client.optimizer import AxOptimizer
from optimizers.ax_client.settings import AxSettings
from optimizers.front import hypervolume
from optimizers.parameters import Choice, Composition, Integer, LinearConstraint, ParameterSpace, Range

PLANE = ParameterSpace((Range("x", 0.0, 1.0), Range("y", 0.0, 1.0)))
COST, GAIN = Objective("cost", "EUR", threshold=1.0), Objective("gain", goal="maximize", threshold=-0.5)


def measured(parameters):
    """Cost has its minimum 0 at (0.3, 0.6), gain its maximum 0 at (0.7, 0.6); their sum is what `limit` is about."""
    x, y = parameters["x"], parameters["y"]
    return {
        "cost": (x - 0.3) ** 2 + (y - 0.6) ** 2,
        "gain": -((x - 0.7) ** 2) - (y - 0.6) ** 2,
        "limit": x + y,
    }


def completed(number, parameters, error=None, names=("cost", "gain", "limit")):
    seen = {name: Observation(value, error) for name, value in measured(parameters).items() if name in names}
    return Trial(number, parameters, "completed", observations=seen)


def optimizer(objectives=(COST,), constraints=(), space=PLANE, seed=7, **settings) -> AxOptimizer:
    return AxSettings(**settings).build(Problem(space, objectives, seed, constraints=constraints))


def begun(count=6, error=None, space=PLANE):
    return History(tuple(completed(n, one, error) for n, one in enumerate(space.sample(count, 1), start=1)))


def campaign(engine, trials):
    history = History()
    for number in range(1, trials + 1):
        (proposal,) = engine.propose(history, 1)
        history = History((*history.trials, completed(number, proposal.parameters)))
    return history


def test_a_batch_is_what_one_ask_after_the_other_would_give():
    history = begun()
    together = optimizer().propose(history, 2)
    (first,) = optimizer().propose(history, 1)
    pending = Trial(7, first.parameters, "pending")
    assert [first, *optimizer().propose(History((*history.trials, pending)), 1)] == together
    assert PLANE.key(together[0].parameters) != PLANE.key(together[1].parameters)


def test_another_trial_number_draws_other_random_numbers_and_another_seed_too():
    engine, history = optimizer(), begun()
    renumbered = History((*history.trials[:-1], replace(history.trials[-1], number=40)))
    (one,), (other,), (third,) = (
        engine.propose(history, 1),
        engine.propose(renumbered, 1),
        optimizer(seed=8).propose(history, 1),
    )
    assert len({one.score, other.score, third.score}) == 3


def test_replaying_at_once_is_replaying_one_by_one():
    from optimizers.ax_client import client as module
    from optimizers.ax_client.session import quiet, reproducible

    class OneByOne(module.Asked):
        def _replay(self, trials):
            for told in trials:
                index = self._client.attach_trial(dict(told.parameters))
                self._client.complete_trial(index, raw_data=dict(told.readings))

    engine = optimizer((COST, GAIN))
    evidence = engine._reader.read(begun(error=0.1))
    with quiet(), reproducible():
        found = [kind(engine._translation, "-m0, -m1", evidence, 5).suggest() for kind in (module.Asked, OneByOne)]
    assert found[0] == found[1]


@pytest.mark.slow
def test_the_random_numbers_of_libraries_in_other_threads_do_not_matter():
    history = begun()
    expected = optimizer().propose(history, 1)
    stop = threading.Event()

    def draw():
        while not stop.is_set():
            random.random()

    other = threading.Thread(target=draw)
    other.start()
    found = optimizer().propose(history, 1)
    stop.set()
    other.join()
    assert found == expected


def test_an_ask_leaves_the_process_as_it_was():
    import torch
    from botorch.acquisition.multi_objective import logei

    engine, history = optimizer((COST, GAIN)), begun()
    engine.propose(history, 1)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.manual_seed(1)
    before = (torch.get_rng_state(), random.getstate(), torch.get_default_dtype(), logei._load_attempted)
    filters = [list(handler.filters) for handler in logging.getLogger("ax").handlers]
    engine.propose(history, 1)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(threads)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), torch.get_default_dtype(), logei._load_attempted) == before[1:]
    assert [list(handler.filters) for handler in logging.getLogger("ax").handlers] == filters


def test_ax_says_nothing_to_the_user(capfd):
    optimizer(constraints=(OutcomeConstraint("limit", at_most=1.0),)).propose(begun(), 1)
    said = capfd.readouterr()
    assert said.out == said.err == ""


IN_ANOTHER_PROCESS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import test_optimizer as here
import torch
torch.set_num_threads(int(sys.argv[2]))
found = here.optimizer((here.COST, here.GAIN)).propose(here.begun(), 1)[0]
print(json.dumps([found.parameters, found.score, found.reasons], sort_keys=True))
"""


@pytest.mark.slow
def test_other_processes_with_other_threads_and_hash_seeds_propose_the_same():
    (here,) = optimizer((COST, GAIN)).propose(begun(), 1)
    expected = json.dumps([here.parameters, here.score, here.reasons], sort_keys=True)
    for threads in ("1", "4"):
        environment = os.environ | {"OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        ran = subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS, str(Path(__file__).parent), threads],
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
        assert ran.stdout.strip() == expected and ran.stderr == ""


@pytest.mark.slow
def test_a_dozen_trials_find_the_valley():
    costs = [trial.observations["cost"].value for trial in campaign(optimizer(), 12)]
    assert min(costs[5:]) < 3e-3 and min(costs[5:]) < min(costs[:5]) / 5


def test_a_proposal_says_what_is_expected_and_why():
    (proposal,) = optimizer((COST, GAIN), (OutcomeConstraint("limit", at_most=1.5),)).propose(begun(), 1)
    assert set(proposal.predicted) == {"cost", "gain", "limit"}
    assert proposal.predicted["limit"].mean == pytest.approx(measured(proposal.parameters)["limit"], abs=0.2)
    assert proposal.predicted["gain"].mean < 0.2
    reasons = proposal.reasons
    assert reasons["proposed_by"] == "Ax" and reasons["acquisition"] == "qLogNoisyExpectedHypervolumeImprovement"
    assert set(reasons["length_scales"]) == {"cost", "gain", "limit"}
    assert set(reasons["length_scales"]["cost"]) == {"x", "y"}
    nearest = begun().trials[reasons["nearest_trial"]["trial"] - 1]
    away = [np.hypot(one.parameters["x"] - proposal.parameters["x"], one.parameters["y"] - proposal.parameters["y"])
            for one in begun()]  # fmt: skip
    assert measured(nearest.parameters)["cost"] == begun().trials[int(np.argmin(away))].observations["cost"].value
    assert reasons["nearest_trial"]["distance"] == pytest.approx(min(away))


@pytest.mark.slow
def test_an_outcome_constraint_moves_the_best_trials_to_its_edge():
    """Within x + y <= 0.7 the lowest cost is 0.02, at (0.2, 0.5)."""
    limit = OutcomeConstraint("limit", at_most=0.7)
    history = campaign(optimizer(constraints=(limit,), noise="none"), 12)
    kept = [trial for trial in history if limit.admits(trial.observations["limit"].value)]
    assert min(trial.observations["cost"].value for trial in kept) < 0.03


def test_with_nothing_admissible_yet_the_admissible_region_is_looked_for():
    limit = OutcomeConstraint("limit", at_most=0.2)
    far = [{"x": 0.9, "y": 0.8}, {"x": 0.7, "y": 0.9}, {"x": 0.5, "y": 0.6}, {"x": 0.8, "y": 0.4}, {"x": 0.4, "y": 0.9}]
    history = History(tuple(completed(number, one) for number, one in enumerate(far, start=1)))
    (proposal,) = optimizer(constraints=(limit,)).propose(history, 1)
    lowest = min(trial.observations["limit"].value for trial in history)
    assert measured(proposal.parameters)["limit"] < lowest - 0.1


@pytest.mark.slow
def test_two_objectives_spread_over_the_front():
    """The front is the line from (0.3, 0.6) to (0.7, 0.6)."""
    history = campaign(optimizer((COST, GAIN), noise="none"), 12)

    def volume(trials):
        points = [(trial.observations["cost"].value, -trial.observations["gain"].value) for trial in trials]
        return hypervolume(points, (1.0, 0.5))

    chance = [completed(number, one) for number, one in enumerate(PLANE.sample(12, 7))]
    assert volume(history) > 0.48 > volume(chance)  # the whole front has 0.496


def test_settings_with_a_trial_out_are_kept_away_from():
    history = begun()
    (first,) = optimizer().propose(history, 1)
    for standing in ("pending", "unconverged", "void", "infeasible"):
        there = Trial(7, first.parameters, standing)
        (second,) = optimizer().propose(History((*history.trials, there)), 1)
        distance = np.hypot(*(first.parameters[name] - second.parameters[name] for name in ("x", "y")))
        assert distance > 0.01, standing


def test_exact_values_are_never_measured_twice_and_uncertain_ones_may_be():
    space = ParameterSpace((Integer("x", 0, 2), Choice("y", (0.5, 0.7))))
    everything = tuple(completed(number, one) for number, one in enumerate(space.listing(), start=1))
    assert optimizer(space=space).propose(History(everything), 1) == []
    uncertain = tuple(completed(number, one, 0.05) for number, one in enumerate(space.listing(), start=1))
    (again,) = optimizer(space=space).propose(History(uncertain), 1)
    assert again.parameters["x"] == 0 and again.reasons["proposed_by"] == "Ax"
    rejected = Trial(9, again.parameters, "void")
    assert optimizer(space=space).propose(History((*uncertain, rejected)), 1)[0].parameters != again.parameters


def suggesting(monkeypatch, values=None, error=None):
    from optimizers.ax_client import client

    def suggest(self):
        if error is not None:
            raise error
        original = ordinary(self)
        return original if values is None else replace(original, values=values)

    ordinary = client.Asked.suggest
    monkeypatch.setattr(client.Asked, "suggest", suggest)


def test_where_ax_suggests_what_was_tried_the_best_of_many_is_proposed(monkeypatch):
    history = begun(8)
    optimizer().propose(history, 1)
    suggesting(monkeypatch, {"p0": history.trials[0].parameters["x"], "p1": history.trials[0].parameters["y"]})
    (proposal,) = optimizer().propose(history, 1)
    assert proposal.reasons["chosen"] == "as the best of many, because what Ax suggested has been tried"
    assert measured(proposal.parameters)["cost"] < 0.1
    assert optimizer().propose(history, 1) == [proposal]


def test_where_ax_fails_the_campaign_goes_on_and_says_so(monkeypatch):
    history = begun()
    optimizer().propose(history, 1)
    suggesting(monkeypatch, error=RuntimeError("singular"))
    (proposal,) = optimizer().propose(history, 1)
    assert proposal.reasons == {
        "proposed_by": "Sobol sequence",
        "warning": "Ax could not propose (RuntimeError: singular)",
    }
    assert PLANE.refusal(proposal.parameters) is None


@pytest.mark.slow
def test_a_constraint_that_ax_cannot_be_told_of_is_kept():
    space = ParameterSpace(
        (Range("x", 0.01, 1.0, scale="log"), Range("y", 0.0, 1.0)),
        constraints=(LinearConstraint({"x": 1.0, "y": 1.0}, 0.5),),
    )
    history = begun(6, space=space)
    for _ in range(3):
        (proposal,) = optimizer(space=space).propose(history, 1)
        assert space.refusal(proposal.parameters) is None
        history = History((*history.trials, completed(len(history) + 1, proposal.parameters)))


@pytest.mark.slow
def test_in_a_composition_triangle_the_optimum_is_found():
    space = ParameterSpace((), (Composition(("a", "b", "c"), step=0.02),))

    def value(one):
        return (one["a"] - 0.2) ** 2 + (one["b"] - 0.5) ** 2 + (one["c"] - 0.3) ** 2

    engine, history = optimizer(space=space), History()
    for number in range(1, 13):
        (proposal,) = engine.propose(history, 1)
        assert space.refusal(proposal.parameters) is None
        seen = {"cost": Observation(value(proposal.parameters))}
        history = History((*history.trials, Trial(number, proposal.parameters, "completed", observations=seen)))
    assert min(trial.observations["cost"].value for trial in history) < 3e-3


def test_trials_known_before_the_campaign_replace_the_start():
    prior = begun(6)
    shifted = History(tuple(replace(trial, number=trial.number - 6) for trial in prior))
    (proposal,) = optimizer().propose(shifted, 1)
    assert proposal.reasons["proposed_by"] == "Ax"


def test_the_start_goes_on_until_there_are_values():
    failed = History(tuple(Trial(n, one, "infeasible") for n, one in enumerate(PLANE.sample(8, 7), start=1)))
    (proposal,) = optimizer().propose(failed, 1)
    assert proposal.reasons["proposed_by"] == "Sobol sequence"
    assert PLANE.key(proposal.parameters) not in {PLANE.key(trial.parameters) for trial in failed}
