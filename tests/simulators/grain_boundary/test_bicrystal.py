from math import ceil

import numpy as np
import pytest
from ase.neighborlist import neighbor_list

from simulators.grain_boundary.bicrystal import LOWER, UPPER, Slab, bicrystal, grain, slab_for
from simulators.grain_boundary.coincidence import tilt_boundary

COPPER = 3.615

# axis, plane, atoms of both grains when each is at least 18 Å thick and a whole number of periods
ATOMS = [
    ((0, 0, 1), (2, 1, 0), 120),
    ((0, 0, 1), (3, 1, 0), 80),
    ((0, 0, 1), (3, 2, 0), 208),
    ((0, 0, 1), (5, 1, 0), 104),
    ((0, 0, 1), (4, 1, 0), 272),
    ((0, 0, 1), (5, 3, 0), 136),
    ((1, -1, 0), (1, 1, 1), 36),
    ((1, -1, 0), (1, 1, 2), 60),
    ((1, -1, 0), (2, 2, 1), 72),
    ((1, -1, 0), (1, 1, 4), 108),
    ((1, -1, 0), (1, 1, 3), 88),
    ((1, -1, 0), (3, 3, 2), 132),
    ((1, 1, 1), (3, -2, -1), 252),
    ((1, 1, 1), (4, -3, -1), 312),
    ((1, 1, 1), (5, -3, -2), 456),
]


@pytest.mark.parametrize(("axis", "plane", "atoms"), ATOMS)
def test_whole_periods_hold_the_known_number_of_atoms(axis, plane, atoms):
    boundary = tilt_boundary(axis, plane)
    period, spacing = COPPER * boundary.lengths[2], COPPER * boundary.spacing
    assert 2 * len(grain(boundary, COPPER, ceil(18 / period) * period - spacing)) == atoms


@pytest.mark.parametrize(("axis", "plane"), [((0, 0, 1), (2, 1, 0)), ((1, -1, 0), (1, 1, 2)), ((1, 1, 1), (3, -2, -1))])
def test_inside_a_grain_every_atom_has_the_twelve_neighbours_of_the_crystal(axis, plane):
    atoms = bicrystal(tilt_boundary(axis, plane), "Cu", COPPER, (0.3, 1.1, 20.0))
    nearest = np.bincount(neighbor_list("i", atoms, COPPER * 0.75), minlength=len(atoms))
    z, top = atoms.positions[:, 2], atoms.positions[:, 2].max()
    inside = ((z > z.min() + 3) & (z < -3)) | ((z > 23) & (z < top - 3))
    assert inside.sum() > len(atoms) / 3
    assert set(nearest[inside]) == {12}


def test_the_grains_are_mirror_images_apart_from_the_translation(sigma5):
    translation = np.array([0.7, 2.1, 1.3])
    atoms = bicrystal(sigma5, "Cu", COPPER, tuple(translation))
    lower, upper = (atoms.positions[atoms.arrays["grain"] == it] for it in (LOWER, UPPER))
    difference = upper - translation - lower * [1, 1, -1]
    edges = atoms.cell.lengths()[:2]
    assert np.allclose(difference[:, :2] / edges, np.round(difference[:, :2] / edges))
    assert np.allclose(difference[:, 2], 0)


def test_the_gap_is_the_distance_between_the_facing_planes(sigma5):
    atoms = bicrystal(sigma5, "Cu", COPPER, (0.7, 2.1, 1.3))
    z = atoms.positions[:, 2]
    assert z[atoms.arrays["grain"] == LOWER].max() == 0.0
    assert z[atoms.arrays["grain"] == UPPER].min() == 1.3


def test_a_grain_ends_with_the_first_plane_at_or_beyond_its_thickness(sigma5):
    spacing = COPPER * sigma5.spacing
    depths = -grain(sigma5, COPPER, 16.0)[:, 2]
    assert depths.max() - spacing < 16.0 <= depths.max()


@pytest.mark.parametrize(("axis", "plane"), [(axis, plane) for axis, plane, _ in ATOMS])
def test_the_number_of_atoms_is_known_beforehand(axis, plane):
    boundary = tilt_boundary(axis, plane)
    assert boundary.atoms(16.0 / COPPER) == len(bicrystal(boundary, "Cu", COPPER, (0.0, 0.0, 1.0), Slab(16.0)))


def test_the_rims_are_the_outer_part_of_each_grain(sigma5):
    atoms = bicrystal(sigma5, "Cu", COPPER, (0.0, 0.0, 1.0), Slab(thickness=20.0, rim=8.0))
    z, is_rim = atoms.positions[:, 2], atoms.arrays["rim"]
    assert np.all(is_rim == ((z < z.min() + 8.0) | (z > z.max() - 8.0)))


@pytest.mark.parametrize("tx", [-1e-17, 0.0, 3.615, -7.0, 100.0])
def test_positions_are_wrapped_into_the_cell_and_keep_their_order(sigma5, tx):
    atoms = bicrystal(sigma5, "Cu", COPPER, (tx, -tx, 1.0))
    edges = atoms.cell.lengths()[:2]
    assert np.all((atoms.positions[:, :2] >= 0) & (atoms.positions[:, :2] < edges))
    untranslated = bicrystal(sigma5, "Cu", COPPER, (0.0, 0.0, 1.0))
    assert np.allclose(atoms.positions[:, 2], untranslated.positions[:, 2])


def test_rims_grow_with_the_reach_of_the_potential():
    assert slab_for(5.5, 22.0) == Slab(thickness=22.0, rim=8.0)
    assert slab_for(10.0, 22.0) == Slab(thickness=24.0, rim=10.0)
