"""Pools and histories at the edge: a clear error or a sensible end, never a crash in the middle of a campaign."""

from math import nan

import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, SymmetryOperation, Trial
from optimizers.errors import MissingObservation, UnknownCandidate, UnusablePool
from optimizers.kriging.settings import KrigingSettings

GENERATOR = np.random.default_rng(9)
LINE = np.linspace(0.0, 1.0, 30)


def build(table, goal="minimize", features=(), **settings):
    pool = CandidatePool(pd.DataFrame(table), features=features)
    return KrigingSettings(**settings).build(Problem(pool, (Objective("e", goal=goal),), seed=3))


def completed(number, candidate, value, error=None, parameters=None):
    return Trial(number, parameters or {}, "completed", candidate, {"e": Observation(value, error)})


def run(optimizer, outcome, trials):
    """Ask for one trial after another; `outcome(parameters)` is a value, or a standing. Returns the history."""
    history = History()
    for number in range(1, trials + 1):
        proposals = optimizer.propose(history, 1)
        if not proposals:
            return history
        (proposal,) = proposals
        result = outcome(proposal.parameters)
        standing = result if isinstance(result, str) else "completed"
        seen = {} if isinstance(result, str) else {"e": Observation(float(result))}
        history = History((*history, Trial(number, proposal.parameters, standing, proposal.candidate, seen)))
    return history


def candidates(history):
    return [trial.candidate for trial in history]


def test_a_table_of_labels_only_is_searched_by_its_labels():
    table = [
        {"metal": metal, "site": site} for metal in ("Cu", "Ag", "Au", "Ni") for site in ("top", "hollow", "bridge")
    ]
    energy = {"Cu": 0.0, "Ag": 1.0, "Au": 2.0, "Ni": -1.0, "top": 0.5, "hollow": 0.0, "bridge": 0.2}
    history = run(build(table), lambda found: energy[found["metal"]] + energy[found["site"]], 40)
    assert sorted(candidates(history)) == list(range(12))


def test_a_table_of_row_names_only_is_refused_with_a_way_out():
    with pytest.raises(UnusablePool, match=r"every column is constant or a mere label.*kind: random"):
        build({"name": [f"structure_{row}" for row in range(50)]}).propose(History(), 1)


def test_constant_columns_change_nothing():
    plain = run(build({"x": LINE}), lambda found: (found["x"] - 0.3) ** 2, 12)
    padded = run(build({"pressure": 1.0, "x": LINE, "cell": "fcc"}), lambda found: (found["x"] - 0.3) ** 2, 12)
    assert candidates(plain) == candidates(padded)
    assert padded.trials[0].parameters == {"pressure": 1.0, "x": plain.trials[0].parameters["x"], "cell": "fcc"}


def test_a_table_of_constant_columns_is_refused():
    with pytest.raises(UnusablePool, match="every column is constant"):
        build({"x": [2.0, 2.0, 2.0], "cell": ["fcc"] * 3}).propose(History(), 1)


def test_an_empty_table_is_refused():
    with pytest.raises(UnusablePool, match="holds no candidates"):
        build({"x": []}).propose(History(), 1)


def test_duplicate_rows_are_tried_once_while_anything_else_is_left():
    history = run(build({"x": np.tile(LINE, 3)}), lambda found: np.sin(9.0 * found["x"]), 90)
    first = candidates(history)[:30]
    assert sorted(row % 30 for row in first) == list(range(30))
    assert sorted(candidates(history)) == list(range(90))


@pytest.mark.parametrize("broken", [nan, np.inf, -np.inf])
def test_a_descriptor_that_is_no_finite_number_is_refused_by_column_and_row(broken):
    values = LINE.copy()
    values[17] = broken
    with pytest.raises(UnusablePool, match=rf"Column 'volume' of the pool holds {broken} in row 17\."):
        build({"x": LINE, "volume": values}).propose(History(), 1)


def test_the_number_of_broken_descriptors_is_told():
    values = LINE.copy()
    values[[4, 9, 20]] = nan
    with pytest.raises(UnusablePool, match=r"nan in row 4 and in 2 other rows.*leave the column out"):
        build({"x": LINE, "volume": values}).propose(History(), 1)


