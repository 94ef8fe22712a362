import numpy as np
import pytest

from simulators.grain_boundary.bicrystal import LOWER, UPPER, Slab
from simulators.grain_boundary.coincidence import tilt_boundary
from simulators.grain_boundary.energies import BoundaryEnergies
from simulators.grain_boundary.errors import EngineFault, Unconverged, UnusablePotential
from simulators.grain_boundary.relaxation import Relaxation
from simulators.grain_boundary.translations import GAPS, table

FULL = Relaxation("atoms", force_tolerance=1e-3, iterations=500)
STATIC = Relaxation("static")

# axis, plane, a start (tx and ty in periods, gap in Å) that leads to the lowest energy, that energy in J/m² (found
# from 60 random starts), and the energy usually quoted for this potential
REFERENCES = [
    ((0, 0, 1), (2, 1, 0), (0.02, 0.67, 1.2), 0.9511, 0.951),
    ((0, 0, 1), (3, 1, 0), (0.96, 0.40, 1.0), 0.9047, 0.905),
    ((1, -1, 0), (1, 1, 1), (0.57, 0.16, 2.0), 0.0222, 0.022),
    ((0, 0, 1), (5, 1, 0), (0.00, 0.24, 0.9), 0.8783, None),
    ((1, -1, 0), (2, 2, 1), (0.38, 0.50, 0.5), 0.8337, None),
    ((1, -1, 0), (1, 1, 2), (0.13, 0.22, 1.4), 0.5921, None),
    ((1, -1, 0), (1, 1, 3), (0.00, 0.26, 1.9), 0.3098, None),
]


def at(energies, fx, fy, gap):
    lx, ly, _ = (energies.crystal.lattice * length for length in energies.boundary.lengths)
    return energies.evaluate(fx * lx, fy * ly, gap)


@pytest.mark.parametrize(("axis", "plane", "start", "energy", "quoted"), REFERENCES)
def test_copper_boundaries_relax_to_their_reference_energies(copper, axis, plane, start, energy, quoted):
    energies = BoundaryEnergies(tilt_boundary(axis, plane), copper, FULL)
    found = at(energies, *start).energy
    assert found == pytest.approx(energy, abs=0.0005)
    assert quoted is None or found == pytest.approx(quoted, abs=0.0005)


@pytest.mark.parametrize("mode", ["surface", "atoms"])
def test_the_rims_move_as_rigid_bodies_and_only_where_they_may(copper, sigma5, mode):
    energies = BoundaryEnergies(sigma5, copper, Relaxation(mode))
    start = BoundaryEnergies(sigma5, copper, STATIC)
    before, after = (at(it, 0.2, 0.3, 1.4).atoms for it in (start, energies))
    moved = after.positions - before.positions
    lower, upper = (before.arrays["rim"] & (before.arrays["grain"] == it) for it in (LOWER, UPPER))
    assert np.allclose(moved[lower], 0, atol=1e-12)
    assert np.allclose(moved[upper], moved[upper][0], atol=1e-9)
    assert abs(moved[upper][0, 2]) > 0.01
    assert np.allclose(moved[upper][0, :2], 0, atol=1e-12) is (mode == "surface")


def test_static_candidates_do_not_move(copper, sigma5):
    evaluation = BoundaryEnergies(sigma5, copper, STATIC).evaluate(0.4, 0.5, 1.2)
    assert evaluation.iterations == 0
    assert evaluation.translation == pytest.approx((0.4, 0.5, 1.2), abs=1e-12)


