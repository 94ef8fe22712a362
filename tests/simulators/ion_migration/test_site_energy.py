import numpy as np
import pytest

from simulators.ion_migration.barrier import Engine, migration_barriers
from simulators.ion_migration.errors import UnusableGrid
from simulators.ion_migration.family import Compound
from simulators.ion_migration.prototypes import prototype, prototype_of
from simulators.ion_migration.site_energy import Grid, SiteEnergies

STEP = 5.0 / 512
"""Reference values were found by bisection from 5 eV, to this step, and lie at its upper end."""


@pytest.fixture(scope="module")
def phosphate():
    return prototype(Compound("Li", "V", "P", "F"))


@pytest.mark.parametrize(("spacing", "reference"), [(0.3, 0.898), (0.2, 0.830)])
def test_the_barrier_of_the_phosphate_is_the_published_one(phosphate, spacing, reference):
    found = migration_barriers(phosphate, Engine(Grid(spacing, 10.0), 5.0)).one
    assert reference - STEP - 1e-3 < found < reference + 1e-3


@pytest.mark.slow
def test_the_barrier_on_the_finest_grid_is_the_published_one(phosphate):
    found = migration_barriers(phosphate, Engine(Grid(0.1, 10.0), 5.0)).one
    assert 0.820 - STEP - 1e-3 < found < 0.820 + 1e-3


def test_the_barriers_in_more_dimensions_are_the_published_ones(phosphate):
    found = migration_barriers(phosphate, Engine(Grid(0.2, 10.0), 5.0))
    assert found.two == pytest.approx(0.947, abs=0.01)
    assert found.three == pytest.approx(1.426, abs=0.01)


def test_the_site_energy_has_the_symmetry_of_the_crystal():
    energies = SiteEnergies(prototype_of("LiMgSO4F"), 8.0)
    points = np.random.default_rng(1).random((20, 3))
    assert energies.at(-points) == pytest.approx(energies.at(points), rel=1e-9)
    assert energies.at(points + np.array([1.0, -2.0, 3.0])) == pytest.approx(energies.at(points), rel=1e-9)


def test_the_energy_of_one_anion_far_from_all_others_is_its_morse_curve():
    wanted = prototype(Compound("Li", "V", "P", "F"))
    site = wanted.fractional[4]
    near = SiteEnergies(wanted, 0.6).at((site + np.linalg.solve(wanted.lattice.T, [0.5, 0.0, 0.0]))[None])[0]
    wall = np.exp(1.968504 * (1.87265 - 0.5)) - 1.0
    assert near == pytest.approx(0.5 * 0.49611 * (wall**2 - 1.0))


def test_the_ion_likes_its_site_better_than_most_places(phosphate):
    energies = SiteEnergies(phosphate, 8.0)
    at_site = energies.at(phosphate.fractional[:1])[0]
    elsewhere = energies.at(np.random.default_rng(2).random((200, 3)))
    assert np.mean(elsewhere < at_site) < 0.05


def test_a_coarse_and_an_endless_grid_are_refused():
    with pytest.raises(UnusableGrid, match=r"puts 1 points along an edge.*Write a smaller spacing"):
        Grid(2.5).shape(np.array([5.0, 5.0, 7.0]))
    with pytest.raises(UnusableGrid, match="Write a larger spacing"):
        Grid(0.01).shape(np.array([5.0, 5.0, 7.0]))


def test_the_landscape_is_that_of_bvlain(phosphate):
    pytest.importorskip("bvlain")
    pytest.importorskip("pymatgen")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from bvlain import Lain
        from pymatgen.core.structure import Structure

        structure = Structure(phosphate.lattice, list(phosphate.elements), phosphate.fractional)
        structure.add_oxidation_state_by_site(phosphate.charges.astype(int).tolist())
        peer = Lain(verbose=False)
        peer.read_structure(structure, oxi_check=False)
        peer.bvse_distribution(mobile_ion="Li1+", r_cut=6.0, resolution=0.4, k=400)
    theirs = peer.data[:-1, :-1, :-1]
    ours = SiteEnergies(phosphate, 6.0).on(Grid(0.4).shape(phosphate.cell[:3]))
    assert ours.shape == theirs.shape
    outside = theirs < 1000.0
    assert outside.mean() > 0.95
    assert ours[outside] == pytest.approx(theirs[outside], rel=1e-9)
