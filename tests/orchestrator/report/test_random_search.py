import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.report.random_search import expected_trials, random_search


@given(candidates=st.integers(1, 60), data=st.data())
@settings(deadline=None)
def test_the_expectation_is_the_sum_of_the_chances_to_be_still_searching(candidates, data):
    successes = data.draw(st.integers(1, candidates))
    still_searching, total = 1.0, 0.0
    for drawn in range(candidates):
        total += still_searching
        still_searching *= max(0, candidates - successes - drawn) / (candidates - drawn)
    assert expected_trials(candidates, successes) == pytest.approx(total)


@pytest.mark.parametrize("successes", [0, 11])
def test_a_search_that_cannot_succeed_has_no_expectation(successes):
    with pytest.raises(ValueError, match="between 1 and candidates=10"):
        expected_trials(10, successes)


@pytest.fixture(params=[".csv", ".parquet"])
def table(request, tmp_path):
    frame = pd.DataFrame({"x": np.arange(6.0), "energy": [0.9512, 0.9511, 1.2, np.nan, 3.0, 0.95205]})
    path = tmp_path / f"landscape{request.param}"
    frame.to_csv(path, index=False) if request.param == ".csv" else frame.to_parquet(path)
    return path


def test_successes_are_the_candidates_near_the_best_of_the_table(table):
    found = random_search(table, "energy", within=1e-3)
    assert (found.candidates, found.successes, found.without_value, found.best) == (6, 3, 1, 0.9511)
    assert found.expected_trials == expected_trials(6, 3)


def test_where_more_is_better_successes_are_at_the_other_end(table):
    found = random_search(table, "energy", within=1e-3, goal="maximize")
    assert (found.successes, found.best) == (1, 3.0)


def test_a_table_without_the_objective_is_refused(table):
    with pytest.raises(KeyError, match="strength"):
        random_search(table, "strength", within=1e-3)


def test_a_table_without_a_value_is_refused(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("x,energy\n1,\n2,\n")
    with pytest.raises(ValueError, match="holds no value"):
        random_search(path, "energy", within=1e-3)
