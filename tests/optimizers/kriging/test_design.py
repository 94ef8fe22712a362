import numpy as np
import pandas as pd

from optimizers import CandidatePool, SymmetryOperation
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.design import SpaceFilling


def atlas(symmetry=()):
    """An 11 x 11 grid on the unit square, periodic in x."""
    steps = np.arange(121)
    table = pd.DataFrame({"x": steps % 11 / 11.0, "y": steps // 11 / 10.0})
    return Atlas(CandidatePool(table, periods={"x": 1.0}, symmetry=symmetry), use_symmetry=True)


def spread(found, count, seed=0):
    """The first `count` sites of the design."""
    design, sites = SpaceFilling(found.classes, seed), []
    for _ in range(count):
        sites.append(design.choose(found.cloud(sorted(sites)) if sites else None, sites))
    return sites


def nearest(found, sites):
    coordinates = found.classes.images[0][:, sites].T
    distances = np.linalg.norm(coordinates[:, None] - coordinates[None, :], axis=2)
    return distances[np.triu_indices(len(sites), 1)].min()


def test_in_folded_coordinates_the_design_begins_at_a_corner():
    found = atlas((SymmetryOperation(sign={"x": -1}),))
    folded = found.classes.images[0][:, spread(found, 1)[0]]
    assert folded[1] in (0.0, 1.0)
    assert folded[0] in (0.0, found.classes.images[0][0].max())


def test_the_points_lie_farther_apart_than_random_ones():
    found = atlas()
    generator = np.random.default_rng(0)
    chance = [nearest(found, generator.permutation(121)[:6]) for _ in range(200)]
    assert nearest(found, spread(found, 6)) > np.quantile(chance, 0.99)


def test_the_seed_decides_between_equally_distant_candidates_only():
    found = atlas()
    designs = [spread(found, 4, seed) for seed in range(12)]
    assert len({tuple(design) for design in designs}) > 1
    assert np.ptp([nearest(found, design) for design in designs]) < 0.25


def test_a_closed_site_is_never_chosen():
    found = atlas()
    design, everything = SpaceFilling(found.classes, 0), list(range(121))
    assert design.choose(None, [site for site in everything if site != 57]) == 57
