import numpy as np
import pytest

from optimizers import History, Objective, Observation, Problem, RotationSpace, Trial
from optimizers.basis_search.book import Entry
from optimizers.basis_search.settings import BasisSearchSettings, Confirmation, Round
from optimizers.basis_search.tournament import starts
from optimizers.conformance import NAME, Laboratory, OptimizerConformance
from optimizers.errors import MissingObservation, UnusableSpace
from optimizers.pool import CandidatePool
from optimizers.rotation import euler_rotation, exponential, haar_rotation

SMALL = BasisSearchSettings(
    initial=5,
    bayesian=2,
    tournament=(Round(simplexes=2, trials=6), Round(simplexes=1, trials=8, effort=3, follow="objective")),
    trials=34,
    confirm=Confirmation(best=2, effort=9),
)
SPACE = RotationSpace(3)
TARGET = euler_rotation(0.3, 0.5, 0.2)


def misfit(parameters):
    """0 where the frame is that of TARGET, with a cusp there."""
    overlap = np.abs(TARGET.T @ SPACE.rotation(parameters))
    return float(3.0 - overlap.max(axis=0).sum())


class TestBasisSearch(OptimizerConformance):
    def settings(self):
        return SMALL

    def build(self, size=48, goal="minimize", seed=5):
        return self.settings().build(Problem(SPACE, (Objective(NAME, goal=goal),), seed))

    def laboratory(self, size=48, goal="minimize", verdict=None):
        return Laboratory(self.build(size, goal), misfit, verdict or (lambda _: "completed"))

    def test_proposals_are_plain_data(self):
        laboratory = self.laboratory()
        for _ in range(36):
            for proposal in laboratory.start():
                assert all(type(value) in (int, float) for value in proposal.parameters.values())
                assert proposal.candidate is None
            laboratory.finish()

    def test_both_goals_are_served(self):
        laboratory = self.laboratory(goal="maximize")
        for _ in range(30):
            laboratory.start()
            laboratory.finish()
        values = [trial.observations[NAME].value for trial in laboratory.ended]
        assert max(values[20:]) > max(values[:5])

    def test_trials_known_before_the_campaign_are_history_like_any_other(self):
        """Another list of random rotations, numbered as if they had come before the first."""
        laboratory = self.laboratory()
        rotations = (SPACE.parameters(haar_rotation(3, np.random.default_rng(seed))) for seed in range(5))
        laboratory.ended = [
            Trial(number, one, "completed", observations={NAME: Observation(misfit(one))})
            for number, one in enumerate(rotations, start=-4)
        ]
        for _ in range(4):
            history = laboratory.history
            proposals = laboratory.start()
            assert len(proposals) == 1
            assert proposals == self.build().propose(history, 1)
            laboratory.finish()

    # A rotation has no number, and there is no end of them.
    test_no_candidate_is_proposed_twice_with_trials_pending = None
    test_an_exhausted_pool_yields_nothing = None
    test_a_count_beyond_the_pool_yields_the_whole_pool_once = None
    test_a_campaign_of_infeasible_trials_goes_on_to_the_end_of_the_pool = None


def campaign(settings, objective=None, seed=0, value=misfit):
    optimizer = settings.build(Problem(SPACE, (objective or Objective("misfit"),), seed))
    trials, stages = [], []
    while proposals := optimizer.propose(History(tuple(trials)), 1):
        (proposal,) = proposals
        seen = Observation(value(proposal.parameters), 0.01 / proposal.parameters["effort"] ** 0.5)
        observations = {"misfit": seen, "score": Observation(0.0)}
        trials.append(Trial(len(trials) + 1, proposal.parameters, "completed", observations=observations))
        stages.append(proposal.reasons["proposed_by"])
    return trials, stages


def test_the_stages_follow_each_other_and_the_campaign_ends_with_the_confirmation():
    trials, stages = campaign(SMALL)
    assert stages[:5] == ["random rotation"] * 5
    assert stages[5:7] == ["expected improvement"] * 2
    assert stages[7:19] == ["tournament, round 1 of 2"] * 12
    assert stages[19:27] == ["tournament, round 2 of 2"] * 8
    assert stages[27:34] == ["refinement"] * 7
    assert stages[34:] == ["confirmation"] * 2
    assert [trial.parameters["effort"] for trial in trials] == [1] * 19 + [3] * 15 + [9] * 2


def test_the_frame_is_found():
    few = BasisSearchSettings(bayesian=20, tournament=(Round(simplexes=1, trials=46),), trials=80)
    trials, _ = campaign(few)
    assert min(misfit(trial.parameters) for trial in trials) < 0.002


