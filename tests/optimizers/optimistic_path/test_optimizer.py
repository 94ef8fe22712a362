import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, SymmetryOperation, Trial
from optimizers.optimistic_path.grid import PeriodicGrid
from optimizers.optimistic_path.settings import OptimisticPathSettings

N = 24
X, Y = (np.indices((N, N)).reshape(2, -1) / N) * 2 * np.pi
HILLS = np.cos(X) + 0.6 * np.cos(Y) + 0.3 * np.cos(X + Y) + 0.2 * np.cos(2 * X)
"""An even function: inversion is a symmetry."""
POOL = CandidatePool(
    pd.DataFrame({"x": X / (2 * np.pi), "y": Y / (2 * np.pi)}),
    periods={"x": 1.0, "y": 1.0},
    symmetry=(SymmetryOperation(sign={"x": -1, "y": -1}),),
)


def explored(values, settings=None, most=150, standing=lambda _: "completed"):
    """Trials until the first proposal that carries a certificate, and that proposal."""
    optimizer = (settings or OptimisticPathSettings()).build(Problem(POOL, (Objective("energy"),), 1))
    trials = []
    while len(trials) < most:
        (proposal,) = optimizer.propose(History(tuple(trials)), 1)
        if proposal.reasons.get("certified"):
            return optimizer, History(tuple(trials)), proposal
        kind = standing(proposal.candidate)
        seen = {"energy": Observation(float(values[proposal.candidate]))} if kind == "completed" else {}
        trials.append(Trial(len(trials) + 1, proposal.parameters, kind, proposal.candidate, seen))
    raise AssertionError(f"no certificate after {most} trials")


def true_barrier(values):
    way = PeriodicGrid(POOL).way(values, int(values.argmin()))
    return way.top - values.min()


def test_the_certified_barrier_is_the_one_of_the_whole_grid_found_with_a_part_of_it():
    _, history, proposal = explored(HILLS)
    assert proposal.reasons["barrier"] == pytest.approx(true_barrier(HILLS), abs=1e-9)
    assert len(history) < 0.4 * len(POOL) / 2


def test_a_wall_far_above_the_rest_does_not_mislead():
    walled = HILLS + np.where(np.cos(X) > 0.6, 1e6, 0.0)
    _, _, proposal = explored(walled)
    assert proposal.reasons["barrier"] == pytest.approx(true_barrier(walled), abs=1e-9)


def test_a_place_that_cannot_be_is_never_on_the_path():
    closed = np.abs(np.sin(X / 2)) < 0.2
    values = np.where(closed, np.inf, HILLS)
    _, _, proposal = explored(HILLS, standing=lambda site: "infeasible" if closed[site] else "completed")
    assert not closed[proposal.reasons["path"]].any()
    assert proposal.reasons["barrier"] == pytest.approx(true_barrier(values), abs=1e-9)


def test_the_path_leads_through_measured_places_and_their_images_only():
    _, history, proposal = explored(HILLS)
    measured = {round(HILLS[trial.candidate], 9) for trial in history}
    assert {round(HILLS[point], 9) for point in proposal.reasons["path"]} <= measured


def test_a_certificate_makes_a_campaign_end_once_a_trial_carries_it():
    optimizer, history, proposal = explored(HILLS)
    assert optimizer.chance_of_better(history, 0.0) == 1.0
    told = Trial(
        len(history) + 1,
        proposal.parameters,
        "completed",
        proposal.candidate,
        {"energy": Observation(float(HILLS[proposal.candidate]))},
    )
    assert optimizer.chance_of_better(History((*history.trials, told)), 0.0) == 0.0


def test_a_certified_path_is_doubted_harder():
    optimizer, history, proposal = explored(HILLS)
    assert proposal.candidate not in {trial.candidate for trial in history}
    assert optimizer.outlook(history).exploration == 2.0
    assert optimizer.outlook(history).certified


def test_before_the_model_is_asked_there_is_no_outlook():
    optimizer = OptimisticPathSettings().build(Problem(POOL, (Objective("energy"),), 1))
    assert optimizer.outlook(History()) is None
    assert optimizer.chance_of_better(History(), 0.0) == 1.0
