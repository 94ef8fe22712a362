import math
from dataclasses import replace

import pytest

from benchmarks.contests import CONTESTS
from benchmarks.parameter_run import FinishedRun, RunCell
from benchmarks.regret_curve import best_visited_after, loss_after


def run(answers, measured=(), settings=()):
    return FinishedRun(RunCell("p", "f", "m", "1", 0), tuple(answers), (0.0,) * len(answers), measured, settings)


def test_the_regret_is_that_of_the_best_trial_so_far():
    branin = CONTESTS["branin"]
    done = run([(3.0,), (0.5,), (2.0,)])
    assert [loss_after(done, branin, trials) for trials in (1, 2, 3)] == pytest.approx(
        [value - branin.problem.optimum for value in (3.0, 0.5, 0.5)]
    )


def test_a_trial_beyond_a_limit_does_not_count_however_good_it_is():
    gramacy = CONTESTS["gramacy"]
    done = run([(0.1, 0.5, -1.0), (0.9, -0.1, -1.0)])
    assert loss_after(done, gramacy, 1) == math.inf
    assert loss_after(done, gramacy, 2) == pytest.approx(0.9 - gramacy.problem.optimum)


def test_the_whole_front_leaves_no_hypervolume_missing():
    zdt1 = CONTESTS["zdt1"]
    front = [(x / 2000, 1 - (x / 2000) ** 0.5) for x in range(2001)]
    assert loss_after(run(front), zdt1, len(front)) == pytest.approx(0.0, abs=1e-3)


def test_points_beyond_the_reference_leave_all_of_it_missing():
    assert loss_after(run([(0.5, 3.0), (1.0, 1.2)]), CONTESTS["zdt1"], 2) == 1.0


def test_with_noise_the_truth_of_the_incumbent_counts_and_not_its_measured_value():
    film = replace(CONTESTS["film"], standard_error=0.01)
    settings = tuple((300.0 + 60 * k, 1.0, 50.0 + 20 * k, 0.04 * k) for k in range(8))
    true = [(0.9 - 0.05 * k,) for k in range(8)]
    measured = tuple((value[0] - 0.005,) for value in true)
    done = run(true, measured, settings)
    assert loss_after(done, film, 8) == pytest.approx(true[7][0] - film.problem.optimum)
    assert best_visited_after(done, film, 8) == pytest.approx(true[7][0] - film.problem.optimum)
