"""The promises of the Optimizer protocol as tests that every implementation inherits.

Subclass `OptimizerConformance` in a test module and say how your optimizer is built:

    class TestMine(OptimizerConformance):
        def settings(self):
            return MySettings()

pytest collects the inherited tests. `pool` may be overridden to try another space. For an optimizer of parameter spaces
subclass `ParameterConformance` in the same way, and override `space` or `noise` to try others.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from optimizers.history import History, Observation, Standing, Trial
from optimizers.objective import Goal, Objective
from optimizers.parameters import Choice, Composition, Fixed, Integer, LinearConstraint, ParameterSpace, Range
from optimizers.pool import CandidatePool
from optimizers.proposal import Proposal
from optimizers.protocol import Optimizer, OptimizerSettings, Problem

NAME = "quality"


class Laboratory:
    """Runs trials of a known function and keeps the history, ended trials first."""

    def __init__(
        self,
        optimizer: Optimizer,
        value: Callable[[Any], float],
        verdict: Callable[[int], Standing],
        standard_error: float | None = None,
    ) -> None:
        self.optimizer = optimizer
        self._standard_error = standard_error
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
        seen = (
            {NAME: Observation(self._value(trial.parameters), self._standard_error)} if standing == "completed" else {}
        )
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

    def test_trials_known_before_the_campaign_are_history_like_any_other(self) -> None:
        """They come first and their numbers end at 0."""
        laboratory = self.laboratory()
        pool = self.pool()
        known = tuple(
            Trial(number, pool.parameters(row), "completed", row, {NAME: Observation(_valley(pool.parameters(row)))})
            for number, row in enumerate((3, 30, 17, 41, 8), start=-4)
        )
        laboratory.ended = list(known)
        for _ in range(4):
            history = laboratory.history
            (proposal,) = laboratory.start()
            assert [proposal] == self.build().propose(history, 1)
            laboratory.finish()
        assert len({trial.candidate for trial in laboratory.ended}) == 9

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


SIMPLE = ParameterSpace((Range("x", -1.0, 2.0), Range("y", 0.0, 10.0)))
"""Two ranges: every optimizer of parameters searches it."""

MIXED = ParameterSpace(
    (
        Range("x", 0.0, 1.0, step=0.01),
        Range("pressure", 1e-3, 1.0, "Pa", scale="log"),
        Integer("layers", 1, 6),
        Choice("target", ("Fe", "Co", "Ni")),
        Choice("speed", ("slow", "medium", "fast"), ordered=True),
        Range("oxygen", 0.0, 5.0, when={"target": ("Fe", "Co")}),
        Fixed("substrate", "MgO"),
    ),
    (Composition(("a", "b", "c"), step=0.05),),
    (LinearConstraint({"x": 1.0, "layers": 0.2}, 1.5), LinearConstraint({"a": 1.0, "b": -1.0}, 0.5)),
)
"""Everything that a space of parameters can hold."""

LISTED = ParameterSpace((Integer("x", 0, 3), Choice("target", ("Fe", "Co"))))
"""Eight settings."""


def _bowl(parameters: Any) -> float:
    """A value for any setting: low in the middle of every number, and a step for every choice."""
    total = 0.0
    for place, (name, value) in enumerate(sorted(parameters.items()), start=1):
        if isinstance(value, bool | str):
            total += 0.1 * (len(str(value)) + place % 2)
        elif value is not None:
            total += (value - 0.3 * len(name)) ** 2 / place
    return float(total)


class ParameterConformance:
    """Inherit, and provide `settings`. Override `space` to try another one, `standard_error` to measure with noise.

    An optimizer that refuses some spaces overrides `listed` with one that it serves, or with None.
    """

    def settings(self) -> OptimizerSettings:
        """The settings whose `build` makes the optimizer under test."""
        raise NotImplementedError("override settings()")

    def space(self) -> ParameterSpace:
        """The space to search."""
        return SIMPLE

    def listed(self) -> ParameterSpace | None:
        """A space of a few settings, to be searched to its end."""
        return LISTED

    def standard_error(self) -> float | None:
        """The standard error of every observation; None for values without one."""
        return None

    def repeats(self) -> bool:
        """Whether a setting may be proposed again: an optimizer that knows of noise may measure twice."""
        return self.standard_error() is not None

    def build(self, space: ParameterSpace | None = None, goal: Goal = "minimize", seed: int = 5) -> Optimizer:
        """A fresh optimizer."""
        return self.settings().build(Problem(space or self.space(), (Objective(NAME, goal=goal),), seed))

    def laboratory(
        self,
        space: ParameterSpace | None = None,
        goal: Goal = "minimize",
        verdict: Callable[[int], Standing] | None = None,
    ) -> Laboratory:
        """A fresh optimizer and a function to run it on."""
        return Laboratory(self.build(space, goal), _bowl, verdict or (lambda _: "completed"), self.standard_error())

    def test_a_fresh_optimizer_proposes_what_a_warm_one_proposes_at_every_prefix(self) -> None:
        laboratory = self.laboratory(verdict=_mixed_verdict)
        order = np.random.default_rng(2)
        for _ in range(12):
            while len(laboratory.pending) < 2:
                history = laboratory.history
                assert laboratory.start(1) == self.build().propose(history, 1)
            laboratory.finish(int(order.integers(2)))

    def test_asking_twice_gives_the_same_answer(self) -> None:
        laboratory = self.laboratory()
        laboratory.start(7)
        for _ in range(7):
            laboratory.finish()
        first = laboratory.optimizer.propose(laboratory.history, 2)
        assert laboratory.optimizer.propose(laboratory.history, 2) == first

    def test_a_shorter_or_different_history_is_answered_as_by_a_fresh_optimizer(self) -> None:
        laboratory = self.laboratory()
        for _ in range(8):
            laboratory.start()
            laboratory.finish()
        trials = laboratory.history.trials
        for history in (History(trials[:5]), History(trials[::-1]), History(trials[2:7]), History()):
            assert laboratory.optimizer.propose(history, 1) == self.build().propose(history, 1)

    def test_other_seeds_begin_elsewhere(self) -> None:
        assert self.build(seed=1).propose(History(), 3) != self.build(seed=2).propose(History(), 3)

    def test_every_proposal_can_be_set(self) -> None:
        space, laboratory = self.space(), self.laboratory(verdict=_mixed_verdict)
        for _ in range(12):
            for proposal in laboratory.start(2 - len(laboratory.pending)):
                assert space.refusal(proposal.parameters) is None
                assert space.settable(proposal.parameters) == proposal.parameters
            laboratory.finish()

    def test_no_setting_is_proposed_twice_without_noise(self) -> None:
        space, laboratory = self.space(), self.laboratory(verdict=_mixed_verdict)
        seen = []
        for _ in range(10):
            seen += [space.key(proposal.parameters) for proposal in laboratory.start(3 - len(laboratory.pending))]
            laboratory.finish()
        assert self.repeats() or len(set(seen)) == len(seen)

    def test_trials_known_before_the_campaign_are_history_like_any_other(self) -> None:
        """They come first and their numbers end at 0."""
        space, laboratory = self.space(), self.laboratory()
        error = self.standard_error()
        laboratory.ended = [
            Trial(number, one, "completed", None, {NAME: Observation(float(_bowl(one)), error)})
            for number, one in enumerate(space.sample(5, 77), start=-4)
        ]
        for _ in range(3):
            history = laboratory.history
            (proposal,) = laboratory.start()
            assert [proposal] == self.build().propose(history, 1)
            assert space.refusal(proposal.parameters) is None
            laboratory.finish()

    def test_a_count_is_answered_with_as_many_different_settings(self) -> None:
        space, laboratory = self.space(), self.laboratory()
        assert len({space.key(one.parameters) for one in laboratory.optimizer.propose(History(), 4)}) == 4
        for _ in range(6):
            laboratory.start()
            laboratory.finish()
        assert len(laboratory.optimizer.propose(laboratory.history, 3)) == 3

    def test_a_count_of_zero_yields_nothing(self) -> None:
        assert self.build().propose(History(), 0) == []

    def test_a_space_of_few_settings_is_searched_to_its_end(self) -> None:
        space = self.listed()
        if space is None or self.repeats():
            return
        laboratory = self.laboratory(space)
        found = []
        while proposals := laboratory.start():
            found += [space.key(proposal.parameters) for proposal in proposals]
            laboratory.finish()
        assert len(found) == len(set(found)) == space.size

    def test_a_campaign_of_infeasible_trials_goes_on(self) -> None:
        laboratory = self.laboratory(verdict=lambda _: "infeasible")
        for _ in range(8):
            assert len(laboratory.start()) == 1
            laboratory.finish()

    def test_trials_without_a_value_do_not_stop_the_campaign(self) -> None:
        for standing in ("unconverged", "void"):
            laboratory = self.laboratory(verdict=lambda _, standing=standing: standing)  # type: ignore[misc]
            for _ in range(8):
                assert len(laboratory.start()) == 1
                laboratory.finish()

    def test_equal_values_everywhere_do_not_stop_the_campaign(self) -> None:
        laboratory = Laboratory(self.build(), lambda _: 1.5, lambda _: "completed", self.standard_error())
        for _ in range(8):
            assert len(laboratory.start()) == 1
            laboratory.finish()

    def test_both_goals_are_served(self) -> None:
        """The same values with the other sign, and the other goal, are the same campaign."""
        found = []
        for goal, sign in (("minimize", 1.0), ("maximize", -1.0)):
            optimizer = self.build(goal=goal)  # type: ignore[arg-type]
            laboratory = Laboratory(
                optimizer,
                lambda parameters, sign=sign: sign * _bowl(parameters),  # type: ignore[misc]
                lambda _: "completed",
                self.standard_error(),
            )
            for _ in range(9):
                laboratory.start()
                laboratory.finish()
            found.append([trial.parameters for trial in laboratory.ended])
        assert found[0] == found[1]

    def test_proposals_are_plain_data(self) -> None:
        laboratory = self.laboratory()
        for _ in range(9):
            (proposal,) = laboratory.start()
            assert proposal.candidate is None
            assert all(type(value) in (int, float, str, bool, type(None)) for value in proposal.parameters.values())
            assert json.loads(json.dumps(proposal.reasons, allow_nan=False)) == proposal.reasons
            assert isinstance(proposal.reasons["proposed_by"], str)
            assert proposal.score is None or type(proposal.score) is float
            for prediction in proposal.predicted.values():
                assert type(prediction.mean) is float
                assert type(prediction.standard_deviation) is float
                assert prediction.standard_deviation >= 0.0
            laboratory.finish()


class MixedParameterConformance(ParameterConformance):
    """The same promises in a space that holds everything a space can hold. Inherit, and provide `settings`."""

    def space(self) -> ParameterSpace:
        return MIXED
