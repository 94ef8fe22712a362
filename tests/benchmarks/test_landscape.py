import numpy as np
import pytest

from benchmarks.landscape import load, metadata, names
from benchmarks.landscapes import CAMPAIGN_TABLES, candidates, recipes
from benchmarks.orbits import representatives
from orchestrator.report.random_search import random_search
from simulators.grain_boundary.coincidence import tilt_boundary
from simulators.grain_boundary.energies import BoundaryEnergies
from simulators.grain_boundary.potentials import potential
from simulators.grain_boundary.relaxation import Relaxation


@pytest.mark.parametrize("path", recipes(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_landscape_holds_every_candidate_of_its_recipe_in_order(path):
    pool, energies = load(path)
    made = candidates(recipes()[path])
    assert pool.table.equals(made.table)
    assert pool.periods == made.periods
    assert pool.symmetry == made.symmetry
    assert np.isfinite(energies).all()


@pytest.mark.parametrize("name", names())
def test_a_landscape_is_as_symmetric_as_it_says(name):
    pool, energies = load(name)
    assert np.array_equal(energies, energies[representatives(pool)])


@pytest.mark.parametrize("name", names())
def test_no_landscape_is_trivial_for_random_search(name):
    path = next(path for path in recipes() if path.stem == name)
    assert random_search(path, "gb_energy", within=1e-3).expected_trials > 10


def test_the_campaigns_table_leads_to_the_reference_energy():
    _, energies = load(CAMPAIGN_TABLES / "cu_sigma5_210.parquet")
    assert energies.min() == pytest.approx(0.9511, abs=1e-3)


def test_a_landscape_says_how_it_was_made():
    about = metadata("cu_sigma5_310")
    assert (about["element"], about["sigma"], about["plane"], about["relax"]) == ("Cu", 5, [3, 1, 0], "surface")
    assert about["engine"].startswith("lammps ")
    assert len(about["potential"]["sha256"]) == 64


@pytest.mark.parametrize("row", [0, 1234, 2999])
def test_a_candidate_relaxes_to_its_tabulated_energy_again(row):
    pool, energies = load("cu_sigma5_310")
    recipe = next(it for path, it in recipes().items() if path.stem == "cu_sigma5_310")
    first = representatives(pool)[row]
    from simulators.grain_boundary.bicrystal import slab_for

    model = potential("Cu")
    again = BoundaryEnergies(
        tilt_boundary(recipe.axis, recipe.plane),
        model,
        Relaxation(recipe.relax, recipe.force_tolerance, recipe.iterations),
        slab_for(model.cutoff, recipe.thickness),
    )
    assert again.evaluate(*pool.table.iloc[first]).energy == pytest.approx(energies[row], abs=1e-6)
