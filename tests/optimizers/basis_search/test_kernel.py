from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers.basis_search.kernel import apart, correlation
from optimizers.rotation import exponential, haar_rotation


def drawn(count, orbitals, seed):
    chance = np.random.default_rng(seed)
    return np.array([haar_rotation(orbitals, chance) for _ in range(count)])


def signed_permutations(orbitals):
    for order in permutations(range(orbitals)):
        for signs in product((1.0, -1.0), repeat=orbitals):
            yield np.eye(orbitals)[list(order)] * np.array(signs)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), orbitals=st.integers(2, 4), length=st.floats(0.2, 1.4))
def test_the_closed_form_is_the_average_over_the_group(seed, orbitals, length):
    one, other = drawn(2, orbitals, seed)
    group = list(signed_permutations(orbitals))
    total = sum(np.exp((np.trace(one.T @ other @ g) - orbitals) / length**2) for g in group)
    own = sum(np.exp((np.trace(g) - orbitals) / length**2) for g in group)
    assert correlation(one[None], other[None], length)[0, 0] == pytest.approx(total / own, rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), length=st.floats(0.05, 2.0), number=st.integers(0, 47))
def test_equivalent_frames_are_perfectly_correlated(seed, length, number):
    rotation = drawn(1, 3, seed)
    turned = rotation @ list(signed_permutations(3))[number]
    assert correlation(rotation, turned, length)[0, 0] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("length", [0.2, 0.55, 1.4])
def test_gram_matrices_are_positive_semidefinite(length):
    places = drawn(60, 3, 1)
    assert np.linalg.eigvalsh(correlation(places, places, length)).min() > -1e-10


def test_short_lengths_do_not_overflow():
    assert np.isfinite(correlation(drawn(5, 3, 2), drawn(5, 3, 3), 0.02)).all()


def test_of_neighbours_the_first_is_kept_and_equivalent_frames_are_neighbours():
    first, other = drawn(2, 3, 4)
    near = first @ exponential([0.03, 0.0, 0.0], 3)
    turned = first @ list(signed_permutations(3))[17]
    frames = np.array([first, near, turned, other])
    assert apart(frames, 4) == [0, 3]
    assert apart(frames, 1) == [0]
    assert apart(frames[:0], 3) == []
