"""Where to look for the top of the acquisition function: all over the space, and around the best trials."""

from collections.abc import Sequence

import numpy as np

from optimizers.box.evidence import Array
from optimizers.parameters import ParameterSpace
from optimizers.parameters.sampling import vectors

SPREAD = 512
"""Points all over the space."""
CENTRES = 4
"""Best trials that are looked around."""
AROUND = 64
"""Points around each of them."""
REACH = (0.2, 0.02)
"""Standard deviations of the steps around a trial, in units of the length-scales, at most that of the box."""
REACH_AT_AN_EDGE = (0.2, 0.02, 0.002, 0.002)
"""The same where the best setting is likely to lie on the edge of a limit: what it promises ends there at once."""
MOVED = 5.0
"""So many coordinates are moved at a time, on average: steps along a few find a way that steps along all miss."""


def candidates(
    space: ParameterSpace, centres: Array, lengths: Array, seed: Sequence[int], reach: Sequence[float] = REACH
) -> Array:
    """Settings to score, encoded: (m, D). `centres` (k, D) are the best trials, `lengths` (D,) the length-scales.

    `seed` holds no negative number. `reach` divides the number of points around a trial.
    """
    everywhere = vectors(space, SPREAD, [*seed, 0])
    generator = np.random.default_rng([*seed, 1])
    near = [_around(centre, lengths, generator, reach) for centre in centres[:CENTRES]]
    nearby = space.encoding.snapped(np.concatenate(near)) if near else np.empty((0, space.dimension))
    return np.concatenate([everywhere, nearby[space.encoding.admits(nearby)]])


def _around(centre: Array, lengths: Array, generator: np.random.Generator, reach: Sequence[float]) -> Array:
    steps = np.minimum(lengths, 1.0) * np.repeat(reach, AROUND // len(reach))[:, None]
    moved = generator.random((AROUND, len(centre))) < min(1.0, MOVED / len(centre))
    moved[np.arange(AROUND), generator.integers(len(centre), size=AROUND)] = True
    drawn = generator.standard_normal((AROUND, len(centre)))
    result: Array = np.clip(centre + moved * steps * drawn, 0.0, 1.0)
    return result
