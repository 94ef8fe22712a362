import numpy as np
import pytest

from simulators.quantum_monte_carlo.cluster import Cluster, HalfFilling, hopping_matrix, triangle
from simulators.quantum_monte_carlo.exact import ExactCluster
from simulators.quantum_monte_carlo.filling import chemical_potential
from simulators.quantum_monte_carlo.hamiltonian import hamiltonian


def particles(cluster):
    """⟨N⟩ = −∂F/∂μ by a direct trace."""
    mu = chemical_potential(cluster)
    levels, vectors = np.linalg.eigh(hamiltonian(cluster, np.eye(cluster.sites), mu).fermions)
    weights = np.exp(-cluster.beta * (levels - levels[0]))
    numbers = np.array([state.bit_count() for state in range(4**cluster.sites)])
    return float(weights @ (np.abs(vectors) ** 2).T @ numbers / weights.sum())


@pytest.mark.parametrize("beta", [0.5, 2.0, 10.0, 40.0])
def test_half_filling_means_one_electron_per_site(beta):
    assert particles(Cluster(triangle(1, 1, 1), 5.0, beta, HalfFilling())) == pytest.approx(3.0, abs=1e-11)


def test_half_filling_of_four_sites_with_different_energies():
    hopping = hopping_matrix(np.ones((4, 4)), [0.3, -0.2, 0.1, 0.0])
    assert particles(Cluster(hopping, 4.0, 3.0, HalfFilling())) == pytest.approx(4.0, abs=1e-11)


@pytest.mark.parametrize(
    ("t12", "beta", "mu"),
    [(1.0, 10.0, 2.9450335054), (0.5, 10.0, 2.8143804566), (1.0, 2.0, 2.710556075396), (0.5, 2.0, 2.5996655855)],
)
def test_the_tabulated_chemical_potentials_are_found(t12, beta, mu):
    assert chemical_potential(Cluster(triangle(t12, 1, 1), 5.0, beta, HalfFilling())) == pytest.approx(mu, abs=2e-10)


def test_the_open_chain_is_half_filled_at_half_the_interaction():
    assert chemical_potential(Cluster(triangle(0, 1, 1), 5.0, 10.0, HalfFilling())) == pytest.approx(2.5, abs=1e-12)


def test_the_chemical_potential_is_found_once():
    exact = ExactCluster(Cluster(triangle(1, 1, 1), 5.0, 2.0, HalfFilling()))
    assert exact.mu is exact.mu