def test_a_missing_label_is_refused_by_column_and_row():
    with pytest.raises(UnusablePool, match=r"Column 'cell' of the pool holds no value in row 2"):
        build({"x": LINE[:4], "cell": ["fcc", "bcc", None, "fcc"]}).propose(History(), 1)


def test_a_broken_column_that_is_no_feature_does_not_matter():
    table = {"x": LINE, "volume": np.full(30, nan)}
    assert len(run(build(table, features=("x",)), lambda found: found["x"], 8)) == 8


def test_an_unknown_feature_is_refused_with_the_columns_there_are():
    with pytest.raises(UnusablePool, match=r"no column 'y'. Columns: x, volume\."):
        build({"x": LINE, "volume": LINE}, features=("y",)).propose(History(), 1)


@pytest.mark.parametrize("start", ["space_filling", "random"])
@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_fewer_candidates_than_initial_trials_are_all_tried_and_then_the_campaign_ends(size, start):
    table = {"x": np.arange(size, dtype=float), "cell": ["fcc", *["bcc"] * (size - 1)]}
    if size == 1:
        table = {"x": [0.0, 0.0], "cell": ["fcc", "bcc"]}
    optimizer = build(table, initial=10, start=start)
    history = run(optimizer, lambda found: found["x"], 20)
    assert sorted(candidates(history)) == list(range(len(table["x"])))
    assert optimizer.propose(history, 5) == []


