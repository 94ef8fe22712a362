"""Relaxed structures by least squares: what the bond valences and the sizes of the ions ask for.

27 parameters: relative changes of a, b, c and of the angles, and changes of the fractional coordinates of seven sites.
The structure stays a tavorite, and comes from the same kind of model as the site energies: it is cheap, not true.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from simulators.ion_migration.crystal import SITES, Crystal, all_sites, inverted, lattices
from simulators.ion_migration.errors import ImpossibleStructure, NotRelaxed
from simulators.ion_migration.ions import ion
from simulators.ion_migration.valence import (
    Array,
    BondValences,
    Pairs,
    Rows,
    instability,
    is_alkali,
    is_anion,
    is_metal,
    pairs_of_sites,
)

PARAMETERS = 27
SCALE = 0.05
MOST_EVALUATIONS = 300
STEP = 1e-6
"""Of the central differences, in units of the parameters."""
GII_LIMIT = 0.2
"""A larger instability, in valence units, means a structure that cannot be."""
BONDS_OF_M, BONDS_OF_X = 6, 4


@dataclass(frozen=True)
class Weights:
    """How much each wish counts.

    `compaction` was chosen by hand on four compounds (volumes within -5 and +9 % for 0 to 0.5): fitted, not validated.
    """

    valence_sum: float = 1.0
    metal_bond: float = 0.5
    centre_bond: float = 1.0
    centre_angle: float = 1.0
    metal_angle: float = 0.25
    anions: float = 0.4
    cations: float = 1.0
    lengths: float = 0.3
    angles: float = 3.0
    coordinates: float = 0.3
    compaction: float = 0.28


WEIGHTS = Weights()
CONTACT = 0.93
"""Share of the sum of two anion radii below which they repel each other."""
ALKALI_TO_METAL, ALKALI_TO_CENTRE = 2.9, 2.8
"""Closest distances, Å, of A to M or A, and to X."""
UNIT_VOLUME = 150.0


@dataclass(frozen=True, eq=False)
class Relaxed:
    """A relaxed crystal, its valence sums over the nine independent sites, and its instability in valence units."""

    crystal: Crystal
    valence_sums: Array
    instability: float
    evaluations: int


def relaxed(start: Crystal, weights: Weights = WEIGHTS) -> Relaxed:
    """The crystal nearest to all wishes. Deterministic.

    Raises ImpossibleStructure if the valences cannot be met within 0.2 valence units, and NotRelaxed if the search was
    stopped by its limit of evaluations.
    """
    wishes = Wishes(start, weights)
    found = least_squares(
        lambda x: wishes.residuals(x[None])[0],
        np.zeros(PARAMETERS),
        jac=wishes.jacobian,
        method="trf",
        x_scale=SCALE,
        max_nfev=MOST_EVALUATIONS,
    )
    crystal = wishes.crystal(found.x)
    described = describe(crystal)
    if described.instability > GII_LIMIT:
        raise ImpossibleStructure(
            f"the bond valences of {start.compound} miss the charges by {described.instability:.3f} valence units, "
            f"more than {GII_LIMIT}: it is no tavorite"
        )
    if found.status <= 0:
        raise NotRelaxed(f"the relaxation of {start.compound} had not ended after {MOST_EVALUATIONS} evaluations")
    return Relaxed(crystal, described.valence_sums, described.instability, int(found.nfev))


def describe(crystal: Crystal) -> Relaxed:
    """Valence sums and instability of a crystal as it is."""
    bonds = BondValences(crystal)
    valences = bonds.valences(crystal.lattice[None], crystal.fractional[None])
    return Relaxed(crystal, bonds.sums(valences)[0], instability(bonds.surplus(valences)[0]), 0)


class Wishes:
    """The residuals of one compound; all neighbours are those of `start`."""

    def __init__(self, start: Crystal, weights: Weights) -> None:
        self._start, self._weights = start, weights
        self._bonds = BondValences(start)
        self._ideal, self._stiffness, coordinated = self._coordination()
        self._coordinated = coordinated
        self._angles = _angles_of(self._bonds.pairs.where(coordinated))
        around = pairs_of_sites(start)
        self._contacts, self._closest, self._softness = self._repulsion(around)

    def crystal(self, parameters: Array) -> Crystal:
        """The crystal at these parameters, shape (27,)."""
        cell, free = self._placed(parameters[None])
        return Crystal(self._start.compound, cell[0], free[0])

    def residuals(self, parameters: Array) -> Array:
        """Weighted residuals of m sets of parameters, shape (m, 27)."""
        cell, free = self._placed(parameters)
        lattice, sites, weights = lattices(cell), all_sites(free), self._weights
        valences = self._bonds.valences(lattice, sites)
        bonds = (valences[:, self._coordinated] / self._ideal - 1.0) * self._stiffness
        shortfall = np.maximum(self._closest - self._contacts.lengths(lattice, sites), 0.0) * self._softness
        volume = weights.compaction * np.linalg.det(lattice)[:, None] / UNIT_VOLUME
        restraint = np.array([weights.lengths] * 3 + [weights.angles] * 3 + [weights.coordinates] * 21)
        wishes = [
            weights.valence_sum * self._bonds.surplus(valences),
            bonds,
            self._angles.residuals(lattice, sites, weights),
            shortfall,
            volume,
            restraint * parameters,
        ]
        return np.concatenate(wishes, axis=1)

    def jacobian(self, parameters: Array) -> Array:
        """Central differences, shape (residuals, 27)."""
        steps = STEP * np.eye(PARAMETERS)
        both = self.residuals(np.concatenate([parameters + steps, parameters - steps]))
        result: Array = ((both[:PARAMETERS] - both[PARAMETERS:]) / (2.0 * STEP)).T
        return result

    def _placed(self, parameters: Array) -> tuple[Array, Array]:
        cell = self._start.cell * (1.0 + parameters[:, :6])
        return cell, self._start.free + parameters[:, 6:].reshape(-1, 7, 3)

    def _coordination(self) -> tuple[Array, Array, Rows]:
        """Ideal valences and stiffness of the bonds of M and X, and which of the bonds these are."""
        first = self._bonds.pairs.first
        lengths = self._bonds.pairs.lengths(self._start.lattice[None], self._start.fractional[None])[0]
        chosen, ideal, stiffness = [], [], []
        for row, site in enumerate(SITES):
            if site[0] not in "MX":
                continue
            count = BONDS_OF_M if site[0] == "M" else BONDS_OF_X
            mine = np.flatnonzero(first == row)
            nearest = mine[np.argsort(lengths[mine], kind="stable")[:count]]
            chosen += nearest.tolist()
            ideal += [self._start.charges[row] / count] * count
            stiffness += [self._weights.metal_bond if site[0] == "M" else self._weights.centre_bond] * count
        return np.array(ideal), np.array(stiffness), np.array(chosen)

    def _repulsion(self, around: Pairs) -> tuple[Pairs, Array, Array]:
        """Pairs that must keep a distance, that distance, and how much it counts."""
        first, second = around.first, around.second
        anions = is_anion(first) & is_anion(second)
        cations = is_alkali(first) & ~is_anion(second)
        kept = np.flatnonzero(anions | cations)
        pairs = around.where(kept)
        elements, charges = self._start.elements, self._start.charges
        radii = np.array(
            [ion(one, int(charge)).radius if charge < 0 else 0.0 for one, charge in zip(elements, charges, strict=True)]
        )
        to_centre = ~(is_alkali(pairs.second) | is_metal(pairs.second))
        apart = np.where(to_centre, ALKALI_TO_CENTRE, ALKALI_TO_METAL)
        touching = CONTACT * (radii[pairs.first] + radii[pairs.second])
        closest = np.where(anions[kept], touching, apart)
        return pairs, closest, np.where(anions[kept], self._weights.anions, self._weights.cations)


@dataclass(frozen=True, eq=False)
class _Angles:
    """Pairs of bonds at one centre: tetrahedral ones at X, those at a right angle at M."""

    bonds: Pairs
    left: Rows
    right: Rows
    tetrahedral: npt.NDArray[np.bool_]

    def residuals(self, lattice: Array, sites: Array, weights: Weights) -> Array:
        """Shape (m, angles)."""
        vectors = self.bonds.vectors(lattice, sites)
        vectors /= np.sqrt(np.square(vectors).sum(axis=-1, keepdims=True))
        cosines = (vectors[:, self.left] * vectors[:, self.right]).sum(axis=-1)
        at_centre = weights.centre_angle * (cosines + 1.0 / 3.0)
        result: Array = np.where(self.tetrahedral, at_centre, weights.metal_angle * cosines)
        return result


def _angles_of(bonds: Pairs) -> _Angles:
    """All angles between bonds with one centre, but for the straight ones through M, which inversion keeps straight."""
    left, right, tetrahedral = [], [], []
    for i in range(len(bonds)):
        for j in range(i + 1, len(bonds)):
            if bonds.first[i] != bonds.first[j] or _are_opposite(bonds, i, j):
                continue
            left.append(i)
            right.append(j)
            tetrahedral.append(SITES[bonds.first[i]] == "X")
    return _Angles(bonds, np.array(left), np.array(right), np.array(tetrahedral))


def _are_opposite(bonds: Pairs, i: int, j: int) -> bool:
    """Whether inversion at M maps one bond onto the other."""
    at_metal = SITES[bonds.first[i]][0] == "M"
    return at_metal and int(bonds.second[j]) == inverted(int(bonds.second[i]))
