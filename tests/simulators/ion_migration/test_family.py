from collections import Counter

import pytest

from simulators.ion_migration.errors import NotInTheFamily
from simulators.ion_migration.family import CENTRES, LIGANDS, METALS, Compound, compound, family


def test_the_family_has_320_compounds_each_once():
    assert len(family()) == 320
    assert len({one.formula for one in family()}) == 320


def test_half_of_the_family_moves_lithium_and_half_sodium():
    assert Counter(one.a for one in family()) == {"Li": 160, "Na": 160}


def test_the_charges_of_m_are_counted_as_the_rules_say():
    assert Counter(one.charges[1] for one in family()) == {2: 80, 3: 120, 4: 104, 5: 16}


def test_every_compound_is_neutral_and_made_of_known_ions():
    for one in family():
        a, m, x, z = one.charges
        assert a + m + x - 4 * 2 + z == 0
        assert one.m in METALS[m]
        assert one.x in CENTRES[x]
        assert LIGANDS[one.z] == z
        assert one.m != one.x


def test_the_order_is_by_a_then_charge_of_x_then_z_then_m_then_x():
    names = [one.formula for one in family()]
    assert names[:3] == ["LiMgSO4F", "LiMgSeO4F", "LiCaSO4F"]
    assert names[40:42] == ["LiAlSO5", "LiAlSeO5"]
    assert names[160] == "NaMgSO4F"
    assert names[-1] == "NaVGeO5"


def test_a_formula_leads_back_to_its_compound():
    assert all(compound(one.formula) == one for one in family())
    assert compound("LiTiPO5") == Compound("Li", "Ti", "P", "O")


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("LiMgPO4F", r"not charge-balanced: with P\+5 and F-1, M must have the charge \+3, but Mg has \+2"),
        ("LiFeSO4F", "Fe cannot be M. M is one of Mg, Ca"),
        ("KMgSO4F", "K cannot be A. A is one of Li, Na"),
        ("LiMgXxO4F", "Xx cannot be X"),
        ("LiMgSO4H", "H cannot be Z"),
        ("LiGeGeO4F", "M and X must be different"),
        ("LiMgSO4", r"not written as A M X O4 Z.*Did you mean"),
        ("", "not written as A M X O4 Z"),
    ],
)
def test_what_is_no_member_is_refused_with_the_reason(formula, why):
    with pytest.raises(NotInTheFamily, match=why):
        compound(formula)
