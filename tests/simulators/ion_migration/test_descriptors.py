import pytest

from simulators.ion_migration.descriptors import (
    COMPOSITION,
    FIELD,
    STRUCTURE,
    from_composition,
    from_field,
    from_structure,
    voronoi,
)
from simulators.ion_migration.family import compound, family
from simulators.ion_migration.prototypes import prototype_of
from simulators.ion_migration.relaxation import relaxed


def test_ten_numbers_describe_a_formula_and_twenty_one_a_structure():
    assert len(COMPOSITION) == 10
    assert len(STRUCTURE) == 21


def test_a_formula_is_described_by_its_ions():
    found = from_composition(compound("LiMgSO4F"))
    assert list(found) == list(COMPOSITION)
    assert (found["radius_A"], found["radius_M"], found["radius_X"], found["radius_Z"]) == (0.76, 0.72, 0.12, 1.33)
    assert (found["charge_M"], found["charge_X"], found["charge_Z"]) == (2.0, 6.0, -1.0)
    assert found["electronegativity_Z"] == 3.98


def test_small_and_highly_charged_ions_have_the_stronger_field():
    magnesium, strontium = from_field(compound("LiMgSO4F")), from_field(compound("LiSrSO4F"))
    assert list(magnesium) == list(FIELD)
    assert magnesium["field_M"] == pytest.approx(2 / (0.72 + 1.40) ** 2)
    assert magnesium["field_M"] > strontium["field_M"]
    assert magnesium["field_X"] > from_field(compound("LiTiSiO4F"))["field_X"]
    assert magnesium["ionicity_M"] == pytest.approx(3.98 - 1.31)


def test_no_two_compounds_look_alike():
    assert len({tuple(from_field(one).values()) for one in family()}) == 320
    assert len({tuple(from_composition(one).values()) for one in family()}) == 320


def test_a_structure_is_described_by_what_can_be_measured_in_it():
    found = relaxed(prototype_of("LiMgSO4F"))
    described = from_structure(found)
    assert list(described) == list(STRUCTURE)
    assert described["volume"] == pytest.approx(found.crystal.volume)
    assert described["X_O"] == pytest.approx(1.49, abs=0.05)
    assert described["M_O"] == pytest.approx(2.10, abs=0.1)
    assert described["hop_1"] < described["hop_2"] < described["hop_3"]
    assert described["A_anion_nearest"] <= described["A_anion_mean_of_5"] <= described["A_anion_sixth"]
    assert described["valence_of_A"] == pytest.approx(1.0, abs=0.2)


def test_the_voronoi_cell_obeys_the_isoperimetric_inequality():
    volume, area = voronoi(prototype_of("LiMgSO4F"))
    assert area**3 >= 36 * 3.14159 * volume**2
    assert 5.0 < volume < 183.0 / 2