@pytest.mark.slow
def test_the_lowest_static_candidate_has_the_reference_energy(copper, sigma5):
    """Over a quarter of the 0.2 Å grid, which symmetry makes complete."""
    energies = BoundaryEnergies(sigma5, copper, STATIC, Slab(thickness=16.0))
    candidates = table(sigma5, energies.crystal.lattice, 0.2, GAPS[:6])
    quarter = candidates[(candidates["tx"] < 1.85) & (candidates["ty"] < 2.9)]
    assert min(energies.evaluate(*row).energy for row in quarter.to_numpy()) == pytest.approx(1.1764, abs=0.0005)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("axis", "plane", "step", "heights", "minimum"),
    [
        ((0, 0, 1), (2, 1, 0), 0.1, 8, 1.2201),
        ((0, 0, 1), (3, 1, 0), 0.1, 8, 1.1764),
        ((0, 0, 1), (5, 1, 0), 0.1, 8, 1.4392),
        ((1, -1, 0), (2, 2, 1), 0.1, 8, 0.9331),
        ((1, -1, 0), (1, 1, 2), 0.1, 8, 0.7926),
        ((0, 0, 1), (2, 1, 0), 0.2, 6, 1.2237),
        ((0, 0, 1), (5, 1, 0), 0.2, 6, 1.4395),
    ],
)
def test_static_landscapes_have_their_reference_minima(copper, axis, plane, step, heights, minimum):
    boundary = tilt_boundary(axis, plane)
    energies = BoundaryEnergies(boundary, copper, STATIC, Slab(thickness=16.0))
    lx, ly, _ = (energies.crystal.lattice * length for length in boundary.lengths)
    candidates = table(boundary, energies.crystal.lattice, step, GAPS[:heights])
    quarter = candidates[(candidates["tx"] < lx / 2 + 1e-6) & (candidates["ty"] < ly / 2 + 1e-6)]
    assert min(energies.evaluate(*row).energy for row in quarter.to_numpy()) == pytest.approx(minimum, abs=0.0005)


@pytest.mark.parametrize("relaxation", [STATIC, Relaxation("surface", 1e-3, 1000)], ids=["static", "surface"])
@pytest.mark.parametrize(
    ("axis", "plane", "images"),
    [
        ((0, 0, 1), (3, 1, 0), [(-1, 1, 0), (1, -1, 0), (-1, -1, 0)]),
        ((0, 0, 1), (2, 1, 0), [(-1, 1, 0), (1, -1, 0), (1, 1, 0.5), (-1, 1, 0.5)]),
        ((1, -1, 0), (1, 1, 3), [(-1, 1, 0), (1, -1, 0), (1, 1, 0.5)]),
        ((1, -1, 0), (2, 2, 1), [(-1, 1, 0), (1, -1, 0)]),
        ((1, 1, 1), (1, 1, -2), [(-1, 1, 0), (1, -1, 0)]),
        ((1, 1, 1), (3, -2, -1), [(-1, -1, 0)]),
    ],
)
def test_translations_that_symmetry_makes_equal_have_equal_energies(copper, axis, plane, images, relaxation):
    energies = BoundaryEnergies(tilt_boundary(axis, plane), copper, relaxation, Slab(thickness=16.0))
    fx, fy, gap = 0.31, 0.12, 1.37
    energy = at(energies, fx, fy, gap).energy
    for sx, sy, shift in images:
        assert at(energies, sx * fx + shift, sy * fy + shift, gap).energy == pytest.approx(energy, abs=1e-5)


def test_a_rotation_axis_alone_does_not_reverse_one_translation(copper):
    energies = BoundaryEnergies(tilt_boundary((1, 1, 1), (3, -2, -1)), copper, STATIC)
    assert abs(at(energies, 0.137, 0.211, 1.37).energy - at(energies, -0.137, 0.211, 1.37).energy) > 1e-2


def test_an_energy_does_not_depend_on_what_was_evaluated_before(copper, sigma5):
    candidates = [(0.4, 0.6, 1.4), (0.0, 0.0, 0.6), (1.7, 2.9, 2.0), (0.9, 5.1, 1.0)]
    warm = BoundaryEnergies(sigma5, copper)
    forwards = [warm.evaluate(*it).energy for it in candidates]
    backwards = [warm.evaluate(*it).energy for it in reversed(candidates)]
    fresh = [BoundaryEnergies(sigma5, copper).evaluate(*it).energy for it in candidates]
    assert forwards == backwards[::-1] == fresh


