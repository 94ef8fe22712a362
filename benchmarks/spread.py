"""Mean, median and 95th percentile: a median alone would hide the refits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """Statistics of repeated measurements, in their unit."""

    mean: float
    median: float
    p95: float
    count: int


def spread(measurements: Sequence[float]) -> Spread:
    """Raises ValueError if there is nothing to summarise."""
    if not measurements:
        raise ValueError("nothing was measured; run at least one repeat")
    return Spread(
        mean=float(np.mean(measurements)),
        median=float(np.median(measurements)),
        p95=float(np.percentile(measurements, 95)),
        count=len(measurements),
    )
