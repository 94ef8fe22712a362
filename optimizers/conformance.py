"""The promises of the Optimizer protocol as tests that every implementation inherits.

Subclass `OptimizerConformance` in a test module and say how your optimizer is built:

    class TestMine(OptimizerConformance):
        def settings(self):
            return MySettings()

pytest collects the inherited tests. `pool` may be overridden to try another space.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from optimizers.history import History, Observation, Standing, Trial
from optimizers.objective import Goal, Objective
from optimizers.pool import CandidatePool
from optimizers.proposal import Proposal
from optimizers.protocol import Optimizer, OptimizerSettings, Problem

NAME = "quality"


class Laboratory:
    """Runs trials of a known function and keeps the history, ended trials first."""

    def __init__(self, optimizer: Optimizer, value: Callable[[Any], float], verdict: Callable[[int], Standing]) -> None:
        self.optimizer = optimizer
        self.ended: list[Trial] = []
        self.pending: list[Trial] = []
        self._value, self._verdict = value, verdict

    @property
    def history(self) -> History:
        """What an optimizer would be told now."""
        return History((*self.ended, *self.pending))

    def start(self, count: int = 1) -> list[Proposal]:
        """Ask for proposals and begin them."""
        proposals = self.optimizer.propose(self.history, count)
        for proposal in proposals:
            number = len(self.ended) + len(self.pending) + 1
            self.pending.append(Trial(number, proposal.parameters, "pending", proposal.candidate))
        return proposals

    def finish(self, position: int = 0) -> None:
        """End the pending trial at `position`."""
        trial = self.pending.pop(position)
        standing = self._verdict(trial.number)
        seen = {NAME: Observation(self._value(trial.parameters))} if standing == "completed" else {}
        self.ended.append(Trial(trial.number, trial.parameters, standing, trial.candidate, seen))


def _valley(parameters: Any) -> float:
    return float((parameters["x"] - 0.3) ** 2 + 0.5 * np.sin(5.0 * parameters["y"]) + 0.01 * parameters["x"])


def _mixed_verdict(number: int) -> Standing:
    verdicts: dict[int, Standing] = {3: "infeasible", 6: "unconverged", 8: "void", 11: "infeasible"}
    return verdicts.get(number, "completed")


class OptimizerConformance:
    """Inherit, and provide `settings`."""

    def settings(self) -> OptimizerSettings:
        """The settings whose `build` makes the optimizer under test."""
        raise NotImplementedError("override settings()")

    def pool(self, size: int = 48) -> CandidatePool:
        """A pool with numeric columns x and y and `size` candidates."""
        generator = np.random.default_rng(11)
        return CandidatePool(pd.DataFrame(generator.random((size, 2)), columns=["x", "y"]))

    def build(self, size: int = 48, goal: Goal = "minimize", seed: int = 5) -> Optimizer:
        """A fresh optimizer."""
        return self.settings().build(Problem(self.pool(size), (Objective(NAME, goal=goal),), seed))

    def laboratory(self, size: int = 48, goal: Goal = "minimize", verdict: Callable[[int], Standing] | None = None):  # type: ignore[no-untyped-def]
        """A fresh optimizer and a function to run it on."""
        return Laboratory(self.build(size, goal), _valley, verdict or (lambda _: "completed"))

    def test_a_fresh_optimizer_proposes_what_a_warm_one_proposes_at_every_prefix(self) -> None:
        laboratory = self.laboratory(verdict=_mixed_verdict)
        order = np.random.default_rng(2)
        for _ in range(24):
            while len(laboratory.pending) < 3:
                history = laboratory.history
                assert laboratory.start(1) == self.build().propose(history, 1)
            laboratory.finish(int(order.integers(3)))

    def test_asking_twice_gives_the_same_answer(self) -> None:
        laboratory = self.laboratory()
        laboratory.start(7)
        for _ in range(7):
            laboratory.finish()
        first = laboratory.optimizer.propose(laboratory.history, 2)
        assert laboratory.optimizer.propose(laboratory.history, 2) == first

    def test_a_shorter_or_different_history_is_answered_as_by_a_fresh_optimizer(self) -> None:
        laboratory = self.laboratory()
        for _ in range(10):
            laboratory.start()
            laboratory.finish()
        trials = laboratory.history.trials
        for history in (History(trials[:6]), History(trials[::-1]), History(trials[2:9]), History()):
            assert laboratory.optimizer.propose(history, 1) == self.build().propose(history, 1)

    def test_no_candidate_is_proposed_twice_with_trials_pending(self) -> None:
        laboratory = self.laboratory(size=30, verdict=_mixed_verdict)
        order = np.random.default_rng(3)
        seen: list[int | None] = []
        while len(seen) < 30:
            seen += [proposal.candidate for proposal in laboratory.start(min(4, 30 - len(seen)))]
            laboratory.finish(int(order.integers(len(laboratory.pending))))
        assert sorted(seen, key=str) == sorted(range(30), key=str)

    def test_an_exhausted_pool_yields_nothing(self) -> None:
        laboratory = self.laboratory(size=4)
        assert len(laboratory.start(4)) == 4
        assert laboratory.start(1) == []
        for _ in range(4):
            laboratory.finish()
        assert laboratory.start(1) == []

    def test_a_count_beyond_the_pool_yields_the_whole_pool_once(self) -> None:
        proposals = self.build(size=9).propose(History(), 50)
        assert sorted(proposal.candidate or 0 for proposal in proposals) == list(range(9))

    def test_a_count_of_zero_yields_nothing(self) -> None:
        assert self.build().propose(History(), 0) == []

    def test_a_campaign_of_infeasible_trials_goes_on_to_the_end_of_the_pool(self) -> None:
        laboratory = self.laboratory(size=12, verdict=lambda _: "infeasible")
        for _ in range(12):
            assert len(laboratory.start()) == 1
            laboratory.finish()
        assert laboratory.start() == []

    def test_trials_without_a_value_do_not_stop_the_campaign(self) -> None:
        for standing in ("unconverged", "void"):
            laboratory = self.laboratory(size=12, verdict=lambda _, standing=standing: standing)  # type: ignore[misc]
            for _ in range(12):
                assert len(laboratory.start()) == 1
                laboratory.finish()

    def test_both_goals_are_served(self) -> None:
        for goal in ("minimize", "maximize"):
            laboratory = self.laboratory(goal=goal)
            for _ in range(12):
                laboratory.start()
                laboratory.finish()
            assert len({trial.candidate for trial in laboratory.ended}) == 12

    def test_proposals_are_plain_data(self) -> None:
        laboratory = self.laboratory()
        for _ in range(10):
            (proposal,) = laboratory.start()
            assert type(proposal.candidate) is int
            assert all(type(value) in (int, float, str, bool, type(None)) for value in proposal.parameters.values())
            assert proposal.parameters == self.pool().parameters(proposal.candidate)
            assert json.loads(json.dumps(proposal.reasons, allow_nan=False)) == proposal.reasons
            assert proposal.score is None or type(proposal.score) is float
            for prediction in proposal.predicted.values():
                assert type(prediction.mean) is float
                assert type(prediction.standard_deviation) is float
                assert prediction.standard_deviation >= 0.0
            laboratory.finish()

    def test_every_proposal_says_which_rule_chose_it(self) -> None:
        laboratory = self.laboratory()
        for _ in range(8):
            (proposal,) = laboratory.start()
            assert isinstance(proposal.reasons["proposed_by"], str)
            laboratory.finish()
