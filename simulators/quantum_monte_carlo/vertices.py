"""What the walker meets: the vertices of the series expansion of exp(−βH̃) in a Fock basis.

W_ba = |H_ba| off the diagonal, W_aa = C − H_aa > 0. Source vertices let the walker leave its particle-number sector
and its connected component of the Fock graph; configurations that hold one are never measured.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from simulators.quantum_monte_carlo.cluster import Cluster, Matrix, Sector
from simulators.quantum_monte_carlo.hamiltonian import ensemble, hamiltonian

NOTHING = 1e-12
"""Matrix elements below this count as zero."""
MARGIN = 0.5
"""How much C exceeds the largest diagonal element."""


@dataclass(frozen=True, eq=False)
class Vertices:
    """A Hamiltonian as the walker sees it, on the D states of the ensemble.

    `elements` is |H| with zeros on the diagonal and `diagonal` is C − H_aa; `phase` is the phase of −H_ba (real ±1,
    or complex); `ladder` and `hops` mark where source vertices of either kind may stand, all of shape (D, D) or (D,).
    `particles` counts electrons, `component` names the connected component of each state, `shift` is C.
    """

    elements: npt.NDArray[np.float64]
    diagonal: npt.NDArray[np.float64]
    phase: Matrix
    ladder: npt.NDArray[np.bool_]
    hops: npt.NDArray[np.bool_]
    particles: npt.NDArray[np.int64]
    component: npt.NDArray[np.int64]
    shift: float

    @property
    def start(self) -> int:
        """The state of lowest diagonal energy."""
        return int(np.argmax(self.diagonal))


@dataclass(frozen=True, eq=False)
class Walk:
    """Vertices with source terms of definite weight, as the compiled walk reads them.

    Row a of `neighbours` lists the states b with W_ba > 0, `count[a]` of them, a itself among them; `weights` is W,
    shape (D, D); `share` is the part of W_ba that belongs to the Hamiltonian, the rest is a source.
    """

    weights: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]
    neighbours: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]


def vertices(cluster: Cluster, basis: Matrix, mu: float) -> Vertices:
    """The vertices of `cluster` in `basis`. Raises UnusableBasis."""
    states = np.sort(np.concatenate(list(ensemble(cluster).values())))
    matrix = hamiltonian(cluster, basis, mu).fermions[np.ix_(states, states)]
    energies = np.diag(matrix).real
    elements = np.abs(matrix)
    np.fill_diagonal(elements, 0.0)
    elements[elements < NOTHING] = 0.0
    phase = np.where(elements > 0.0, -matrix / np.where(elements > 0.0, elements, 1.0), 1.0)
    one_bit, hops = _moves(states, cluster.sites)
    shift = float(energies.max()) + MARGIN
    return Vertices(
        elements=elements,
        diagonal=shift - energies,
        phase=np.sign(phase) if np.isrealobj(phase) else phase,
        ladder=one_bit if not isinstance(cluster.filling, Sector) else np.zeros_like(one_bit),
        hops=hops if not isinstance(cluster.filling, Sector) else hops & _same_number(states, cluster.sites),
        particles=np.array([int(state).bit_count() for state in states]),
        component=connected_components(csr_array(elements), directed=False)[1].astype(np.int64),
        shift=shift,
    )


def walk(found: Vertices, ladder: float, hop: float) -> Walk:
    """`found` with source terms: weight `ladder` for c + c†, weight `hop` for hops and spin flips.

    A hop is topped up to its weight where the Hamiltonian has a smaller element, not only where it has none: near a
    basis of higher symmetry its elements are tiny, and the walker would be as confined as if they were absent.
    """
    sources = np.where(found.ladder, ladder, 0.0) + np.where(found.hops, np.maximum(hop - found.elements, 0.0), 0.0)
    weights = found.elements + sources + np.diag(found.diagonal)
    share = np.where(weights > 0.0, 1.0 - sources / np.where(weights > 0.0, weights, 1.0), 0.0)
    count = (weights > 0.0).sum(axis=0)
    neighbours = np.zeros((len(weights), int(count.max())), dtype=np.int64)
    for state, number in enumerate(count):
        neighbours[state, :number] = np.flatnonzero(weights[:, state] > 0.0)
    return Walk(np.ascontiguousarray(weights), share, neighbours, count.astype(np.int64))


def _moves(states: npt.NDArray[np.intp], sites: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which pairs of states differ by one electron, and which by one electron's hop or spin flip."""
    difference = states[:, None] ^ states[None, :]
    bits = np.array([[int(pair).bit_count() for pair in row] for row in difference])
    low = 2**sites - 1
    up, down = difference >> sites, difference & low
    one_spin = (up == 0) | (down == 0)
    numbers = np.array([int(state).bit_count() for state in states])
    kept = numbers[:, None] == numbers[None, :]
    return bits == 1, (bits == 2) & kept & (one_spin | (up == down))


def _same_number(states: npt.NDArray[np.intp], sites: int) -> npt.NDArray[np.bool_]:
    ups = np.array([int(state >> sites).bit_count() for state in states])
    same: npt.NDArray[np.bool_] = ups[:, None] == ups[None, :]
    return same
