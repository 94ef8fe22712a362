from math import prod

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulators.grain_boundary.coincidence import cross, dot, primitive, sigma_of, tilt_boundary
from simulators.grain_boundary.errors import ImpossibleBoundary

COPPER = 3.615

# Σ, axis, plane, lx, ly, spacing (Å, for a = 3.615 Å), centred
GEOMETRY = [
    (5, (0, 0, 1), (2, 1, 0), 3.615, 8.083, 0.808, True),
    (5, (0, 0, 1), (3, 1, 0), 3.615, 5.716, 0.572, False),
    (13, (0, 0, 1), (3, 2, 0), 3.615, 13.034, 0.501, True),
    (13, (0, 0, 1), (5, 1, 0), 3.615, 9.216, 0.354, False),
    (17, (0, 0, 1), (4, 1, 0), 3.615, 14.905, 0.438, True),
    (17, (0, 0, 1), (5, 3, 0), 3.615, 10.539, 0.310, False),
    (3, (1, -1, 0), (1, 1, 1), 2.556, 4.427, 2.087, True),
    (3, (1, -1, 0), (1, 1, 2), 2.556, 6.261, 0.738, False),
    (9, (1, -1, 0), (2, 2, 1), 2.556, 7.669, 0.602, False),
    (9, (1, -1, 0), (1, 1, 4), 2.556, 10.845, 0.426, False),
    (11, (1, -1, 0), (1, 1, 3), 2.556, 8.478, 1.090, True),
    (11, (1, -1, 0), (3, 3, 2), 2.556, 11.990, 0.385, False),
    (7, (1, 1, 1), (3, -2, -1), 6.261, 11.714, 0.483, False),
    (13, (1, 1, 1), (4, -3, -1), 6.261, 15.963, 0.354, False),
    (19, (1, 1, 1), (5, -3, -2), 6.261, 19.299, 0.293, False),
]


@pytest.mark.parametrize(("sigma", "axis", "plane", "lx", "ly", "spacing", "centred"), GEOMETRY)
def test_the_smallest_planar_cell_is_found(sigma, axis, plane, lx, ly, spacing, centred):
    boundary = tilt_boundary(axis, plane, sigma)
    assert [COPPER * length for length in boundary.lengths[:2]] == pytest.approx([lx, ly], abs=6e-4)
    assert COPPER * boundary.spacing == pytest.approx(spacing, abs=6e-4)
    assert boundary.is_centred is centred


directions = st.tuples(*[st.integers(-6, 6)] * 3).filter(any)


@given(plane=directions, other=directions)
@settings(deadline=None)
def test_edges_are_perpendicular_lattice_vectors_whose_cell_holds_a_whole_number_of_atoms(plane, other):
    axis = cross(primitive(plane), other)
    assume(any(axis) and sigma_of(primitive(plane)) > 1)
    boundary = tilt_boundary(axis, plane)
    edges = boundary.edges
    assert all(sum(edge) % 2 == 0 for edge in edges)
    assert [dot(edges[0], edges[1]), dot(edges[1], edges[2]), dot(edges[2], edges[0])] == [0, 0, 0]
    atoms = 4 * prod(boundary.lengths)
    assert atoms == pytest.approx(round(atoms))
    planes = boundary.lengths[2] / boundary.spacing
    assert planes == pytest.approx(round(planes))


@given(plane=st.tuples(*[st.integers(-3, 3)] * 3).filter(any))
@settings(deadline=None, max_examples=30)
def test_sigma_is_the_inverse_density_of_sites_that_the_mirror_image_shares(plane):
    normal = np.array(primitive(plane))
    square = int(normal @ normal)
    mirror = square * np.eye(3, dtype=int) - 2 * np.outer(normal, normal)  # times 1/square
    period = np.arange(2 * square)
    points = np.stack(np.meshgrid(period, period, period, indexing="ij"), axis=-1).reshape(-1, 3)
    points = points[points.sum(axis=1) % 2 == 0]
    images = points @ mirror
    shared = np.all(images % square == 0, axis=1)
    shared &= (images // square).sum(axis=1) % 2 == 0
    assert len(points) == sigma_of(primitive(plane)) * shared.sum()


def test_a_multiple_of_a_plane_is_the_same_plane():
    assert tilt_boundary((0, 0, 2), (4, 2, 0), 5) == tilt_boundary((0, 0, 1), (2, 1, 0))


def test_the_boundary_is_called_by_its_usual_name():
    assert str(tilt_boundary((1, -1, 0), (1, 1, 3))) == "Σ11(113)[1-10]"


@pytest.mark.parametrize(
    ("axis", "plane", "mirror"),
    [
        ((0, 0, 1), (2, 1, 0), True),
        ((1, -1, 0), (1, 1, 3), True),
        ((1, 1, 1), (3, -2, -1), False),
        ((1, 1, 1), (1, 1, -2), True),  # here the other in-plane direction is ⟨110⟩
    ],
)
def test_a_mirror_plane_stands_on_the_boundary_when_an_in_plane_direction_is_of_high_symmetry(axis, plane, mirror):
    assert tilt_boundary(axis, plane).has_mirror is mirror


def test_a_wrong_sigma_is_refused_with_the_right_one_and_planes_that_have_it():
    with pytest.raises(ImpossibleBoundary, match=r"\[2, 1, 0\] has Σ5, not Σ13\. .*Σ13 .*: \[3, 2, 0\], \[5, 1, 0\]"):
        tilt_boundary((0, 0, 1), (2, 1, 0), 13)


def test_an_axis_outside_the_plane_is_refused():
    with pytest.raises(ImpossibleBoundary, match=r"axis \[0, 1, 0\] does not lie in the plane \[2, 1, 0\]"):
        tilt_boundary((0, 1, 0), (2, 1, 0))


@pytest.mark.parametrize("plane", [(1, 0, 0), (1, 1, 0)])
def test_a_mirror_plane_of_the_crystal_is_no_boundary(plane):
    with pytest.raises(ImpossibleBoundary, match="mirror plane of the crystal"):
        tilt_boundary((0, 0, 1), plane)


@pytest.mark.parametrize("vector", [(0, 0, 0), (1, 2)])
def test_what_is_no_direction_is_refused(vector):
    with pytest.raises(ImpossibleBoundary, match="three integers are needed"):
        primitive(vector)