def test_simplexes_start_where_the_model_thinks_best_and_not_where_a_value_was_lucky():
    chance = np.random.default_rng(3)
    near = [TARGET @ exponential(0.05 * chance.standard_normal(3), 3) for _ in range(12)]
    rotations = [*near, haar_rotation(3, chance)]
    costs = [misfit(SPACE.parameters(one)) for one in rotations[:-1]] + [-0.2]
    lucky = [
        Entry(Trial(number, {}, "completed"), rotation, cost, error, 1)
        for number, (rotation, cost, error) in enumerate(
            zip(rotations, costs, [0.01] * 12 + [1.0], strict=True), start=1
        )
    ]
    (start,) = starts(BasisSearchSettings(), lucky)
    assert start is not lucky[-1]


def test_starts_are_no_neighbours_as_long_as_there_are_others():
    near, far = TARGET @ exponential([0.02, 0.0, 0.0], 3), TARGET @ exponential([0.5, 0.4, 0.0], 3)
    entries = [
        Entry(Trial(number, {}, "completed"), rotation, cost, 0.01, 1)
        for number, (rotation, cost) in enumerate(((TARGET, 0.0), (near, 0.1), (far, 0.5)), start=1)
    ]
    chosen = starts(SMALL, entries)
    assert [entry.trial.number for entry in chosen] == [1, 3]


def test_refinement_goes_on_with_smaller_steps_where_nothing_better_is_found_and_ends():
    """On a plateau every simplex around the best place would be the same."""
    settings = SMALL.model_copy(update={"trials": 100})
    trials, stages = campaign(settings, value=lambda parameters: 1.0)
    refined = [trial.parameters for trial, stage in zip(trials, stages, strict=True) if stage == "refinement"]
    assert len(refined) == 100 - stages.index("refinement")
    assert len({tuple(parameters.values()) for parameters in refined}) == len(refined)


def test_confirmed_are_the_best_of_the_search():
    trials, _ = campaign(SMALL)
    searched = sorted(trials[:34], key=lambda trial: trial.observations["misfit"].value)
    confirmed = [tuple(trial.parameters[name] for name in SPACE.names) for trial in trials[34:]]
    ranked = [tuple(trial.parameters[name] for name in SPACE.names) for trial in searched[:6]]
    assert set(confirmed) <= set(ranked)


def test_the_search_follows_its_guide_until_a_round_follows_the_objective():
    guided, _ = campaign(SMALL.model_copy(update={"guide": "misfit"}), Objective("score"))
    plain, _ = campaign(SMALL, Objective("misfit"))
    assert [trial.parameters for trial in guided[:20]] == [trial.parameters for trial in plain[:20]]
    assert [trial.parameters for trial in guided[20:]] != [trial.parameters for trial in plain[20:]]


def test_a_guide_that_is_not_measured_is_told_at_once():
    optimizer = SMALL.model_copy(update={"guide": "enrgy"}).build(Problem(SPACE, (Objective("misfit"),), 0))
    (first,) = optimizer.propose(History(), 1)
    seen = {"misfit": Observation(1.0), "energy": Observation(2.0)}
    history = History((Trial(1, first.parameters, "completed", observations=seen),))
    with pytest.raises(MissingObservation, match=r"guide: trial 1 measured no 'enrgy', only misfit, energy\."):
        optimizer.propose(history, 1)


def test_landmarks_are_tried_first():
    space = RotationSpace(3, landmarks=(("the answer", TARGET),))
    optimizer = SMALL.build(Problem(space, (Objective("misfit"),), 0))
    (first,) = optimizer.propose(History(), 1)
    assert first.reasons["proposed_by"] == "known basis the answer"
    assert misfit(first.parameters) == pytest.approx(0.0, abs=1e-12)


def test_the_order_in_which_trials_end_does_not_change_the_tournament():
    optimizer = SMALL.build(Problem(SPACE, (Objective("misfit"),), 0))
    trials, _ = campaign(SMALL)
    known = {tuple(trial.parameters.values()): trial for trial in trials[7:19]}
    shuffled = (*trials[:7], *trials[18:6:-1])
    (proposal,) = optimizer.propose(History(shuffled), 1)
    assert proposal.parameters == trials[19].parameters
    assert len(known) == 12


def test_simplexes_run_side_by_side_and_the_model_fills_the_gaps():
    optimizer = SMALL.build(Problem(SPACE, (Objective("misfit"),), 0))
    trials, _ = campaign(SMALL)
    proposals = optimizer.propose(History(tuple(trials[:7])), 3)
    stages = [proposal.reasons["proposed_by"] for proposal in proposals]
    assert stages == ["tournament, round 1 of 2"] * 2 + ["expected improvement"]


def test_a_list_of_candidates_is_refused():
    import pandas as pd

    pool = CandidatePool(pd.DataFrame({"x": [1.0, 2.0]}))
    with pytest.raises(UnusableSpace, match="searches rotations, but the space is a list of 2 candidates"):
        SMALL.build(Problem(pool, (Objective("y"),), 0))


def test_a_tournament_that_grows_is_refused():
    with pytest.raises(ValueError, match="must not grow from round to round"):
        BasisSearchSettings(tournament=(Round(simplexes=1, trials=5), Round(simplexes=2, trials=5)))