def test_a_translation_by_whole_periods_changes_nothing(copper, sigma5):
    energies = BoundaryEnergies(sigma5, copper, STATIC)
    inside, outside = at(energies, 0.3, 0.4, 1.0), at(energies, 2.3, -1.6, 1.0)
    assert outside.energy == pytest.approx(inside.energy, abs=1e-9)


@pytest.mark.parametrize("slab", [Slab(thickness=24.0, rim=10.0), Slab(thickness=28.0, rim=8.0)])
@pytest.mark.parametrize("plane", [(2, 1, 0), (3, 1, 0)])
def test_thicker_grains_and_rims_change_nothing(copper, plane, slab):
    boundary = tilt_boundary((0, 0, 1), plane)
    usual, other = (BoundaryEnergies(boundary, copper, FULL, it) for it in (Slab(), slab))
    assert at(other, 0.02, 0.67, 1.2).energy == pytest.approx(at(usual, 0.02, 0.67, 1.2).energy, abs=1e-4)


def test_grains_far_apart_cost_the_energy_of_two_surfaces(copper, sigma5):
    """Twice the energy of an unrelaxed (310) surface; between the low-index ones (1.24 to 1.48 J/m²) and 1.7 J/m²."""
    energies = BoundaryEnergies(sigma5, copper, STATIC)
    energy = energies.evaluate(0.0, 0.0, 20.0).energy
    assert energy == pytest.approx(energies.evaluate(1.0, 2.0, 15.0).energy, abs=1e-9)
    assert 1.24 < energy / 2 < 1.7


def test_a_coherent_twin_takes_no_more_room_than_the_crystal(copper):
    energies = BoundaryEnergies(tilt_boundary((1, -1, 0), (1, 1, 1)), copper, FULL)
    assert at(energies, 0.57, 0.16, 2.0).expansion == pytest.approx(0.0, abs=0.02)


def test_a_relaxation_cut_short_is_no_result(copper, sigma5):
    energies = BoundaryEnergies(sigma5, copper, Relaxation("surface", iterations=3))
    with pytest.raises(Unconverged, match="stopped after 3 iterations") as caught:
        energies.evaluate(0.4, 0.6, 1.4)
    assert caught.value.iterations == 3
    assert caught.value.force > caught.value.tolerance == 3e-3


def test_after_an_unconverged_candidate_the_next_one_is_as_ever(copper, sigma5):
    impatient = BoundaryEnergies(sigma5, copper, Relaxation("surface", iterations=80))
    with pytest.raises(Unconverged):
        impatient.evaluate(0.4, 0.6, 0.6)
    expected = BoundaryEnergies(sigma5, copper).evaluate(0.0, 2.45, 1.6)
    assert expected.iterations < 80
    assert impatient.evaluate(0.0, 2.45, 1.6).energy == expected.energy


def test_after_an_engine_fault_a_new_engine_is_started(copper, sigma5):
    energies = BoundaryEnergies(sigma5, copper, STATIC)
    expected = energies.evaluate(0.4, 0.6, 1.4).energy
    with pytest.raises(EngineFault):
        energies.evaluate(0.4, 0.6, 100.0)  # outside the box: LAMMPS loses the atoms
    assert energies.evaluate(0.4, 0.6, 1.4).energy == expected


def test_a_rim_thinner_than_the_reach_of_the_potential_is_refused(copper, sigma5):
    with pytest.raises(UnusablePotential, match=r"reaches 5\.51 Å, further than the rim of 4 Å"):
        BoundaryEnergies(sigma5, copper, STATIC, Slab(thickness=16.0, rim=4.0)).evaluate(0.0, 0.0, 1.0)


def test_a_full_relaxation_finds_its_way_back_from_a_small_slide(copper, sigma5):
    energies = BoundaryEnergies(sigma5, copper, FULL)
    tx, ty, gap = at(energies, 0.96, 0.40, 1.0).translation
    for slide in (-0.05, 0.05):
        final = energies.evaluate(tx + slide, ty, gap).translation
        assert final == pytest.approx((tx, ty, gap), abs=0.01)
