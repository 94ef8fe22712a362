"""The reference point of the hypervolume."""

from collections.abc import Sequence

import numpy as np

from optimizers.botorch.evidence import Evidence
from optimizers.botorch.layout import Array
from optimizers.front import Front
from optimizers.objective import Objective

MARGIN = 0.1


def reference_point(objectives: Sequence[Objective], evidence: Evidence) -> Array:
    """The least of interest in every objective, to be minimised, shape (objectives,): its threshold where there is one.

    Else a tenth of the front's extent beyond its worst value (Ishibuchi, Imada, Setoguchi and Nojima 2018 discuss the
    choice); where the front has no extent, a tenth of that of all values.
    """
    values = np.column_stack([evidence.values[one.name] for one in objectives])
    kept = values[evidence.admissible]
    best = Front()
    for number, point in enumerate(kept.tolist()):
        best.enter(number, tuple(point))
    front = kept[[number for number, _ in best.members]]
    extent = np.ptp(front, axis=0)
    extent = np.where(extent > 0.0, extent, np.ptp(kept, axis=0))
    worst = front.max(axis=0) + MARGIN * extent
    limits = [None if one.threshold is None else one.sign * one.threshold for one in objectives]
    result: Array = np.array([own if limit is None else limit for own, limit in zip(worst, limits, strict=True)])
    return result
