"""Campaigns on simulated films: the optima they are judged by, and how they are judged."""

import numpy as np
import pytest

from benchmarks.film_problems import PROBLEMS
from benchmarks.film_run import (
    METHODS,
    FilmRun,
    best_after,
    failures,
    growths_to,
    growths_to_keep,
    plays,
    run,
)
from benchmarks.film_sheet import sheet_of


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_the_recipe_of_the_optimum_gives_it(name):
    problem = PROBLEMS[name]
    film = problem.true(problem.recipe)
    assert film.failure == ""
    assert film.true == pytest.approx(problem.best, rel=2e-5)


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_no_other_recipe_is_better_than_the_optimum(name):
    problem = PROBLEMS[name]
    films = [problem.true(setting) for setting in problem.space.sample(128, 1)]
    assert min(film.true for film in films if not film.failure) >= problem.best * (1.0 - 2e-5)


def test_a_run_is_the_same_every_time_and_growths_share_their_chance_with_other_methods():
    problem = PROBLEMS["oxygen"]
    first, again = run(problem, "random", 3), run(problem, "random", 3)
    assert (first.true, first.seen) == (again.true, again.seen)
    others = run(problem, "kriging, 501 candidates", 3)
    ratio = [np.array(one.seen) / np.array(one.true) for one in (first, others)]
    assert ratio[0] == pytest.approx(ratio[1], rel=5e-3)


def test_a_film_without_peaks_is_a_failed_growth():
    cold = PROBLEMS["licoo2"].true({"oxygen": 0.06, "pressure": 0.8, "power": 90.0, "temperature": 100.0})
    assert cold.failure == "no peaks"


def test_failed_growths_are_told_and_counted():
    found = run(PROBLEMS["recipe"], "random", 0)
    assert failures(found) == sum(value is None for value in found.seen) > 0
    assert len(found.true) == PROBLEMS["recipe"].growths


FOUND = FilmRun("oxygen", "box", 0, (9.0, None, 4.0, 3.0, 5.0), (9.0, None, 5.0, 6.0, 4.0), 0.1)


def test_a_film_counts_when_it_is_good_and_is_kept_when_it_looks_best():
    assert growths_to(FOUND, 3.0) == 4
    assert growths_to_keep(FOUND, 3.0) is None
    assert growths_to(FOUND, 4.5) == growths_to_keep(FOUND, 4.5) == 3
    assert growths_to(FOUND, 1.0) is None
    assert (failures(FOUND), failures(FOUND, 1)) == (1, 0)
    assert [best_after(FOUND, count) for count in (1, 3, 5)] == [9.0, 4.0, 3.0]


def test_the_table_has_a_line_per_method_that_was_run():
    sheet = sheet_of(PROBLEMS["oxygen"], [FOUND])
    assert [line[0] for line in sheet.rows] == ["box"]
    assert len(sheet.rows[0]) == len(sheet.headings)


def test_methods_play_where_they_can():
    assert not plays("kriging, 501 candidates", PROBLEMS["recipe"])
    assert not plays("box, failures ignored", PROBLEMS["oxygen"])
    assert [method for method in METHODS if plays(method, PROBLEMS["materials"])] == [
        "box", "box, padding alone", "box, failures ignored", "box, transform auto", "box, scatter stated",
        "box, no error told", "random",
    ]  # fmt: skip
