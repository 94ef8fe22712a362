import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.quantum_monte_carlo.bases import random_rotation, random_unitary
from simulators.quantum_monte_carlo.cluster import ChemicalPotential, Cluster, Sector, triangle
from simulators.quantum_monte_carlo.fock import fermion_hops
from simulators.quantum_monte_carlo.hamiltonian import ensemble, hamiltonian, sectors

CLUSTER = Cluster(triangle(0.5, 1.0, -0.7), 5.0, 3.0, ChemicalPotential(1.0))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32), real=st.booleans())
def test_fermions_and_bosons_have_the_same_moduli_to_the_last_bit(seed, real):
    draw = random_rotation if real else random_unitary
    made = hamiltonian(CLUSTER, draw(3, np.random.default_rng(seed)), 1.0)
    assert np.array_equal(np.abs(made.fermions), np.abs(made.bosons))
    assert np.array_equal(np.diag(made.fermions), np.diag(made.bosons))


def test_all_matrices_are_hermitian():
    made = hamiltonian(CLUSTER, random_unitary(3, np.random.default_rng(0)), 1.0)
    for matrix in (made.fermions, made.bosons, made.stoquastic):
        assert np.allclose(matrix, matrix.conj().T, atol=1e-13)


def test_particle_numbers_are_conserved():
    made = hamiltonian(CLUSTER, random_rotation(3, np.random.default_rng(0)), 1.0)
    inside = np.zeros((64, 64), dtype=bool)
    for states in sectors(3).values():
        inside[np.ix_(states, states)] = True
    assert np.abs(made.fermions[~inside]).max() == 0.0


def test_free_electrons_fill_the_eigenvalues_of_the_hopping():
    free = Cluster(CLUSTER.hopping, 0.0, 3.0, ChemicalPotential(0.0))
    levels = np.linalg.eigvalsh(free.hopping)
    made = hamiltonian(free, random_rotation(3, np.random.default_rng(5)), 0.0).fermions
    filled = [sum(levels[i] for i in range(3) if k >> i & 1) for k in range(8)]
    assert np.linalg.eigvalsh(made) == pytest.approx(sorted(up + down for up in filled for down in filled), abs=1e-12)


def test_fermion_operators_obey_the_commutators_of_the_unitary_group():
    hops = fermion_hops(3)
    for i, j, k, m in np.ndindex(3, 3, 3, 3):
        commutator = hops[i, j] @ hops[k, m] - hops[k, m] @ hops[i, j]
        assert np.array_equal(commutator, (j == k) * hops[i, m] - (i == m) * hops[k, j])


def test_a_sector_ensemble_has_its_own_states_only():
    cluster = Cluster(triangle(1, 1, 1), 5.0, 1.0, Sector(2, 1))
    ((sector, states),) = ensemble(cluster).items()
    assert sector == Sector(2, 1)
    assert len(states) == 9
