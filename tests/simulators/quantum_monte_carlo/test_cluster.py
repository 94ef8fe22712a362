import numpy as np
import pytest

from simulators.quantum_monte_carlo.cluster import (
    ChemicalPotential,
    Cluster,
    HalfFilling,
    Sector,
    hopping_matrix,
    require_memory,
    triangle,
)
from simulators.quantum_monte_carlo.errors import ClusterTooLarge, UnusableCluster


def test_amplitudes_enter_with_a_minus_sign_and_energies_on_the_diagonal():
    hopping = hopping_matrix(np.array([[9.0, 1.0], [1.0, 9.0]]), [0.5, -0.5])
    assert hopping.tolist() == [[0.5, -1.0], [-1.0, -0.5]]


def test_a_hopping_that_is_not_hermitian_is_refused_with_the_element_that_breaks_it():
    with pytest.raises(UnusableCluster, match=r"not Hermitian: from site 1 to 2 it is 3"):
        Cluster(np.array([[0.0, 1.0], [3.0, 0.0]]), 5.0, 1.0, HalfFilling())


def test_a_complex_hermitian_hopping_is_accepted():
    assert Cluster(np.array([[0.0, 1j], [-1j, 0.0]]), 5.0, 1.0, HalfFilling()).sites == 2


@pytest.mark.parametrize("beta", [0.0, -1.0, np.inf, np.nan])
def test_a_temperature_that_does_not_exist_is_refused(beta):
    with pytest.raises(UnusableCluster, match=r"beta is .*must be positive and finite"):
        Cluster(triangle(1, 1, 1), 5.0, beta, HalfFilling())


def test_a_sector_that_does_not_exist_is_refused():
    with pytest.raises(UnusableCluster, match=r"the sector \[4, 1\] does not exist: 3 sites hold 0 to 3"):
        Cluster(triangle(1, 1, 1), 5.0, 1.0, Sector(4, 1))


def test_a_cluster_that_does_not_fit_into_memory_is_refused_with_its_size_and_the_limit():
    with pytest.raises(ClusterTooLarge, match=r"6 sites have 4,096 states.*2\.0 GiB; the limit is 1 GiB.*at most 5"):
        Cluster(hopping_matrix(np.ones((6, 6))), 5.0, 1.0, ChemicalPotential(0.0))
    require_memory(5)


@pytest.mark.parametrize(
    ("hopping", "words"),
    [(np.zeros((2, 3)), "square"), (np.zeros((1, 1)), "at least 2"), (np.full((2, 2), np.nan), "not finite")],
)
def test_a_hopping_that_is_no_matrix_of_a_cluster_is_refused(hopping, words):
    with pytest.raises(UnusableCluster, match=words):
        Cluster(hopping, 5.0, 1.0, HalfFilling())


def test_an_interaction_that_is_no_number_is_refused():
    with pytest.raises(UnusableCluster, match="interaction is nan"):
        Cluster(triangle(1, 1, 1), np.nan, 1.0, HalfFilling())
