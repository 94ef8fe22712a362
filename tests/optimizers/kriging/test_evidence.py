import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, Trial
from optimizers.errors import MissingObservation, UnknownCandidate
from optimizers.kriging.settings import KrigingSettings

POOL = CandidatePool(pd.DataFrame({"x": [row / 30.0 for row in range(30)]}))


def completed(number, candidate, name="e"):
    seen = {name: Observation((candidate - 11.0) ** 2)}
    return Trial(number, POOL.parameters(candidate), "completed", candidate, seen)


def build():
    return KrigingSettings().build(Problem(POOL, (Objective("e"),), seed=0))


GOOD = tuple(completed(number, 4 * number) for number in range(1, 8))


def test_an_optimizer_that_refused_a_history_answers_the_next_one_as_if_it_were_fresh():
    optimizer = build()
    optimizer.propose(History(GOOD[:5]), 1)
    with pytest.raises(MissingObservation):
        optimizer.propose(History((*GOOD[:6], completed(9, 3, name="other"))), 1)
    assert optimizer.propose(History(GOOD), 1) == build().propose(History(GOOD), 1)


def test_a_candidate_that_the_pool_does_not_hold_is_named():
    with pytest.raises(UnknownCandidate, match="candidate 30"):
        build().propose(History((Trial(1, {"x": 1.0}, "completed", 30, {"e": Observation(1.0)}),)), 1)


def test_an_interrupted_step_leaves_nothing_half_done(monkeypatch):
    from optimizers.kriging.posterior import Posterior

    optimizer = build()
    optimizer.propose(History(GOOD[:5]), 1)
    with monkeypatch.context() as patched:
        patched.setattr(Posterior, "_signal_unit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            optimizer.propose(History(GOOD), 1)
    assert optimizer.propose(History(GOOD), 1) == build().propose(History(GOOD), 1)


def test_a_trial_outside_the_pool_teaches_too():
    outside = Trial(9, {"x": 0.371}, "completed", None, {"e": Observation(-5.0)})
    (proposal,) = build().propose(History((*GOOD, outside)), 1)
    assert proposal.parameters["x"] == pytest.approx(0.371, abs=0.06)
