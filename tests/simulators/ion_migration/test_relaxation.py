import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.ion_migration.errors import ImpossibleStructure
from simulators.ion_migration.prototypes import prototype_of
from simulators.ion_migration.relaxation import (
    GII_LIMIT,
    PARAMETERS,
    WEIGHTS,
    Weights,
    Wishes,
    describe,
    relaxed,
)

FORMULAS = ("LiMgSO4F", "NaInSO5", "LiAlPO4Br", "NaZrGeO4I")


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_relaxed_structure_meets_the_valences_better_than_its_prototype(formula):
    start = prototype_of(formula)
    found = relaxed(start)
    assert found.instability < describe(start).instability
    assert found.instability < GII_LIMIT


def test_a_relaxation_is_the_same_each_time():
    first, again = (relaxed(prototype_of("LiMgSO4F")) for _ in range(2))
    assert np.array_equal(first.crystal.free, again.crystal.free)
    assert np.array_equal(first.crystal.cell, again.crystal.cell)


def test_the_relaxed_cell_is_near_the_one_of_density_functional_calculations():
    found = relaxed(prototype_of("LiMgSO4F")).crystal
    assert found.cell[:3] == pytest.approx([5.16, 5.39, 7.07], rel=0.03)


def test_a_larger_halide_needs_a_larger_cell():
    volumes = [relaxed(prototype_of(f"LiMgSO4{z}")).crystal.volume for z in ("F", "Cl", "I")]
    assert volumes == sorted(volumes)


def test_a_relaxed_structure_has_no_wish_left():
    start = prototype_of("LiMgSO4F")
    wishes = Wishes(relaxed(start).crystal, WEIGHTS)
    assert wishes.residuals(np.zeros((1, PARAMETERS))).shape == wishes.residuals(np.zeros((3, PARAMETERS)))[:1].shape
    own = Wishes(start, WEIGHTS)
    found = relaxed(start).crystal
    at = np.concatenate([found.cell / start.cell - 1.0, (found.free - start.free).ravel()])
    gradient = own.jacobian(at).T @ own.residuals(at[None])[0]
    assert np.abs(gradient).max() < 1e-3


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_the_derivatives_are_those_of_the_residuals(seed):
    wishes = Wishes(prototype_of("LiMgSO4F"), WEIGHTS)
    chance = np.random.default_rng(seed)
    at, direction = 0.01 * chance.standard_normal(PARAMETERS), chance.standard_normal(PARAMETERS)
    step = 1e-5
    both = wishes.residuals(np.array([at + step * direction, at - step * direction]))
    assert wishes.jacobian(at) @ direction == pytest.approx((both[0] - both[1]) / (2 * step), abs=1e-2)


def test_a_structure_whose_valences_do_not_fit_is_impossible():
    with pytest.raises(ImpossibleStructure, match="it is no tavorite"):
        relaxed(prototype_of("LiMgSO4F"), Weights(compaction=5.0))


def test_valence_sums_of_a_crystal_and_of_its_metal_are_near_the_charges():
    sums = relaxed(prototype_of("LiMgSO4F")).valence_sums
    assert sums == pytest.approx([1, 2, 2, 6, 1, 2, 2, 2, 2], abs=0.15)
