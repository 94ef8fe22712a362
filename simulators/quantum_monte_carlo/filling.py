"""The chemical potential that a filling stands for."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp

from simulators.quantum_monte_carlo.cluster import ChemicalPotential, Cluster, HalfFilling
from simulators.quantum_monte_carlo.hamiltonian import hamiltonian, sectors


def chemical_potential(cluster: Cluster) -> float:
    """μ of the ensemble of `cluster`; at half filling the one with ⟨N⟩ = n in the fermion model, at any temperature."""
    if isinstance(cluster.filling, ChemicalPotential):
        return cluster.filling.mu
    return _half_filling(cluster) if isinstance(cluster.filling, HalfFilling) else 0.0


def _half_filling(cluster: Cluster) -> float:
    """Balances what lies above half filling with what lies below.

    ⟨N⟩ − n = 0 reads Σ_{N>n} (N − n) w_N = Σ_{N<n} (n − N) w_N. The difference of the two logarithms rises with μ
    everywhere, also where ⟨N⟩ itself is flat beyond the last digit.
    """
    matrix = hamiltonian(cluster, np.eye(cluster.sites), mu=0.0).fermions
    weights = [
        (sector.up + sector.down - cluster.sites, -cluster.beta * np.linalg.eigvalsh(matrix[np.ix_(states, states)]))
        for sector, states in sectors(cluster.sites).items()
    ]
    excess = np.concatenate([np.full(len(levels), number) for number, levels in weights])
    levels = np.concatenate([levels for _, levels in weights])

    def imbalance(mu: float) -> float:
        exponents = levels + cluster.beta * mu * excess
        above, below = excess > 0, excess < 0
        return float(logsumexp(exponents[above], b=excess[above]) - logsumexp(exponents[below], b=-excess[below]))

    reach = 1.0 + np.abs(np.linalg.eigvalsh(cluster.hopping)).max() + abs(cluster.interaction)
    reach += 4.0 * cluster.sites / cluster.beta
    return float(brentq(imbalance, -2.0 * reach, 2.0 * reach, xtol=1e-13, rtol=8.9e-16))
