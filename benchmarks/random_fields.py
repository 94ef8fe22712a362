"""Landscapes drawn from the prior of a Gaussian process, where the model of kriging is right except for its fit."""

from math import log

import numpy as np
import pandas as pd

from benchmarks.tabulated import Tabulated
from optimizers import CandidatePool
from optimizers.kriging.atlas import Atlas
from optimizers.kriging.prior_draw import prior_draw

CANDIDATES = 1_500
LENGTHS = (0.15, 0.8)
"""Shortest and longest length-scale, as a share of the pool's width."""


def random_field(seed: int) -> Tabulated:
    """A Matérn-5/2 field of unit variance on random candidates in two or three dimensions."""
    chance = np.random.default_rng([77, seed])
    columns = ["x", "y", "z"][: int(chance.integers(2, 4))]
    pool = CandidatePool(pd.DataFrame(chance.random((CANDIDATES, len(columns))), columns=columns))
    atlas = Atlas(pool, use_symmetry=False)
    lengths = np.exp(chance.uniform(log(LENGTHS[0]), log(LENGTHS[1]), len(columns))).tolist()
    return Tabulated(f"field-{seed}", pool, prior_draw(atlas.features, "matern52", lengths, chance)(atlas.classes))
