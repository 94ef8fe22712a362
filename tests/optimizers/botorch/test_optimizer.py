import numpy as np
import pandas as pd
import pytest

from optimizers import (
    CandidatePool,
    History,
    Objective,
    Observation,
    OutcomeConstraint,
    Problem,
    Source,
    SymmetryOperation,
    Trial,
)
from optimizers.botorch.settings import BotorchSettings
from optimizers.errors import MissingObservation, UnknownCandidate
from optimizers.front import hypervolume
from optimizers.parameters import Composition, LinearConstraint, ParameterSpace, Range

MESH = {"parameter": "mesh", "target": "fine", "levels": [{"value": "fine", "cost": 9}, {"value": "coarse", "cost": 1}]}


class Campaign:
    """Asks and answers in turn."""

    def __init__(self, settings, problem, answer, error=None):
        self.optimizer = settings.build(problem)
        self.trials, self.proposals = [], []
        self._answer, self._error = answer, error

    def run(self, count):
        for _ in range(count):
            (proposal,) = self.optimizer.propose(History(tuple(self.trials)), 1)
            seen = {name: Observation(float(value), self._error) for name, value in self._answer(proposal).items()}
            number = len(self.trials) + 1
            self.proposals.append(proposal)
            self.trials.append(Trial(number, proposal.parameters, "completed", proposal.candidate, seen))
        return self

    def values(self, name):
        return [trial.observations[name].value for trial in self.trials]


def random_pool(count=120, columns="xy", **more):
    table = pd.DataFrame(np.random.default_rng(4).random((count, len(columns))), columns=list(columns))
    return CandidatePool(table.assign(**more))


def bowl(parameters):
    return (parameters["x"] - 0.3) ** 2 + (parameters["y"] - 0.6) ** 2


def test_the_best_candidate_of_a_smooth_pool_is_found_soon():
    pool = random_pool()
    campaign = Campaign(BotorchSettings(), Problem(pool, (Objective("q"),), 1), lambda p: {"q": bowl(p.parameters)})
    assert min(campaign.run(14).values("q")) == min(bowl(pool.parameters(row)) for row in range(len(pool)))


def test_a_range_is_searched_between_any_grid_points():
    space = ParameterSpace((Range("x", 0.0, 1.0), Range("y", 0.0, 1.0)))
    campaign = Campaign(BotorchSettings(), Problem(space, (Objective("q"),), 1), lambda p: {"q": bowl(p.parameters)})
    assert min(campaign.run(13).values("q")) < 1e-3


@pytest.mark.slow
def test_constraints_and_sums_are_kept_while_gradients_are_followed():
    space = ParameterSpace(
        (Range("t", 0.0, 10.0),),
        (Composition(("a", "b", "c")),),
        (LinearConstraint({"a": 1.0, "t": 0.1}, 0.9), LinearConstraint({"b": -1.0}, -0.2)),
    )

    def far(p):
        return {"q": -p.parameters["a"] - 0.05 * p.parameters["t"]}

    campaign = Campaign(BotorchSettings(), Problem(space, (Objective("q"),), 2), far).run(14)
    assert all(space.refusal(proposal.parameters) is None for proposal in campaign.proposals)
    # On the edge a + t / 10 = 0.9 with b >= 0.2 the best is a = 0.8, t = 1.
    assert min(campaign.values("q")) == pytest.approx(-0.85, abs=2e-3)


def two(parameters):
    return {"f": parameters["x"] + 0.1 * parameters["y"], "g": 1.0 - parameters["x"] ** 0.5 + parameters["y"]}


def test_two_objectives_of_a_pool_spread_over_the_front():
    pool, objectives = random_pool(150), (Objective("f", threshold=1.2), Objective("g", threshold=1.2))
    campaign = Campaign(
        BotorchSettings(samples=32, initial=4), Problem(pool, objectives, 3), lambda p: two(p.parameters)
    )
    campaign.run(16)
    reached = hypervolume(zip(campaign.values("f"), campaign.values("g"), strict=True), (1.2, 1.2))
    everything = [tuple(two(pool.parameters(row)).values()) for row in range(len(pool))]
    assert reached > 0.97 * hypervolume(everything, (1.2, 1.2))
    assert campaign.proposals[-1].reasons["reference_point"] == {"f": 1.2, "g": 1.2}
    assert set(campaign.proposals[-1].predicted) == {"f", "g"}


def test_the_goal_turns_the_problem_of_two_objectives_only():
    pool = random_pool(40)
    found = []
    for goal, sign in (("minimize", 1.0), ("maximize", -1.0)):
        objectives = (Objective("f", goal=goal), Objective("g", goal=goal))
        answer = lambda p, sign=sign: {name: sign * value for name, value in two(p.parameters).items()}  # noqa: E731
        campaign = Campaign(BotorchSettings(samples=16, initial=3), Problem(pool, objectives, 3), answer)
        found.append([trial.candidate for trial in campaign.run(7).trials])
    assert found[0] == found[1]


