import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.ion_migration.crystal import LABELS, inverted, lattices
from simulators.ion_migration.family import Compound
from simulators.ion_migration.prototypes import prototype, prototype_of


def test_the_prototypes_have_the_published_volumes():
    assert prototype(Compound("Li", "V", "P", "F")).volume == pytest.approx(175.0, abs=0.05)
    assert prototype(Compound("Li", "Fe", "S", "F")).volume == pytest.approx(182.8, abs=0.05)


def test_silicates_start_from_the_phosphate_and_selenates_from_the_sulphate():
    assert prototype_of("LiTiSiO4F").volume == prototype_of("LiAlPO4F").volume
    assert prototype_of("LiMgSeO4F").volume == prototype_of("LiMgSO4F").volume


@pytest.mark.parametrize("formula", ["LiMgSO4F", "NaTiSiO4Cl"])
def test_a_prototype_has_inversion_symmetry(formula):
    crystal = prototype_of(formula)
    for row, position in enumerate(crystal.fractional):
        image = crystal.fractional[inverted(row)]
        assert np.allclose((position + image) % 1.0 % 1.0, 0.0) or np.allclose((position + image + 0.5) % 1.0, 0.5)
        assert crystal.elements[row] == crystal.elements[inverted(row)]


def test_inversion_twice_is_nothing():
    assert [inverted(inverted(row)) for row in range(len(LABELS))] == list(range(16))


def test_a_crystal_is_neutral_and_holds_two_formula_units():
    crystal = prototype_of("LiTiPO5")
    assert crystal.charges.sum() == 0
    assert sorted(crystal.elements) == sorted(["Li", "Ti", "P", *["O"] * 5] * 2)


def test_ase_gets_the_same_atoms():
    crystal = prototype_of("NaAlPO4F")
    atoms = crystal.atoms()
    assert atoms.get_volume() == pytest.approx(crystal.volume)
    assert atoms.cell.cellpar() == pytest.approx(crystal.cell)
    assert np.allclose(atoms.get_scaled_positions(), crystal.fractional % 1.0)


@given(st.tuples(*[st.floats(3, 12)] * 3), st.tuples(*[st.floats(75, 105)] * 3))
def test_lattice_vectors_have_the_lengths_and_angles_asked_for(lengths, angles):
    vectors = lattices(np.array([[*lengths, *angles]]))[0]
    norms = np.linalg.norm(vectors, axis=1)
    assert norms == pytest.approx(lengths)
    a, b, c = vectors / norms[:, None]
    assert np.degrees(np.arccos([b @ c, a @ c, a @ b])) == pytest.approx(angles)
