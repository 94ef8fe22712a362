from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.random_order import quantile_of_first_success, solved_share


def first_successes(candidates, good):
    """The first success of every order of a small pool, by trying them all."""
    return np.array([min(order.index(it) for it in range(good)) + 1 for order in permutations(range(candidates))])


sizes = st.integers(1, 7).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))


@settings(deadline=None, max_examples=60)
@given(sizes, st.sampled_from([0.1, 0.5, 0.9, 1.0]))
def test_a_quantile_is_the_first_trial_by_which_that_share_of_all_orders_is_solved(size, probability):
    trials = first_successes(*size)
    expected = next(t for t in range(1, size[0] + 1) if np.mean(trials <= t) >= probability - 1e-12)
    assert quantile_of_first_success(*size, probability) == expected


@settings(deadline=None, max_examples=60)
@given(sizes, st.integers(0, 9))
def test_the_solved_share_is_that_of_all_orders(size, trials):
    assert solved_share(*size, trials) == pytest.approx(np.mean(first_successes(*size) <= trials))


def test_one_needle_among_many_is_found_half_way_through_on_median():
    assert quantile_of_first_success(18_000, 1, 0.5) == 9_000


def test_a_pool_without_a_good_candidate_is_refused():
    with pytest.raises(ValueError, match="good=0"):
        quantile_of_first_success(10, 0, 0.5)
