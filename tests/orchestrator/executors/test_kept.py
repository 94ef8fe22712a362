import json
from pathlib import Path

import numpy as np
import pytest

from orchestrator.executors.kept import Learning, kept_folder
from orchestrator.executors.outcome import Outcome, Value
from simulators.quantum_monte_carlo.self_learning import EffectiveWeight, accepted

BITS = (np.arange(64)[:, None] >> np.arange(6)) & 1
SPINS = 2.0 * BITS - 1.0
PAIRS = (SPINS * np.roll(SPINS, 1, axis=1)).sum(axis=1)
LOG_WEIGHT = 0.6 * PAIRS + 0.3 * SPINS[:, :4].prod(axis=1)
"""A ring of six spins whose neighbours agree, and a term that the features below do not know."""
FEATURES = np.column_stack([np.ones(64), PAIRS])


class SelfLearningSampler:
    """A function for an executor: it walks with moves drawn from what it has learned, and learns from the walk."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, parameters, folder):
        file = kept_folder(folder, "learned") / "weight.npz"
        weight = EffectiveWeight.load(file) if file.exists() else EffectiveWeight.untaught(2)
        chance = np.random.default_rng(int(parameters["seed"]))
        effective = weight.log_weight(FEATURES)
        proposals = chance.choice(64, size=self.steps, p=np.exp(effective) / np.exp(effective).sum())
        state, seen, moves = 0, [], 0
        for proposed in proposals:
            if accepted(LOG_WEIGHT[proposed] - LOG_WEIGHT[state], effective[proposed] - effective[state], chance):
                state, moves = proposed, moves + 1
            seen.append(state)
        quality, rests_on = weight.r_squared, int(weight.totals[0])
        weight.learn(FEATURES[seen], LOG_WEIGHT[seen])
        weight.save(file)
        report = Learning(moves / self.steps, quality, rests_on)
        magnet = np.abs(SPINS[seen].sum(axis=1))
        return Outcome(values={"order": Value(value=float(magnet.mean()))}, details=report.details())


@pytest.fixture
def attempt(tmp_path):
    def make(trial) -> Path:
        folder = tmp_path / "campaign" / f"trial-{trial:05d}" / "attempt-1"
        folder.mkdir(parents=True)
        return folder

    return make


def test_what_is_kept_belongs_to_the_campaign(attempt, tmp_path):
    first, second = kept_folder(attempt(1), "learned"), kept_folder(attempt(2), "learned")
    assert first == second == tmp_path / "campaign" / "learned"
    assert first.is_dir()


def test_a_later_trial_is_served_by_what_an_earlier_one_learned_and_says_how_well(attempt):
    sampler = SelfLearningSampler(3000)
    first, second = (sampler({"seed": trial}, attempt(trial)).details["learning"] for trial in (1, 2))
    assert (first["fit_quality"], first["learned_from"]) == (None, 0)
    assert second["learned_from"] == 3000
    assert 0.5 < second["fit_quality"] < 1.0
    assert second["acceptance"] > first["acceptance"] + 0.2


def test_what_was_learned_changes_the_speed_and_not_what_is_measured(attempt):
    exact_weights = np.exp(LOG_WEIGHT)
    exact = float(np.abs(SPINS.sum(axis=1)) @ exact_weights / exact_weights.sum())
    sampler = SelfLearningSampler(20_000)
    measured = [sampler({"seed": trial}, attempt(trial)).values["order"].value for trial in (1, 2)]
    assert measured == pytest.approx([exact, exact], abs=0.1)


def test_a_report_is_plain_data():
    assert json.loads(json.dumps(Learning(0.5, None, 0).details())) == {
        "learning": {"acceptance": 0.5, "fit_quality": None, "learned_from": 0}
    }
