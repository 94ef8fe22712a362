import numpy as np
import pytest
from ase.io import read

from simulators.grain_boundary.energies import BoundaryEnergies
from simulators.grain_boundary.structure import write_structure


@pytest.fixture
def evaluation(copper, sigma5):
    return BoundaryEnergies(sigma5, copper).evaluate(0.0, 2.45, 1.6)


def test_the_file_holds_the_relaxed_atoms(evaluation, tmp_path):
    write_structure(tmp_path / "structure.extxyz", evaluation, "Cu Σ5(310)[001]")
    atoms = read(tmp_path / "structure.extxyz")
    assert np.allclose(atoms.get_all_distances(mic=True), evaluation.atoms.get_all_distances(mic=True), atol=1e-6)
    assert np.array_equal(atoms.arrays["grain"], evaluation.atoms.arrays["grain"])
    assert np.array_equal(atoms.arrays["rim"], evaluation.atoms.arrays["rim"])
    assert atoms.info["gb_energy"] == pytest.approx(evaluation.energy)
    assert atoms.info["title"] == "Cu Σ5(310)[001]"
    assert list(atoms.pbc) == [True, True, False]


def test_all_atoms_lie_inside_the_cell(evaluation, tmp_path):
    write_structure(tmp_path / "structure.extxyz", evaluation, "Cu")
    fractions = read(tmp_path / "structure.extxyz").get_scaled_positions(wrap=False)
    assert np.all((fractions > -1e-6) & (fractions < 1 + 1e-6))


def test_nothing_else_is_left_in_the_folder(evaluation, tmp_path):
    write_structure(tmp_path / "structure.extxyz", evaluation, "Cu")
    assert [path.name for path in tmp_path.iterdir()] == ["structure.extxyz"]
