import numpy as np
import pytest

from benchmarks.synthetic import CELL, NEAREST, interaction, morse_slabs

SHAPE = (6, 8, 5)
ATOM = np.array([[0.3, 0.2, 0.0]])
SOMEWHERE = np.array([0.7]), np.array([5.1]), np.array([1.3])


def test_an_atom_at_the_equilibrium_distance_above_another_sits_at_the_bottom_of_the_well():
    energy = interaction(ATOM, ATOM, np.zeros(1), np.zeros(1), np.array([NEAREST]))
    images = interaction(ATOM, ATOM, np.zeros(1), np.zeros(1), np.array([NEAREST + 1e-3])) - energy
    assert -1.5 < energy[0] < -1.0
    assert abs(images[0]) < 1e-3


@pytest.mark.parametrize("periods", [(1, 0), (0, 1), (-2, 3)])
def test_a_translation_by_whole_periods_changes_nothing(periods):
    tx, ty, gap = SOMEWHERE
    moved = interaction(ATOM, ATOM + 0.4, tx + periods[0] * CELL[0], ty + periods[1] * CELL[1], gap)
    assert moved == pytest.approx(interaction(ATOM, ATOM + 0.4, tx, ty, gap), abs=1e-12)


def test_moving_the_upper_atoms_is_a_translation():
    tx, ty, gap = SOMEWHERE
    moved = interaction(ATOM, ATOM + np.array([0.5, 0.0, 0.0]), tx, ty, gap)
    assert moved == pytest.approx(interaction(ATOM, ATOM, tx + 0.5, ty, gap), abs=1e-12)


def test_closing_the_gap_meets_a_repulsive_wall():
    open_gap, closed_gap = (interaction(ATOM, ATOM, *np.zeros((2, 1)), np.array([gap])) for gap in (NEAREST, 1.0))
    assert closed_gap > open_gap + 10.0


def test_the_seed_decides_the_landscape():
    assert np.array_equal(morse_slabs(SHAPE, seed=1).values, morse_slabs(SHAPE, seed=1).values)
    assert not np.allclose(morse_slabs(SHAPE, seed=1).values, morse_slabs(SHAPE, seed=2).values)
