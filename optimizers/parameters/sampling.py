"""Settings spread over a space, as settings and as encoded vectors."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from optimizers.history import Parameter

if TYPE_CHECKING:
    from optimizers.parameters.space import ParameterSpace

Array = npt.NDArray[np.float64]
Seed = int | Sequence[int]

MOST_DRAWS = 2**15
"""After so many points without enough that keep the constraints, these are walked instead."""
FEWEST_DRAWS = 64
PATIENCE = 6
"""How often more is drawn when draws are the same settings over and over, or keep no constraint."""
SMALLEST_SHARE = 0.02


def sample(space: "ParameterSpace", count: int, seed: Seed) -> list[dict[str, Parameter]]:
    """See `ParameterSpace.sample`."""
    from optimizers.parameters.listing import MOST_LISTED, listing

    found: dict[Hashable, dict[str, Parameter]] = {}
    wanted = count
    for _ in range(PATIENCE):
        for vector in vectors(space, wanted, seed):
            if len(found) == count:
                break
            setting = space.decode(vector)
            found.setdefault(space.key(setting), setting)
        if len(found) == count or space.size is None:
            break
        wanted *= 2
    if len(found) < count and space.size is not None and space.size <= MOST_LISTED:
        rest = [setting for setting in listing(space) if space.key(setting) not in found]
        order = np.random.default_rng(seed).permutation(len(rest))[: count - len(found)]
        return [*found.values(), *(rest[place] for place in order)]
    return list(found.values())


def vectors(space: "ParameterSpace", count: int, seed: Seed) -> Array:
    """`count` encoded settings, shape (count, D); some may be the same. A scrambled Sobol sequence, as far as it keeps
    the constraints; where less than one point in a few hundred does, a random walk within them.
    """
    from scipy.stats.qmc import Sobol

    encoding = space.encoding
    if count <= 0 or encoding.cube_dimension == 0:
        return np.zeros((min(max(count, 0), 1), space.dimension))
    generator = np.random.default_rng(seed)
    source = Sobol(encoding.cube_dimension, scramble=True, rng=generator)
    kept: list[Array] = []
    drawn, have, exponent = 0, 0, max(count, FEWEST_DRAWS) - 1
    batch = exponent.bit_length()
    while have < count and (drawn == 0 or drawn < MOST_DRAWS):
        # Every further batch doubles the sequence: only powers of two are balanced.
        kept.append(_settings(space, source.random_base2(batch if drawn == 0 else drawn.bit_length() - 1)))
        drawn = max(2 * drawn, 2**batch)
        have += len(kept[-1])
    result = np.concatenate(kept)[:count]
    if len(result) < count:
        result = np.concatenate([result, _walked(space, count - len(result), generator)])
    return result


def draw(space: "ParameterSpace", generator: np.random.Generator) -> dict[str, Parameter]:
    """One setting, every one as likely as the volume that is rounded to it."""
    size = (FEWEST_DRAWS, space.encoding.cube_dimension)
    for _ in range(PATIENCE):
        candidates = _settings(space, generator.random(size))
        if len(candidates):
            return space.decode(candidates[0])
    return space.decode(_walked(space, 1, generator)[0])


def _settings(space: "ParameterSpace", points: Array) -> Array:
    """The settings at points of the unit cube, less those that break a constraint."""
    raw = space.encoding.from_cube(points)
    within = space.encoding.within_limits(raw)
    if within.mean() < SMALLEST_SHARE:  # tight limits on fractions: rounding brings points to them
        within[:] = True
    snapped = space.encoding.snapped(raw[within])
    return snapped[space.encoding.admits(snapped)] if space.constraints else snapped


def _walked(space: "ParameterSpace", count: int, generator: np.random.Generator) -> Array:
    """Constrained parameters from a walk, everything else independently of it."""
    encoding = space.encoding
    result = np.empty((count, space.dimension))
    free = encoding.from_cube(generator.random((count, encoding.cube_dimension)))
    for row, part in enumerate(space.polytope.spread(count, generator)):
        values = space.polytope.completed(encoding.values(free[row]), part)
        result[row] = space.encode(space.settable(values))
    return result
