"""A simplex search that asks for one value at a time, so that it can be replayed from a history.

Nelder and Mead 1965, Comput. J. 7, 308, with reflection 1, expansion 2, contraction 1/2, shrinkage 1/2.
"""

from collections.abc import Generator

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def simplex(start: Array, edge: float) -> Generator[Array, float, None]:
    """Yield points of shape (d,) to be minimised and take in their values; never ends.

    The first simplex is `start` and a step of `edge` along each axis. Send `inf` for a point without a value.
    """
    points = [start, *(start + edge * unit for unit in np.eye(len(start)))]
    values: list[float] = []
    for point in points:
        values.append((yield point))
    while True:
        order = np.argsort(values, kind="stable")
        points, values = [points[k] for k in order], [values[k] for k in order]
        centre = np.mean(points[:-1], axis=0)
        away = centre - points[-1]
        reflected = centre + away
        at_reflected = yield reflected
        if at_reflected < values[0]:
            expanded = centre + 2.0 * away
            at_expanded = yield expanded
            better = at_expanded < at_reflected
            points[-1], values[-1] = (expanded, at_expanded) if better else (reflected, at_reflected)
        elif at_reflected < values[-2]:
            points[-1], values[-1] = reflected, at_reflected
        else:
            outside = at_reflected < values[-1]
            contracted = centre + 0.5 * away if outside else centre - 0.5 * away
            at_contracted = yield contracted
            if at_contracted < min(at_reflected, values[-1]):
                points[-1], values[-1] = contracted, at_contracted
            else:
                for k in range(1, len(points)):
                    points[k] = points[0] + 0.5 * (points[k] - points[0])
                    values[k] = yield points[k]
