"""From good candidates to the top of the acquisition function next to them."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from optimizers.box.acquisition import Acquisition
from optimizers.box.evidence import Array
from optimizers.parameters import ParameterSpace

STARTS = 4
MOST_STEPS = 60


def climb(space: ParameterSpace, acquisition: Acquisition, points: Array, scores: Array) -> tuple[Array, Array]:
    """The tops reached from the best of m candidates, (k, D), best first, and their scores."""
    smooth = np.array([column.kind == "range" for column in space.columns], dtype=np.bool_)
    order = np.argsort(-scores, kind="stable")[:STARTS]
    if not smooth.any():
        return points[order], scores[order]
    tops = np.array([_climbed(acquisition, points[place], smooth) for place in order])
    snapped = space.encoding.snapped(tops)
    kept = snapped[space.encoding.admits(snapped)]
    together = np.concatenate([kept, points[order]])
    values = acquisition(together)
    best = np.argsort(-values, kind="stable")
    return together[best], values[best]


def _climbed(acquisition: Acquisition, start: Array, smooth: npt.NDArray[np.bool_]) -> Array:
    """L-BFGS-B along the smooth coordinates."""
    point = start.copy()

    def loss(free: Array) -> tuple[float, Array]:
        point[smooth] = free
        value, slope = acquisition.with_gradient(point)
        return -value, -slope[smooth]

    found = minimize(
        loss,
        start[smooth],
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * int(smooth.sum()),
        options={"maxiter": MOST_STEPS},
    )
    point[smooth] = np.clip(found.x, 0.0, 1.0)
    return point
