"""What a model may know of a compound before its barrier: numbers of the formula, and of the relaxed structure."""

import numpy as np

from simulators.ion_migration.crystal import ALKALI_ROWS, LABELS, SITES, Array, Crystal
from simulators.ion_migration.family import Compound
from simulators.ion_migration.ions import ion
from simulators.ion_migration.relaxation import Relaxed
from simulators.ion_migration.valence import Pairs, is_alkali, is_anion, pairs_of_sites

COMPOSITION = (
    *(f"radius_{place}" for place in "AMXZ"),
    *(f"electronegativity_{place}" for place in "MXZ"),
    *(f"charge_{place}" for place in "MXZ"),
)
"""Shannon radii in Å, Pauling electronegativities, formal charges."""

FIELD = (
    *(f"radius_{place}" for place in "AMZ"),
    "charge_Z",
    *("field_M", "field_X"),
    *("ionicity_M", "ionicity_X"),
)
"""How the ions of a formula hold each other: `field` is the field strength charge / (radius + radius of oxygen)² of
Dietzel 1942, Z. Elektrochem. 48, 9, in 1/Å²; `ionicity` is the electronegativity of Z minus M, and of O minus X."""

STRUCTURE = (
    "volume",
    *("a", "b", "c", "alpha", "beta", "gamma"),
    "instability",
    "valence_of_A",
    *("A_anion_nearest", "A_anion_mean_of_5", "A_anion_sixth"),
    *("A_Z", "A_cation"),
    *("hop_1", "hop_2", "hop_3"),
    *("M_O", "X_O"),
    *("voronoi_volume", "voronoi_area"),
)
"""Of the relaxed cell: Å, degrees, valence units; `hop_n` are the shortest distances between sites of A."""

HOP_TOLERANCE = 1e-4
NEIGHBOURS_OF_M, NEIGHBOURS_OF_X = 6, 4


def from_composition(wanted: Compound) -> dict[str, float]:
    """The descriptors of `COMPOSITION`."""
    charges = dict(zip("AMXZ", wanted.charges, strict=True))
    elements = {"A": wanted.a, "M": wanted.m, "X": wanted.x, "Z": wanted.z}
    ions = {place: ion(elements[place], charges[place], 4 if place == "X" else 6) for place in "AMXZ"}
    values = [ions[place].radius for place in "AMXZ"]
    values += [ions[place].electronegativity for place in "MXZ"]
    values += [float(charges[place]) for place in "MXZ"]
    return dict(zip(COMPOSITION, values, strict=True))


def from_field(wanted: Compound) -> dict[str, float]:
    """The descriptors of `FIELD`."""
    known = from_composition(wanted)
    oxygen = ion("O", -2)

    def field(place: str) -> float:
        return known[f"charge_{place}"] / (known[f"radius_{place}"] + oxygen.radius) ** 2

    values = [*(known[f"radius_{place}"] for place in "AMZ"), known["charge_Z"], field("M"), field("X")]
    values.append(known["electronegativity_Z"] - known["electronegativity_M"])
    values.append(oxygen.electronegativity - known["electronegativity_X"])
    return dict(zip(FIELD, values, strict=True))


def from_structure(found: Relaxed) -> dict[str, float]:
    """The descriptors of `STRUCTURE`."""
    crystal = found.crystal
    pairs = pairs_of_sites(crystal)
    distances = pairs.lengths(crystal.lattice[None], crystal.fractional[None])[0]
    first, second = pairs.first, pairs.second
    of_alkali = first == ALKALI_ROWS[0]
    to_anion = np.sort(distances[of_alkali & is_anion(second)])
    to_z = distances[of_alkali & np.isin(second, _rows("Z"))].min()
    to_cation = distances[of_alkali & ~is_anion(second) & ~is_alkali(second)].min()
    hops = _distinct(distances[of_alkali & is_alkali(second)])
    values = [crystal.volume, *crystal.cell, found.instability, found.valence_sums[0]]
    values += [to_anion[0], to_anion[:5].mean(), to_anion[5], to_z, to_cation, *hops[:3]]
    values += [
        _mean_to_oxygen(pairs, distances, "M", NEIGHBOURS_OF_M),
        _mean_to_oxygen(pairs, distances, "X", NEIGHBOURS_OF_X),
    ]
    values += voronoi(crystal)
    return dict(zip(STRUCTURE, map(float, values), strict=True))


def voronoi(crystal: Crystal) -> tuple[float, float]:
    """Volume (Å³) and area (Å²) of the Voronoi cell of A among all atoms."""
    from scipy.spatial import ConvexHull, Voronoi

    steps = range(-2, 3)
    shifts = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    images = (crystal.fractional[:, None] % 1.0 + shifts[None]).reshape(-1, 3)
    diagram = Voronoi(images @ crystal.lattice)
    home = len(shifts) * ALKALI_ROWS[0] + int(np.flatnonzero((shifts == 0).all(axis=1))[0])
    corners = diagram.vertices[diagram.regions[diagram.point_region[home]]]
    hull = ConvexHull(corners)
    return float(hull.volume), float(hull.area)


def _rows(place: str) -> list[int]:
    return [row for row, label in enumerate(LABELS) if label[0] == place]


def _distinct(distances: Array) -> Array:
    """Sorted, each once: the hops to a site and back are one hop."""
    ordered = np.sort(distances)
    result: Array = ordered[np.concatenate([[True], np.diff(ordered) > HOP_TOLERANCE])]
    return result


def _mean_to_oxygen(pairs: Pairs, distances: Array, place: str, neighbours: int) -> float:
    """The mean distance of the sites of M or X to the O (not Z) among their nearest anions."""
    found: list[float] = []
    for row in (row for row, site in enumerate(SITES) if site[0] == place):
        mine = np.flatnonzero((pairs.first == row) & is_anion(pairs.second))[:neighbours]
        found += distances[mine][np.isin(pairs.second[mine], _rows("O"))].tolist()
    return float(np.mean(found))
