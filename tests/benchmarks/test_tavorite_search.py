import numpy as np
import pytest

from benchmarks.tavorite_search import FAILING, NOISE, Truth, search, task


def test_the_lithium_half_has_half_of_the_compounds_and_no_constant_descriptor():
    whole, half = task("all", "composition"), task("Li", "composition")
    assert (len(whole.pool), len(half.pool)) == (320, 160)
    assert "radius_A" in whole.pool.names
    assert "radius_A" not in half.pool.names


def test_a_tenth_of_the_compounds_is_good():
    assert task("all", "composition").good().sum() == 32
    assert task("Li", "composition").good().sum() == 16


def test_every_method_sees_the_same_noise_and_the_same_failures():
    searched = task("all", "composition")
    one, again, other = Truth.of(searched, "hard", 3), Truth.of(searched, "hard", 3), Truth.of(searched, "hard", 4)
    assert np.array_equal(one.values, again.values)
    assert not np.array_equal(one.fails, other.fails)
    assert np.std(one.values - searched.barriers) == pytest.approx(NOISE, rel=0.2)
    assert one.fails.mean() == pytest.approx(FAILING, abs=0.06)


def test_a_random_search_finds_what_it_looks_at():
    found = [search("Li", "composition", "clean", "random", seed)["recall"] for seed in range(30)]
    assert np.mean(found) == pytest.approx(0.3, abs=0.07)


def test_a_search_can_be_repeated():
    one, again = (search("Li", "composition", "hard", "random", 5) for _ in range(2))
    assert one["best_after"] == again["best_after"]
    assert one["recall"] == again["recall"]
