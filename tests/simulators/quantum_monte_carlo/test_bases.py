import numpy as np
import pytest

from simulators.quantum_monte_carlo.bases import (
    flag_basis,
    named_bases,
    named_basis,
    random_rotation,
    random_unitary,
    require_unitary,
    two_angles,
)
from simulators.quantum_monte_carlo.errors import UnusableBasis


@pytest.mark.parametrize("sites", [2, 3, 4, 5])
def test_every_named_basis_is_unitary(sites):
    for basis in named_bases(sites).values():
        require_unitary(basis, sites)


def test_three_sites_have_the_bases_of_the_literature():
    assert list(named_bases(3)) == ["localized", "BA12+3", "BA13+2", "BA23+1", "realPW", "PW"]
    assert np.allclose(
        np.abs(named_basis("realPW", 3)),
        np.abs(
            [[1 / 3**0.5, 1 / 6**0.5, 1 / 2**0.5], [1 / 3**0.5, 1 / 6**0.5, 1 / 2**0.5], [1 / 3**0.5, 2 / 6**0.5, 0]]
        ),
    )


def test_four_sites_can_be_paired_in_nine_ways():
    assert sum(name.startswith("BA") for name in named_bases(4)) == 9


def test_an_unknown_basis_is_refused_with_the_known_ones():
    with pytest.raises(UnusableBasis, match=r"no basis 'BA34' of 3 sites. Known: localized, BA12\+3"):
        named_basis("BA34", 3)


def test_two_angles_turn_first_in_the_plane_of_orbitals_one_and_two():
    assert two_angles(90.0, 0.0)[:, 0] == pytest.approx([0.0, 1.0, 0.0])
    assert two_angles(0.0, 90.0)[:, 0] == pytest.approx([0.0, 0.0, 1.0])


@pytest.mark.parametrize("sites", [2, 3, 4])
def test_random_rotations_have_determinant_one_and_no_preferred_direction(sites):
    chance = np.random.default_rng(3)
    drawn = np.array([random_rotation(sites, chance) for _ in range(2000)])
    assert np.allclose(np.linalg.det(drawn), 1.0)
    assert np.abs(drawn.mean(axis=0)).max() < 5 / np.sqrt(2000 * sites)


def test_random_unitaries_are_unitary():
    require_unitary(random_unitary(3, np.random.default_rng(1)), 3)


def test_the_flag_manifold_of_three_sites_has_six_dimensions():
    require_unitary(flag_basis(np.eye(3), np.arange(6) / 7), 3)
    with pytest.raises(UnusableBasis, match="has 6 numbers, not 3"):
        flag_basis(np.eye(3), np.zeros(3))


def test_a_basis_that_is_not_unitary_is_refused():
    with pytest.raises(UnusableBasis, match=r"miss orthonormality by 0\.1"):
        require_unitary(np.array([[1.0, 0.1], [0.0, 1.0]]), 2)
    with pytest.raises(UnusableBasis, match=r"shape \(2, 2\), but the cluster has 3 sites"):
        require_unitary(np.eye(2), 3)
