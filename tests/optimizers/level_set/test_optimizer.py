import numpy as np
import pandas as pd
import pytest

from optimizers import CandidatePool, History, Objective, Observation, Problem, SymmetryOperation, Trial
from optimizers.level_set.settings import LevelSetSettings

LINE = np.linspace(0.0, 1.0, 21)
X, Y = (axis.ravel() for axis in np.meshgrid(LINE, LINE, indexing="ij"))
SQUARE = CandidatePool(pd.DataFrame({"x": X, "y": Y}))
HILL = np.exp(-((X - 0.4) ** 2 + (Y - 0.6) ** 2) / 0.08)


def searched(settings, values, trials, *, goal="maximize", error=None, standing=None, seed=3, pool=SQUARE):
    optimizer = settings.build(Problem(pool, (Objective("z", goal=goal),), seed))
    done = []
    for number in range(1, trials + 1):
        (proposal,) = optimizer.propose(History(tuple(done)), 1)
        kind = standing(proposal.candidate) if standing else "completed"
        seen = {"z": Observation(float(values[proposal.candidate]), error)} if kind == "completed" else {}
        done.append(Trial(number, proposal.parameters, kind, proposal.candidate, seen))
    return optimizer, History(tuple(done)), proposal


def agreement(survey, truth):
    both = int((survey.region & truth).sum())
    return 2 * both / int(survey.region.sum() + truth.sum())


@pytest.mark.parametrize("score", ["straddle", "entropy", "lookahead"])
def test_the_region_above_a_level_is_found_in_a_tenth_of_the_candidates(score):
    optimizer, history, _ = searched(LevelSetSettings(above=0.5, score=score), HILL, 44)
    assert agreement(optimizer.survey(history), HILL >= 0.5) > 0.97


def test_the_region_does_not_depend_on_which_way_is_better():
    up, history, _ = searched(LevelSetSettings(above=0.5), HILL, 30, goal="maximize")
    down, same, _ = searched(LevelSetSettings(above=0.5), HILL, 30, goal="minimize")
    assert [trial.candidate for trial in history] == [trial.candidate for trial in same]
    assert (up.survey(history).inside == down.survey(same).inside).all()


def test_below_a_level_is_above_its_negative():
    below, history, last = searched(LevelSetSettings(below=-0.5), -HILL, 30)
    above, mirrored, other = searched(LevelSetSettings(above=0.5), HILL, 30)
    assert [trial.candidate for trial in history] == [trial.candidate for trial in mirrored]
    assert (below.survey(history).inside == above.survey(mirrored).inside).all()
    assert last.predicted["z"].mean == -other.predicted["z"].mean


def test_trials_gather_at_the_border_of_the_region():
    _, history, _ = searched(LevelSetSettings(above=0.5, initial=10), HILL, 44)
    after_the_start = [trial.candidate for trial in history][10:]
    assert np.median(np.abs(HILL[after_the_start] - 0.5)) < 0.25 * np.median(np.abs(HILL - 0.5))


def test_the_certificate_is_told_with_every_modelled_proposal():
    optimizer, history, last = searched(LevelSetSettings(above=0.5, confidence=0.9), HILL, 40)
    earlier = History(history.trials[:-1])
    told = last.reasons["certificate"]
    assert told == optimizer.survey(earlier).certificate()
    assert told["confidence"] == 0.9
    assert told["decided"] == pytest.approx(told["inside"] + told["outside"])
    assert 0.8 < told["decided"] <= 1.0


def test_nothing_is_decided_before_five_values_but_what_was_measured():
    optimizer, history, _ = searched(LevelSetSettings(above=0.5), HILL, 4)
    survey = optimizer.survey(history)
    assert int(survey.is_decided.sum()) == 4
    untouched = np.delete(survey.inside, [trial.candidate for trial in history])
    assert (untouched == 0.5).all()


def test_a_measured_candidate_is_on_its_measured_side():
    optimizer, history, _ = searched(LevelSetSettings(above=0.5), HILL, 25)
    inside = optimizer.survey(history).inside
    for trial in history:
        assert inside[trial.candidate] == float(HILL[trial.candidate] >= 0.5)


def test_a_noisy_measurement_near_the_level_decides_nothing_by_itself():
    optimizer, history, _ = searched(LevelSetSettings(above=0.5), HILL, 25, error=0.3)
    inside = optimizer.survey(history).inside
    at_trials = inside[[trial.candidate for trial in history]]
    assert ((at_trials > 0.05) & (at_trials < 0.95)).any()


@pytest.mark.parametrize("rule", ["padding", "model", "both"])
def test_what_cannot_be_realised_lies_outside_the_region(rule):
    forbidden = X + Y > 1.2
    settings = LevelSetSettings(above=0.5, infeasible=rule)
    optimizer, history, _ = searched(
        settings, HILL, 60, standing=lambda candidate: "infeasible" if forbidden[candidate] else "completed"
    )
    assert agreement(optimizer.survey(history), (HILL >= 0.5) & ~forbidden) > 0.9


def test_pending_trials_send_the_next_one_elsewhere():
    optimizer, history, _ = searched(LevelSetSettings(above=0.5), HILL, 20)
    batch = [proposal.candidate for proposal in optimizer.propose(history, 4)]
    places = np.column_stack([X, Y])[batch]
    apart = np.linalg.norm(places[:, None] - places[None, :], axis=2)[np.triu_indices(4, 1)]
    assert np.median(apart) > 0.2


def test_pending_trials_decide_nothing():
    optimizer, history, _ = searched(LevelSetSettings(above=0.5), HILL, 20)
    ahead = [Trial(21 + k, p.parameters, "pending", p.candidate) for k, p in enumerate(optimizer.propose(history, 4))]
    with_pending = optimizer.survey(History((*history.trials, *ahead)))
    assert (with_pending.inside == optimizer.survey(history).inside).all()


def test_a_mirror_image_is_decided_with_its_original():
    centred = np.exp(-((X - 0.5) ** 2 + (Y - 0.5) ** 2) / 0.08)
    mirror = SymmetryOperation({"x": -1}, {"x": 1.0})
    pool = CandidatePool(SQUARE.table, symmetry=(mirror,))
    optimizer, history, _ = searched(LevelSetSettings(above=0.5, symmetry="use"), centred, 25, pool=pool)
    inside = optimizer.survey(history).inside.reshape(21, 21)
    assert (inside == inside[::-1]).all()


def test_of_the_decided_candidates_few_are_on_the_other_side():
    """Pointwise confidence, checked over waves the model was not told of."""
    wrong = decided = 0
    for seed in range(8):
        turn = np.random.default_rng(seed).uniform(2.0, 6.0, 3)
        wave = np.sin(turn[0] * X + turn[1]) * np.cos(turn[2] * Y)
        optimizer, history, _ = searched(LevelSetSettings(above=0.3), wave, 25, seed=seed)
        survey = optimizer.survey(history)
        decided += int(survey.is_decided.sum())
        wrong += int((survey.is_decided & (survey.region != (wave >= 0.3))).sum())
    assert decided > 0.5 * 8 * len(X)
    assert wrong <= 0.05 * decided
