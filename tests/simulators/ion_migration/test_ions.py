import pytest

from simulators.ion_migration.errors import NotInTheFamily
from simulators.ion_migration.family import ions_of_the_family
from simulators.ion_migration.ions import ion, known_ions, made_again


def test_every_ion_of_the_family_is_known_and_no_other():
    assert list(known_ions()) == ions_of_the_family()


def test_radii_are_those_of_shannon():
    assert ion("Li", 1).radius == 0.76
    assert ion("S", 6, 4).radius == 0.12
    assert ion("Si", 4, 4).radius < ion("Si", 4, 6).radius


def test_an_ion_outside_the_family_is_refused():
    with pytest.raises(NotInTheFamily, match=r"Fe\+2 with 6 neighbours"):
        ion("Fe", 2)


def test_the_table_is_what_pymatgen_says():
    pytest.importorskip("pymatgen")
    assert list(made_again(ions_of_the_family())) == list(known_ions().values())