@pytest.mark.parametrize(
    ("operation", "classes"),
    [
        (SymmetryOperation(sign={"tx": -1, "ty": -1}), 14),
        (SymmetryOperation(sign={"tx": -1}, shift={"gap": 0.0}), 16),
        (SymmetryOperation(sign={"tx": -1, "gap": -1}), 24),
    ],
    ids=["not touching it", "keeping it", "leading out of the pool"],
)
def test_a_column_that_does_not_vary_may_take_part_in_a_symmetry(operation, classes):
    steps = np.arange(24)
    table = pd.DataFrame({"tx": steps % 6 / 6.0, "ty": steps // 6 / 4.0, "gap": 1.0})
    pool = CandidatePool(table, periods={"tx": 1.0, "ty": 1.0}, symmetry=(operation,))
    proposals = KrigingSettings(symmetry="use").build(Problem(pool, (Objective("e"),), 1)).propose(History(), 24)
    tried = [proposals[0].candidate]
    images = {row: {row} for row in range(24)}
    if classes < 24:
        for row in range(24):
            tx, ty = -(row % 6) % 6, (operation.sign.get("ty", 1) * (row // 6)) % 4
            images[row].add(6 * ty + tx)
    for proposal in proposals[1:classes]:
        assert not images[proposal.candidate].intersection(tried)
        tried.append(proposal.candidate)
    assert sorted(proposal.candidate for proposal in proposals) == list(range(24))


@pytest.mark.parametrize("standing", ["infeasible", "unconverged", "void"])
@pytest.mark.parametrize("infeasible", ["padding", "ignore"])
def test_a_campaign_without_a_single_value_goes_through_the_whole_pool(standing, infeasible):
    history = run(build({"x": LINE}, infeasible=infeasible), lambda _: standing, 40)
    assert sorted(candidates(history)) == list(range(30))


def test_one_value_among_infeasible_trials_is_enough_to_go_on():
    history = run(build({"x": LINE}), lambda found: 1.0 if found["x"] == 1.0 else "infeasible", 40)
    assert sorted(candidates(history)) == list(range(30))


def test_an_exhausted_pool_yields_nothing_whatever_is_still_pending():
    ended = [completed(row + 1, row, float(row)) for row in range(29)]
    optimizer = build({"x": LINE})
    assert optimizer.propose(History((*ended, Trial(30, {"x": 1.0}, "pending", 29))), 1) == []
    (last,) = optimizer.propose(History(tuple(ended)), 4)
    assert last.candidate == 29


@pytest.mark.parametrize("transform", ["auto", "none", "log", "clip", "rank"])
@pytest.mark.parametrize("value", [0.0, 3.5, -2.0])
def test_equal_values_everywhere_do_not_stop_a_campaign(transform, value):
    history = run(build({"x": LINE}, transform=transform), lambda _: value, 31)
    assert sorted(candidates(history)) == list(range(30))


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_the_unit_of_the_objective_does_not_matter(scale):
    usual = run(build({"x": LINE}), lambda found: np.sin(9.0 * found["x"]), 15)
    scaled = run(build({"x": LINE}), lambda found: scale * np.sin(9.0 * found["x"]), 15)
    assert candidates(usual) == candidates(scaled)


def test_a_maximised_objective_is_the_minimised_negative():
    lower = run(build({"x": LINE}), lambda found: np.sin(9.0 * found["x"]), 15)
    upper = run(build({"x": LINE}, goal="maximize"), lambda found: -np.sin(9.0 * found["x"]), 15)
    assert candidates(lower) == candidates(upper)


def test_a_ceiling_of_memory_changes_no_proposal():
    table = {"x": GENERATOR.random(400), "y": GENERATOR.random(400)}
    free, narrow = build(table), build(table, memory=1e-7)

    def outcome(found):
        return np.sin(5.0 * found["x"]) + found["y"] ** 2

    assert candidates(run(free, outcome, 30)) == candidates(run(narrow, outcome, 30))


def test_a_value_with_a_large_standard_error_is_believed_less():
    rows = (0, 8, 15, 22, 29)
    told = {row: (float(row), 1e-6) for row in rows} | {15: (-40.0, 1e-6)}
    doubted = told | {15: (-40.0, 1e3)}

    def expected_beside(values):
        history = History(tuple(completed(n, row, *values[row]) for n, row in enumerate(rows, start=1)))
        proposals = build({"x": LINE}, transform="none", score="ucb").propose(history, 25)
        return next(proposal.predicted["e"] for proposal in proposals if proposal.candidate == 16)

    assert expected_beside(told).mean < -20.0
    assert expected_beside(doubted).mean > 0.0


def test_standard_errors_of_some_values_leave_the_noise_of_the_others_to_the_fit():
    rows = (0, 6, 11, 15, 19, 24, 29)
    mixed = [completed(row + 1, row, float(row % 5), 0.1 if row % 2 else None) for row in rows]
    (proposal,) = build({"x": LINE}).propose(History(tuple(mixed)), 1)
    assert proposal.reasons["noise"] > 0.0
    assert proposal.predicted["e"].standard_deviation > 0.0


@pytest.mark.parametrize("standing", ["completed", "infeasible", "void", "pending"])
@pytest.mark.parametrize("candidate", [30, -1])
def test_a_candidate_that_the_pool_does_not_hold_is_refused_by_trial_number(candidate, standing):
    seen = {"e": Observation(1.0)} if standing == "completed" else {}
    history = History((Trial(7, {"x": 0.5}, standing, candidate, seen),))
    with pytest.raises(UnknownCandidate, match=rf"Trial 7 is candidate {candidate}, but the pool holds 30 candidates"):
        build({"x": LINE}).propose(history, 1)


def test_a_trial_from_outside_the_pool_teaches_and_takes_no_candidate():
    outside = [completed(n, None, value, parameters={"x": x}) for n, (x, value) in enumerate([(-0.1, 0.0), (1.1, 5.0)])]
    inside = [completed(n, row, float(row)) for n, row in enumerate((3, 12, 20), start=2)]
    proposals = build({"x": LINE}).propose(History((*outside, *inside)), 40)
    assert sorted(proposal.candidate for proposal in proposals) == sorted(set(range(30)) - {3, 12, 20})


def test_a_trial_from_outside_that_lacks_a_feature_is_refused_by_name():
    history = History((completed(1, None, 1.0, parameters={"y": 2.0}),))
    with pytest.raises(UnusablePool, match="no number for the feature 'x'"):
        build({"x": LINE}).propose(history, 1)


@pytest.mark.parametrize("value", [nan, np.inf])
def test_a_completed_trial_without_a_finite_value_is_refused_by_trial_number(value):
    with pytest.raises(MissingObservation, match=r"Trial 4 is completed but holds no finite value of 'e'"):
        build({"x": LINE}).propose(History((completed(4, 2, value),)), 1)
