"""The model: a Hubbard cluster of a few sites in thermal equilibrium.

H = Σ_rr's h_rr' c†_rs c_r's − μ N + U Σ_r n_r↑ n_r↓ with h_rr' = −t_rr' off the diagonal and site energies on it.
Energies are in units of the hopping, β in its inverse.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo.errors import ClusterTooLarge, UnusableCluster

Matrix: TypeAlias = npt.NDArray[np.float64] | npt.NDArray[np.complex128]

MEMORY = 2**30
"""Bytes that the matrices of a cluster may fill."""
MATRICES = 8
"""Dense complex matrices of the whole Fock space that an evaluation holds at the same time."""
HERMITIAN = 1e-12


@dataclass(frozen=True)
class HalfFilling:
    """The chemical potential at which the cluster holds one electron per site on average."""


@dataclass(frozen=True)
class ChemicalPotential:
    """All particle numbers, weighted by the chemical potential `mu`."""

    mu: float


@dataclass(frozen=True)
class Sector:
    """Exactly `up` and `down` electrons; the chemical potential is 0."""

    up: int
    down: int


Filling: TypeAlias = HalfFilling | ChemicalPotential | Sector


@dataclass(frozen=True, eq=False)
class Cluster:
    """A Hubbard cluster. `hopping` is h, Hermitian of shape (n, n), n ≥ 2. Raises UnusableCluster."""

    hopping: Matrix
    interaction: float
    beta: float
    filling: Filling

    def __post_init__(self) -> None:
        _check_hopping(self.hopping)
        require_memory(self.sites)
        if not np.isfinite(self.interaction):
            raise UnusableCluster(f"the interaction is {self.interaction}; give a finite number.", "interaction")
        if not (np.isfinite(self.beta) and self.beta > 0):
            raise UnusableCluster(
                f"beta is {self.beta:g}; the inverse temperature must be positive and finite.", "beta"
            )
        if isinstance(self.filling, Sector):
            _check_sector(self.filling, self.sites)

    @property
    def sites(self) -> int:
        """How many sites, which is also how many orbitals of each spin."""
        return len(self.hopping)


def hopping_matrix(amplitudes: Matrix, energies: npt.ArrayLike = 0.0) -> Matrix:
    """h from the hopping amplitudes t_rr', shape (n, n) with any diagonal, and the site energies, shape (n,) or one."""
    hopping: Matrix = -1.0 * amplitudes
    np.fill_diagonal(hopping, np.broadcast_to(energies, len(hopping)))
    return hopping


def triangle(t12: float, t13: float, t23: float) -> Matrix:
    """h of three sites with the given hopping amplitudes and no site energies."""
    return hopping_matrix(np.array([[0.0, t12, t13], [t12, 0.0, t23], [t13, t23, 0.0]]))


def require_memory(sites: int) -> None:
    """Raise ClusterTooLarge unless the matrices of that many sites fit into `MEMORY`."""
    needed = MATRICES * 16 * 16**sites
    if needed > MEMORY:
        raise ClusterTooLarge(
            f"{sites} sites have {4**sites:,} states, whose matrices need {needed / 2**30:,.1f} GiB; the limit is "
            f"{MEMORY / 2**30:g} GiB. Use at most {_most_sites()} sites."
        )


def _most_sites() -> int:
    sites = 1
    while MATRICES * 16 * 16 ** (sites + 1) <= MEMORY:
        sites += 1
    return sites


def _check_hopping(hopping: Matrix) -> None:
    if hopping.ndim != 2 or hopping.shape[0] != hopping.shape[1] or len(hopping) < 2:
        raise UnusableCluster(f"the hopping has the shape {hopping.shape}; give a square matrix of at least 2 sites.")
    if not np.isfinite(hopping).all():
        raise UnusableCluster("the hopping holds a number that is not finite.")
    deviation = np.abs(hopping - hopping.conj().T)
    if deviation.max() > HERMITIAN:
        row, column = np.unravel_index(int(deviation.argmax()), deviation.shape)
        raise UnusableCluster(
            f"the hopping is not Hermitian: from site {row + 1} to {column + 1} it is {hopping[column, row]:g}, "
            f"but back it is {hopping[row, column]:g}. One must be the complex conjugate of the other."
        )


def _check_sector(sector: Sector, sites: int) -> None:
    for spin, number in (("up", sector.up), ("down", sector.down)):
        if not 0 <= number <= sites:
            raise UnusableCluster(
                f"the sector [{sector.up}, {sector.down}] does not exist: {sites} sites hold 0 to {sites} electrons of "
                f"each spin, not {number} {spin}.",
                "filling",
            )
