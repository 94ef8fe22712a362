import numpy as np
import pytest

from benchmarks.first_success import first_success, random_search, summarise

GOOD = np.array([False, False, True, True])


def test_the_first_success_is_counted_from_one():
    assert first_success([0, 3, 2], GOOD) == 2


def test_a_search_without_success_has_none():
    assert first_success([0, 1], GOOD) is None


def test_percentiles_beyond_the_cap_are_unknown_and_the_solved_share_says_why():
    found = summarise([3, 5, None, None, None], cap=150)
    assert (found.median, found.p90, found.solved) == (None, None, 0.4)


def test_the_ninetieth_percentile_is_the_trial_by_which_nine_of_ten_are_solved():
    assert summarise([*range(1, 10), None], cap=150).p90 == 9


def test_a_success_after_the_cap_does_not_count():
    assert summarise([200], cap=150).solved == 0.0


def test_the_median_of_an_even_count_is_the_mean_of_the_middle_two():
    assert summarise([1, 2, 4, 9], cap=150).median == 3


def test_an_unsolved_search_enters_the_mean_with_the_cap():
    assert summarise([10, None], cap=150).mean == 80


def test_random_search_is_computed_and_not_sampled():
    found = random_search(np.arange(3_024) < 30, cap=150)
    assert found.mean == pytest.approx(3_025 / 31)
    assert found.solved == pytest.approx(1 - (1 - 30 / 3_024) ** 150, abs=0.02)
