import numpy as np
import pytest

from benchmarks.precipitates import LEVEL, RADII, precipitates
from benchmarks.region_run import RegionRun, f1_score, run
from benchmarks.region_sheet import sheet_of_certificates, sheet_of_f1, sheet_of_stops, trials_to_goal


@pytest.fixture(scope="module")
def landscape():
    return precipitates(0)


@pytest.fixture(scope="module")
def straddle(landscape):
    return run("straddle", landscape, LEVEL, 0)


def test_the_problem_is_a_band_of_about_a_sixth_of_961_points(landscape):
    assert len(landscape.pool) == 961
    assert 0.13 < (landscape.values <= LEVEL).mean() < 0.18
    assert landscape.values.min() < 0.03 * np.sqrt(len(RADII))


def test_each_seed_disturbs_the_observed_shapes_anew(landscape):
    other = precipitates(1)
    assert other.fingerprint() != landscape.fingerprint()
    assert precipitates(0).fingerprint() == landscape.fingerprint()


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    found, truth = np.array([True, True, False, False]), np.array([True, False, True, True])
    assert f1_score(found, truth) == pytest.approx(2.0 / (1.0 / 0.5 + 1.0 / (1.0 / 3.0)))
    assert f1_score(truth, truth) == 1.0
    assert f1_score(~truth, truth) == 0.0


def test_the_region_is_found_within_sixty_trials(straddle):
    assert len(set(straddle.candidates)) == 60
    assert straddle.f1[-1] >= 0.95
    assert trials_to_goal(straddle) <= 60


def test_random_candidates_know_it_worse(landscape, straddle):
    assert run("random", landscape, LEVEL, 0).f1[-1] < straddle.f1[-1]


def test_of_what_is_called_decided_less_than_a_twentieth_is_wrong_in_the_end(straddle):
    last = next(it for it in straddle.statements if (it.trials, it.confidence) == (60, 0.95))
    assert last.wrong <= 0.05 * last.decided
    assert last.decided > 0.5 * 961
    assert last.strangers <= last.wrong <= last.region


def test_the_tables_have_a_line_for_each_method_and_count_of_trials(straddle):
    assert [line[0] for line in sheet_of_f1("precipitates", [straddle]).rows] == ["straddle"]
    assert len(sheet_of_certificates("precipitates", [straddle], [961]).rows) == 6


def test_a_goal_that_is_never_reached_is_said_to_be_beyond_the_last_trial():
    poor = RegionRun("random", "x", (1, 2), (0.1,) * 51, 0.0, (), (0.5,) * 51)
    assert trials_to_goal(poor) is None
    assert sheet_of_f1("x", [poor]).rows[0][7] == "> 60"
    assert all(line[2:] == ("0 of 1", "-", "-", "-") for line in sheet_of_stops({"x": [poor]}).rows)
