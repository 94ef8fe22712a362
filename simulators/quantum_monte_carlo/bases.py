"""One-particle bases: unitary matrices whose COLUMNS are the new orbitals, rows the sites.

The order and the signs (phases) of the columns do not matter for any quantity of this simulator.
"""

from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

from simulators.quantum_monte_carlo.cluster import Matrix
from simulators.quantum_monte_carlo.errors import UnusableBasis

UNITARY = 1e-9


def require_unitary(basis: Matrix, sites: int) -> None:
    """Raise UnusableBasis unless `basis` is a unitary matrix of shape (sites, sites)."""
    if basis.shape != (sites, sites):
        raise UnusableBasis(f"the basis has the shape {basis.shape}, but the cluster has {sites} sites.")
    if not np.isfinite(basis).all():
        raise UnusableBasis("the basis holds a number that is not finite.")
    deviation = float(np.abs(basis.conj().T @ basis - np.eye(sites)).max())
    if deviation > UNITARY:
        raise UnusableBasis(
            f"the basis is not unitary: its columns miss orthonormality by {deviation:.2g}. Orthonormalise them."
        )


def named_bases(sites: int) -> dict[str, Matrix]:
    """The bases every physicist asks for first: localized, bonding-antibonding pairs, real and complex plane waves.

    A pair basis is named after its pairs and the sites left over: `BA12+3`, `BA12+34`, `BA12+BA34`. None is made
    by diagonalising a hopping matrix: where eigenvalues are degenerate that would not be reproducible.
    """
    bases: dict[str, Matrix] = {"localized": np.eye(sites)}
    for pairs in _pairings(tuple(range(sites))):
        if pairs:
            bases[_pair_name(pairs, sites)] = pair_basis(pairs, sites)
    bases["realPW"] = real_plane_waves(sites)
    bases["PW"] = plane_waves(sites)
    return bases


def named_basis(name: str, sites: int) -> Matrix:
    """The basis called `name`. Raises UnusableBasis."""
    known = named_bases(sites)
    if name not in known:
        raise UnusableBasis(f"there is no basis '{name}' of {sites} sites. Known: {', '.join(known)}.")
    return known[name]


def pair_basis(pairs: tuple[tuple[int, int], ...], sites: int) -> npt.NDArray[np.float64]:
    """Sum and difference of the two sites (counted from 0) of each pair; the other sites stay as they are."""
    basis = np.eye(sites)
    for first, second in pairs:
        basis[np.ix_((first, second), (first, second))] = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2.0)
    return basis


def plane_waves(sites: int) -> npt.NDArray[np.complex128]:
    """Columns exp(2πi jk/n)/√n: the momenta of a ring."""
    index = np.arange(sites)
    waves: npt.NDArray[np.complex128] = np.exp(2j * np.pi * np.outer(index, index) / sites) / np.sqrt(sites)
    return waves


def real_plane_waves(sites: int) -> npt.NDArray[np.float64]:
    """Sums and differences of plane waves k and −k; the pair of every momentum is even and odd under r → 1 − r.

    For three sites: (1,1,1)/√3, (1,1,−2)/√6, (1,−1,0)/√2.
    """
    shifted = 2.0 * np.pi * (np.arange(sites) - 0.5) / sites
    columns = [np.ones(sites)]
    for k in range(1, sites // 2 + 1):
        even, odd = np.cos(k * shifted), np.sin(k * shifted)
        columns += [wave for wave in (even, odd) if np.abs(wave).max() > 1e-9]
    return np.column_stack([column / np.linalg.norm(column) for column in columns])


def givens(sites: int, first: int, second: int, angle: float) -> npt.NDArray[np.float64]:
    """The rotation by `angle` (radians) in the plane of two orbitals, counted from 0."""
    rotation = np.eye(sites)
    rotation[first, first] = rotation[second, second] = np.cos(angle)
    rotation[first, second], rotation[second, first] = -np.sin(angle), np.sin(angle)
    return rotation


def two_angles(theta: float, phi: float) -> npt.NDArray[np.float64]:
    """G(θ, φ) = G12(θ) G13(φ) of three sites, in degrees."""
    return givens(3, 0, 1, np.radians(theta)) @ givens(3, 0, 2, np.radians(phi))


def random_rotation(sites: int, chance: np.random.Generator) -> npt.NDArray[np.float64]:
    """A rotation drawn from the Haar measure of SO(n).

    Mezzadri 2007, Notices AMS 54, 592: QR of a Gaussian matrix with the signs of R's diagonal made positive.
    """
    orthogonal, upper = np.linalg.qr(chance.standard_normal((sites, sites)))
    rotation: npt.NDArray[np.float64] = orthogonal * np.sign(np.diag(upper))
    rotation[:, 0] *= np.linalg.det(rotation) > 0 or -1.0
    return rotation


def random_unitary(sites: int, chance: np.random.Generator) -> npt.NDArray[np.complex128]:
    """A unitary matrix drawn from the Haar measure of U(n) (Mezzadri 2007)."""
    gaussian = chance.standard_normal((sites, sites)) + 1j * chance.standard_normal((sites, sites))
    drawn: tuple[npt.NDArray[np.complex128], npt.NDArray[np.complex128]] = np.linalg.qr(gaussian)
    diagonal = np.diag(drawn[1])
    made: npt.NDArray[np.complex128] = drawn[0] * (diagonal / np.abs(diagonal))
    return made


def flag_basis(base: Matrix, tangent: npt.ArrayLike) -> npt.NDArray[np.complex128]:
    """base · exp(A), A anti-Hermitian with zero diagonal: local coordinates of U(n)/U(1)ⁿ around `base`.

    `tangent` has n(n−1) real numbers: real, then imaginary parts of A above its diagonal, row by row. Phases of the
    columns drop out of every quantity, so these numbers are all there is: six for three sites.
    Raises UnusableBasis for another number of them.
    """
    sites = len(base)
    numbers = np.asarray(tangent, dtype=np.float64)
    count = sites * (sites - 1) // 2
    if numbers.shape != (2 * count,):
        raise UnusableBasis(f"a tangent vector of {sites} sites has {2 * count} numbers, not {numbers.size}.")
    generator = np.zeros((sites, sites), dtype=np.complex128)
    generator[np.triu_indices(sites, 1)] = numbers[:count] + 1j * numbers[count:]
    made: npt.NDArray[np.complex128] = base @ expm(generator - generator.conj().T)
    return made


def _pairings(sites: tuple[int, ...]) -> list[tuple[tuple[int, int], ...]]:
    """Every set of disjoint pairs among `sites`, the empty one first."""
    found: list[tuple[tuple[int, int], ...]] = [()]
    for pair in combinations(sites, 2):
        later = tuple(site for site in sites if site > pair[0] and site != pair[1])
        found += [(pair, *rest) for rest in _pairings(later)]
    return found


def _pair_name(pairs: tuple[tuple[int, int], ...], sites: int) -> str:
    paired = {site for pair in pairs for site in pair}
    rest = "".join(str(site + 1) for site in range(sites) if site not in paired)
    names = [f"BA{first + 1}{second + 1}" for first, second in pairs]
    return "+".join(names + ([rest] if rest else []))