def limited(p):
    return {"q": p.parameters["x"], "load": p.parameters["x"] + p.parameters["y"]}


def test_a_limit_is_approached_from_within():
    problem = Problem(random_pool(), (Objective("q"),), 1, constraints=(OutcomeConstraint("load", at_least=1.0),))
    campaign = Campaign(BotorchSettings(initial=4), problem, limited).run(14)
    kept = [trial for trial in campaign.trials if trial.observations["load"].value >= 1.0]
    best = min(row["x"] for _, row in problem.pool.table.iterrows() if row["x"] + row["y"] >= 1.0)
    assert min(trial.observations["q"].value for trial in kept) == best
    assert set(campaign.proposals[-1].predicted) == {"q", "load"}


def test_while_nothing_keeps_the_limits_that_is_what_is_looked_for():
    problem = Problem(random_pool(), (Objective("q"),), 1, constraints=(OutcomeConstraint("load", at_least=1.9),))
    campaign = Campaign(BotorchSettings(initial=2), problem, lambda p: {"q": 0.0, "load": 1.5 * bowl(p.parameters)})
    campaign.run(4)
    assert campaign.proposals[-1].reasons["proposed_by"] == "probability of keeping the limits"


def fidelities(count=80, seed=4):
    """A pool in which every point can be had at two fidelities, and the values of both."""
    at = np.random.default_rng(seed).random((count, 2))
    table = pd.DataFrame(np.vstack([at, at]), columns=["x", "y"])
    table["mesh"] = ["fine"] * count + ["coarse"] * count
    fine = np.sin(6.0 * at[:, 0]) + np.cos(5.0 * at[:, 1])
    return CandidatePool(table), fine, np.concatenate([fine, 0.8 * fine + 0.2 * np.sin(9.0 * at[:, 1]) + 3.0])


def test_the_start_measures_a_few_points_at_every_fidelity_and_the_others_cheaply():
    pool, _, values = fidelities()
    settings = BotorchSettings(fidelity=MESH, initial=5)
    campaign = Campaign(settings, Problem(pool, (Objective("q"),), 1), lambda p: {"q": values[p.candidate]}).run(8)
    meshes = [trial.parameters["mesh"] for trial in campaign.trials]
    assert meshes == ["coarse", "fine"] * 3 + ["coarse"] * 2
    assert len({(trial.parameters["x"], trial.parameters["y"]) for trial in campaign.trials}) == 5


def test_cheap_trials_are_bought_where_they_teach_and_the_best_is_judged_on_the_target():
    pool, fine, values = fidelities()
    settings = BotorchSettings(fidelity=MESH, initial=5)
    campaign = Campaign(settings, Problem(pool, (Objective("q"),), 1), lambda p: {"q": values[p.candidate]}).run(16)
    on_target = [trial for trial in campaign.trials if trial.parameters["mesh"] == "fine"]
    assert min(trial.observations["q"].value for trial in on_target) == fine.min()
    assert len(on_target) < 12
    (told,) = campaign.proposals[-1].reasons["learnt_from"]
    assert told["name"] == "mesh = coarse"
    assert told["correlation"] > 0.5
    assert set(campaign.proposals[-1].reasons["information"]) <= {"fine", "coarse"}


def test_a_prediction_is_that_of_the_fidelity_at_which_the_trial_measures():
    pool, _, values = fidelities()
    settings = BotorchSettings(fidelity=MESH, initial=6)
    campaign = Campaign(settings, Problem(pool, (Objective("q"),), 1), lambda p: {"q": values[p.candidate]}).run(12)
    cheap = [one for one in campaign.proposals if one.predicted and one.parameters["mesh"] == "coarse"]
    assert cheap
    assert all(
        one.predicted["q"].mean > 1.0 for one in cheap
    )  # cheap values lie around 3, those of the target around 0


@pytest.mark.slow
def test_a_useless_fidelity_is_left_alone():
    """The shuffled control: the cheap values are those of other points."""
    pool, fine, values = fidelities()
    values = np.concatenate([fine, np.random.default_rng(1).permutation(fine)])
    settings = BotorchSettings(fidelity=MESH, initial=5)
    campaign = Campaign(settings, Problem(pool, (Objective("q"),), 1), lambda p: {"q": values[p.candidate]}).run(24)
    assert all(trial.parameters["mesh"] == "fine" for trial in campaign.trials[-6:])
    assert "left_out" in campaign.proposals[-1].reasons["learnt_from"][0]


def test_a_fidelity_of_parameters_is_no_coordinate():
    space = ParameterSpace((Range("x", 0.0, 1.0), Range("y", 0.0, 1.0), Range("mesh", 1.0, 8.0)))
    fidelity = {"parameter": "mesh", "target": 8.0, "levels": [{"value": 2.0, "cost": 1}, {"value": 8.0, "cost": 9}]}
    answer = lambda p: {"q": bowl(p.parameters) + 1.0 / p.parameters["mesh"]}  # noqa: E731
    campaign = Campaign(BotorchSettings(fidelity=fidelity, initial=4), Problem(space, (Objective("q"),), 1), answer)
    campaign.run(12)
    assert {trial.parameters["mesh"] for trial in campaign.trials} == {2.0, 8.0}
    assert set(campaign.proposals[-1].reasons["length_scales"]) == {"x", "y"}


