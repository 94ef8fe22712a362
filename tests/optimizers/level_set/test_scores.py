import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizers.level_set.scores import entropy, lookahead, straddle, wrong_side

gaps = st.floats(-3.0, 3.0)
deviations = st.floats(0.01, 2.0)


def one(number):
    return np.array([number])


@given(gaps, deviations)
def test_the_straddle_is_positive_where_the_interval_contains_the_level(gap, deviation):
    contains = gap - 1.96 * deviation < 0.0 < gap + 1.96 * deviation
    assert (straddle(one(gap), one(deviation))[0] > 0.0) == contains


@given(gaps, deviations)
def test_below_and_above_the_level_are_alike(gap, deviation):
    for score in (straddle, entropy, wrong_side):
        assert score(one(gap), one(deviation)) == score(one(-gap), one(deviation))


def test_the_entropy_is_that_of_a_coin_at_the_level_and_nothing_far_away():
    assert entropy(one(0.0), one(1.0))[0] == pytest.approx(np.log(2.0))
    assert entropy(one(50.0), one(1.0))[0] == 0.0


def joint(gap, covariance, noise):
    """Scores and the posterior deviations after each of the candidates, by the textbook's formula."""

    def after(place):
        column = covariance[:, place]
        return np.sqrt(np.diag(covariance) - column**2 / (column[place] + noise))

    return lookahead(gap, np.sqrt(np.diag(covariance)), after, [])


def test_looking_ahead_expects_the_drop_that_drawing_gives():
    """After measuring 0 without noise, candidate 1 is on the wrong side with the mean of min(p, 1 - p)."""
    gap, covariance = np.array([0.2, -0.3]), np.array([[1.0, 0.6], [0.6, 0.8]])
    draws = np.random.default_rng(3).standard_normal(400_000)
    shrunk = np.sqrt(0.8 - 0.36)
    later = wrong_side(gap[1] + 0.6 * draws, np.full(len(draws), shrunk)).mean()
    now = wrong_side(gap, np.sqrt(np.diag(covariance))).sum()
    assert joint(gap, covariance, 1e-12)[0] == pytest.approx(now - later, abs=2e-3)


def test_a_candidate_that_tells_of_others_is_worth_more_than_one_that_stands_alone():
    covariance = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    together, _, alone = joint(np.full(3, 0.1), covariance, 1e-6)
    assert together > 1.5 * alone


def test_what_is_closed_is_not_looked_at():
    scores = lookahead(np.zeros(3), np.ones(3), lambda _: np.full(3, 0.5), [0, 2])
    assert np.isneginf(scores[[0, 2]]).all()
    assert np.isfinite(scores[1])
