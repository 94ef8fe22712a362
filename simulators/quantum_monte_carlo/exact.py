"""Every quantity of a cluster in a basis by exact diagonalisation. Logarithms throughout: ⟨s⟩ reaches 1e-13.

With H̃ = diag(H) − |H off the diagonal| and Z = Tr exp(−βH) of the fermions (F), the hard-core bosons (B) and H̃:

    ⟨s⟩ = Z_F / Z̃        average sign of any world-line sampling in this basis
    ⟨s⟩_B = Z_B / Z̃      the same for the bosons
    ΔF index = Z_F / Z_B = exp(−β (F_F − F_B))
    Ẽ = Tr(H̃ exp(−βH̃)) / Z̃
    KL(X‖Y) = Σ_n p_X(n) ln(p_X(n) / p_Y(n)), p_X(n) = ⟨n| exp(−βH_X) |n⟩ / Z_X over the Fock states

Fermions can beat the bosons of one basis and lose in another, so the ΔF index may exceed 1. The definitions of the
index and of the KL divergence are ours; no published ones were found.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo.cluster import Cluster, Matrix
from simulators.quantum_monte_carlo.filling import chemical_potential
from simulators.quantum_monte_carlo.hamiltonian import blocks, hamiltonian

SMALLEST = 1e-300


@dataclass(frozen=True)
class Report:
    """The exact quantities of one basis; energies in units of the hopping, logarithms natural."""

    average_sign: float
    boson_sign: float
    delta_f_index: float
    stoquastic_energy: float
    log_z: float
    log_z_bosons: float
    log_z_stoquastic: float
    kl: float
    """KL(fermions‖bosons)."""
    kl_reverse: float
    """KL(bosons‖fermions)."""
    kl_stoquastic: float
    """KL(fermions‖H̃)."""


@dataclass(frozen=True, eq=False)
class Thermal:
    """One matrix in equilibrium: ln Z, mean energy, and the Fock-diagonal distribution, shape (states,)."""

    log_z: float
    energy: float
    diagonal: npt.NDArray[np.float64]


class ExactCluster:
    """Evaluates bases of one cluster. The chemical potential is found once, when the first basis is evaluated."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._blocks = blocks(cluster)
        self._mu: float | None = None

    @property
    def mu(self) -> float:
        """The chemical potential of the ensemble."""
        if self._mu is None:
            self._mu = chemical_potential(self.cluster)
        return self._mu

    def report(self, basis: Matrix) -> Report:
        """The exact quantities in `basis`, shape (n, n), orbitals in columns. Raises UnusableBasis."""
        matrices = hamiltonian(self.cluster, basis, self.mu)
        fermions = self.thermal(matrices.fermions)
        bosons = self.thermal(matrices.bosons)
        stoquastic = self.thermal(matrices.stoquastic)
        return Report(
            average_sign=float(np.exp(fermions.log_z - stoquastic.log_z)),
            boson_sign=float(np.exp(bosons.log_z - stoquastic.log_z)),
            delta_f_index=float(np.exp(fermions.log_z - bosons.log_z)),
            stoquastic_energy=stoquastic.energy,
            log_z=fermions.log_z,
            log_z_bosons=bosons.log_z,
            log_z_stoquastic=stoquastic.log_z,
            kl=divergence(fermions.diagonal, bosons.diagonal),
            kl_reverse=divergence(bosons.diagonal, fermions.diagonal),
            kl_stoquastic=divergence(fermions.diagonal, stoquastic.diagonal),
        )

    def thermal(self, matrix: Matrix) -> Thermal:
        """The equilibrium of `matrix`, sector by sector."""
        beta = self.cluster.beta
        solved = [np.linalg.eigh(matrix[states[:, :, None], states[:, None, :]]) for states in self._blocks]
        lowest = min(float(levels.min()) for levels, _ in solved)
        weights = [np.exp(-beta * (levels - lowest)) for levels, _ in solved]
        total = sum(float(weight.sum()) for weight in weights)
        energy = sum(float((weight * levels).sum()) for weight, (levels, _) in zip(weights, solved, strict=True))
        diagonal = [
            (np.abs(vectors) ** 2 @ weight[:, :, None]).ravel() / total
            for weight, (_, vectors) in zip(weights, solved, strict=True)
        ]
        return Thermal(float(np.log(total) - beta * lowest), energy / total, np.concatenate(diagonal))


def report(cluster: Cluster, basis: Matrix) -> Report:
    """The exact quantities of one basis of `cluster`."""
    return ExactCluster(cluster).report(basis)


def divergence(p: npt.NDArray[np.float64], q: npt.NDArray[np.float64]) -> float:
    """Σ p ln(p/q) of two distributions, never below 0 (Kullback and Leibler 1951, eq. 2.4)."""
    p, q = np.maximum(p, SMALLEST), np.maximum(q, SMALLEST)
    return max(0.0, float(np.sum(p * np.log(p / q))))
