from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from simulators.ion_migration.percolation import barriers


def landscape(seed, shape=(5, 6, 7)):
    return np.random.default_rng(seed).random(shape)


def percolating_dimensions(open_points):
    """In how many directions a set of points is infinite, by looking at 3 x 3 x 3 cells without periodicity."""
    size = np.array(open_points.shape)
    labels, _ = label(np.tile(open_points, (5, 5, 5)), structure=np.ones((3, 3, 3)))
    best = 0
    for start in np.argwhere(open_points):
        centre = labels[tuple(start + 2 * size)]
        shifts = [s for s in product((-1, 0, 1), repeat=3) if labels[tuple(start + (2 + np.array(s)) * size)] == centre]
        best = max(best, int(np.linalg.matrix_rank(np.array(shifts))) if any(map(any, shifts)) else 0)
    return best


def test_a_straight_channel_is_as_high_as_its_highest_point():
    energies = np.full((6, 6, 6), 9.0)
    energies[:, 2, 3] = [0.0, 0.4, 0.1, 0.7, 0.2, 0.3]
    found = barriers(energies, limit=20.0)
    assert found.one == pytest.approx(0.7)
    assert found.two == found.three == 9.0


def test_a_channel_that_does_not_leave_the_cell_is_no_way_through():
    energies = np.full((6, 6, 6), 9.0)
    energies[1:5, 2, 3] = 0.0
    assert barriers(energies, limit=5.0).one is None


def test_beyond_the_limit_there_is_no_number():
    energies = np.full((5, 5, 5), 6.0)
    energies[2, 2, 2] = 0.0
    found = barriers(energies, limit=5.0)
    assert (found.one, found.two, found.three) == (None, None, None)


def test_a_diagonal_channel_percolates_in_one_dimension():
    energies = np.full((5, 5, 5), 9.0)
    for step in range(5):
        energies[step, step, 0] = 1.0
    found = barriers(energies - energies.min(), limit=5.0)
    assert found.one == 0.0
    assert found.two is None


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_more_dimensions_are_never_easier_and_the_origin_does_not_matter(seed):
    energies = landscape(seed)
    found = barriers(energies, limit=2.0)
    assert found.one <= found.two <= found.three
    moved = np.roll(energies, (2, 3, 1), axis=(0, 1, 2))
    assert barriers(moved, limit=2.0) == found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_barriers_are_those_found_by_looking_at_many_cells(seed):
    energies = landscape(seed, (4, 4, 5))
    found = barriers(energies, limit=2.0)
    lowest = energies.min()
    for dimensions, barrier in enumerate((found.one, found.two, found.three), start=1):
        assert percolating_dimensions(energies <= lowest + barrier + 1e-12) >= dimensions
        assert percolating_dimensions(energies < lowest + barrier - 1e-12) < dimensions
