import numpy as np
import pytest

from simulators.quantum_monte_carlo.bases import named_basis, two_angles
from simulators.quantum_monte_carlo.cluster import ChemicalPotential, Cluster, Sector, triangle
from simulators.quantum_monte_carlo.vertices import vertices, walk

CLUSTER = Cluster(triangle(1, 1, 1), 5.0, 2.0, ChemicalPotential(2.7))


def test_the_graph_of_the_localized_basis_has_one_component_for_every_sector():
    assert vertices(CLUSTER, np.eye(3), 2.7).component.max() + 1 == 16


def test_momentum_splits_the_sectors_of_plane_waves():
    assert vertices(CLUSTER, named_basis("PW", 3), 2.7).component.max() + 1 == 40


def test_every_state_has_a_positive_diagonal_vertex():
    assert vertices(CLUSTER, two_angles(20, 10), 2.7).diagonal.min() == pytest.approx(0.5)


def test_sources_lead_out_of_every_component():
    found = vertices(CLUSTER, named_basis("PW", 3), 2.7)
    reach = np.linalg.matrix_power((walk(found, 0.1, 0.1).weights > 0).astype(int), 6)
    assert (reach > 0).all()


def test_without_sources_the_weights_are_the_hamiltonian_alone():
    found = vertices(CLUSTER, two_angles(20, 10), 2.7)
    bare = walk(found, 0.0, 0.0)
    assert np.array_equal(bare.weights, found.elements + np.diag(found.diagonal))
    assert (bare.share[bare.weights > 0] == 1.0).all()


def test_a_small_element_is_topped_up_and_remembers_its_own_share():
    found = vertices(CLUSTER, two_angles(44.9, 0.1), 2.7)
    small = found.hops & (found.elements > 0) & (found.elements < 0.05)
    assert small.any()
    steps = walk(found, 0.0, 0.05)
    assert steps.weights[small] == pytest.approx(0.05)
    assert steps.share[small] * 0.05 == pytest.approx(found.elements[small])


def test_the_walker_of_a_sector_cannot_leave_it():
    found = vertices(Cluster(triangle(1, 1, 1), 5.0, 2.0, Sector(2, 1)), named_basis("PW", 3), 0.0)
    assert len(found.particles) == 9
    assert not found.ladder.any()
    assert found.component.max() + 1 == 3
    assert (np.linalg.matrix_power((walk(found, 0.1, 0.1).weights > 0).astype(int), 9) > 0).all()