def source(pool, value, count=25):
    trials = tuple(
        Trial(row + 1, pool.parameters(row), "completed", row, {"q": Observation(value(pool.parameters(row)))})
        for row in range(count)
    )
    return Source("earlier", pool, History(trials))


def test_the_first_trial_is_the_best_of_a_source():
    pool = random_pool(60)
    problem = Problem(pool, (Objective("q"),), 1, (source(pool, lambda at: 3.0 * bowl(at) + 1.0, 60),))
    (first,) = BotorchSettings().build(problem).propose(History(), 1)
    assert first.candidate == min(range(60), key=lambda row: bowl(pool.parameters(row)))
    assert first.reasons["proposed_by"] == "best of the sources"
    assert first.reasons["learnt_from"][0]["name"] == "earlier"


@pytest.mark.slow
def test_a_source_that_does_not_help_is_left_out():
    pool, noise = random_pool(60), np.random.default_rng(2).random(60).tolist()
    problem = Problem(pool, (Objective("q"),), 1, (source(pool, lambda _: noise.pop(), 12),))
    campaign = Campaign(BotorchSettings(), problem, lambda p: {"q": bowl(p.parameters)}).run(8)
    assert "left_out" in campaign.proposals[-1].reasons["learnt_from"][0]


def test_a_source_without_the_columns_of_the_pool_is_refused_with_a_reason():
    pool = random_pool(30)
    problem = Problem(pool, (Objective("q"),), 1, (source(random_pool(30, columns="xz"), lambda at: at["x"]),))
    campaign = Campaign(BotorchSettings(initial=2), problem, lambda p: {"q": bowl(p.parameters)}).run(3)
    assert campaign.proposals[0].reasons["proposed_by"] == "space-filling start"


def test_exchangeable_parameters_share_a_length_scale_and_mirror_images_are_predicted_alike():
    space = ParameterSpace((Range("x", 0.0, 1.0), Range("y", 0.0, 1.0)))
    answer = lambda p: {"q": (p.parameters["x"] * p.parameters["y"] - 0.2) ** 2}  # noqa: E731
    settings = BotorchSettings(exchangeable=[["x", "y"]])
    campaign = Campaign(settings, Problem(space, (Objective("q"),), 1), answer).run(7)
    assert set(campaign.proposals[-1].reasons["length_scales"]) == {"x, y"}


def test_equivalent_candidates_come_last():
    steps = np.arange(8) / 8.0
    pool = CandidatePool(
        pd.DataFrame({"x": steps}), periods={"x": 1.0}, symmetry=(SymmetryOperation(shift={"x": 0.5}),)
    )
    problem = Problem(pool, (Objective("q"),), 1)
    campaign = Campaign(BotorchSettings(initial=2), problem, lambda p: {"q": np.cos(4 * np.pi * p.parameters["x"])})
    assert {candidate % 4 for candidate in [trial.candidate for trial in campaign.run(4).trials]} == {0, 1, 2, 3}


def test_infeasible_regions_are_avoided_by_padding_and_by_a_model():
    for rule in ("padding", "model"):
        pool = random_pool(100)
        optimizer = BotorchSettings(infeasible=rule).build(Problem(pool, (Objective("q"),), 1))
        trials = []
        for number in range(1, 17):
            (proposal,) = optimizer.propose(History(tuple(trials)), 1)
            works = proposal.parameters["x"] > 0.4
            seen = {"q": Observation(bowl(proposal.parameters))} if works else {}
            standing = "completed" if works else "infeasible"
            trials.append(Trial(number, proposal.parameters, standing, proposal.candidate, seen))
        best = min(bowl(pool.parameters(row)) for row in range(100) if pool.parameters(row)["x"] > 0.4)
        assert min(t.observations["q"].value for t in trials if t.observations) == pytest.approx(best), rule


def test_a_completed_trial_without_the_objective_is_an_error_that_names_it():
    pool = random_pool(10)
    history = History((Trial(7, pool.parameters(0), "completed", 0, {"other": Observation(1.0)}),))
    with pytest.raises(MissingObservation, match="Trial 7 is completed but holds no finite value of 'q'"):
        BotorchSettings().build(Problem(pool, (Objective("q"),), 1)).propose(history, 1)


def test_a_candidate_that_the_pool_does_not_hold_is_an_error():
    history = History((Trial(7, {"x": 0.0, "y": 0.0}, "completed", 99, {"q": Observation(1.0)}),))
    with pytest.raises(UnknownCandidate, match="Trial 7 is candidate 99, but the pool holds 10 candidates"):
        BotorchSettings().build(Problem(random_pool(10), (Objective("q"),), 1)).propose(history, 1)
