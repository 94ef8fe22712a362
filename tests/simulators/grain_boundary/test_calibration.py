import pytest

from simulators.grain_boundary.calibration import crystal
from simulators.grain_boundary.errors import UnusablePotential
from simulators.grain_boundary.potentials import KNOWN, potential


@pytest.mark.parametrize("element", KNOWN)
def test_the_known_lattice_parameters_are_what_the_potentials_give(element):
    assert crystal(potential(element)).lattice == pytest.approx(KNOWN[element].lattice, abs=1e-5)


def test_copper_is_bound_as_its_authors_say(copper):
    """Mishin et al. 2001, Phys. Rev. B 63, 224106, table III: a = 3.615 Å, E = −3.54 eV."""
    assert crystal(copper).lattice == pytest.approx(3.615, abs=2e-4)
    assert crystal(copper).cohesive_energy == pytest.approx(-3.54, abs=5e-4)


def test_a_crystal_is_measured_once(copper):
    assert crystal(copper) is crystal(copper)


def test_a_file_for_another_element_is_refused(copper):
    with pytest.raises(UnusablePotential, match="cannot be read as a potential of kind eam/alloy for Ag"):
        crystal(potential("Ag", copper.file))


def test_a_potential_without_attraction_binds_no_crystal(tmp_path):
    file = tmp_path / "Cu.eam.alloy"
    table = " ".join(["0.0"] * 10)
    file.write_text(f"a\nb\nc\n1 Cu\n10 0.1 10 0.6 5.5\n29 63.5 3.6 fcc\n{table}\n{table}\n{table}\n")
    with pytest.raises(UnusablePotential, match="binds no face-centred cubic Cu"):
        crystal(potential("Cu", file))
