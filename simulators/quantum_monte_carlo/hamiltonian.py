"""The many-particle matrices of a cluster in a one-particle basis.

State index = up · 2ⁿ + down. Every bilinear conserves the spin, so no sign arises between the two spins.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo.bases import require_unitary
from simulators.quantum_monte_carlo.cluster import Cluster, Matrix, Sector
from simulators.quantum_monte_carlo.fock import fermion_hops, hops, occupations


@dataclass(frozen=True, eq=False)
class Hamiltonian:
    """Fermions, hard-core bosons and the sign-free matrix on the whole Fock space, shape (4ⁿ, 4ⁿ).

    `stoquastic` has the diagonal of both and −|H| off it: |H_F| = |H_B| element by element, so it serves both.
    """

    fermions: Matrix
    bosons: Matrix
    stoquastic: npt.NDArray[np.float64]


def hamiltonian(cluster: Cluster, basis: Matrix, mu: float) -> Hamiltonian:
    """The matrices of `cluster` with chemical potential `mu` in `basis`. Raises UnusableBasis."""
    require_unitary(basis, cluster.sites)
    single = basis.conj().T @ (cluster.hopping - mu * np.eye(cluster.sites)) @ basis
    densities = np.einsum("ri,rj->rij", basis.conj(), basis)
    fermions = _many_particle(single, densities, cluster.interaction, fermion_hops(cluster.sites))
    bosons = _many_particle(single, densities, cluster.interaction, hops(cluster.sites))
    stoquastic = -np.abs(fermions)
    np.fill_diagonal(stoquastic, np.diag(fermions).real)
    return Hamiltonian(fermions, bosons, stoquastic)


def _many_particle(single: Matrix, densities: Matrix, interaction: float, bilinears: npt.NDArray[np.float64]) -> Matrix:
    orbitals, size = len(single), bilinears.shape[-1]
    flat = bilinears.reshape(orbitals**2, size**2)
    kinetic = (single.reshape(-1) @ flat).reshape(size, size)
    density = (densities.reshape(orbitals, -1) @ flat).reshape(orbitals, size, size)
    pairs = interaction * density.reshape(orbitals, -1).T @ density.reshape(orbitals, -1)
    # Index order of the products: (up, up', down, down') -> (up, down; up', down').
    matrix = pairs.reshape(size, size, size, size).transpose(0, 2, 1, 3).astype(np.result_type(pairs, kinetic))
    diagonal = np.arange(size)
    matrix[:, diagonal, :, diagonal] += kinetic
    matrix[diagonal, :, diagonal, :] += kinetic
    return matrix.reshape(size**2, size**2)


@cache
def sectors(orbitals: int) -> dict[Sector, npt.NDArray[np.intp]]:
    """The states of every sector: their indices, increasing."""
    count, size = occupations(orbitals), 2**orbitals
    states: dict[Sector, list[int]] = defaultdict(list)
    for up, down in np.ndindex(size, size):
        states[Sector(int(count[up]), int(count[down]))].append(up * size + down)
    return {sector: np.array(found) for sector, found in states.items()}


def ensemble(cluster: Cluster) -> dict[Sector, npt.NDArray[np.intp]]:
    """The sectors that the filling of `cluster` allows, with their states."""
    every = sectors(cluster.sites)
    return {cluster.filling: every[cluster.filling]} if isinstance(cluster.filling, Sector) else every


def blocks(cluster: Cluster) -> list[npt.NDArray[np.intp]]:
    """The states of `ensemble(cluster)` with sectors of equal size together: arrays of shape (sectors, states)."""
    by_size: dict[int, list[npt.NDArray[np.intp]]] = defaultdict(list)
    for states in ensemble(cluster).values():
        by_size[len(states)].append(states)
    return [np.stack(group) for _, group in sorted(by_size.items())]
