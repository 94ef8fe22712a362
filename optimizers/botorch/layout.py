"""What the coordinates of a point mean, for the kernels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Layout:
    """A point is a vector of coordinates; its last coordinate is the number of its task (0 is the target).

    `names` are the features, one length-scale each, and `units` the length in the feature's own unit that is 1 in
    its coordinates. `tied` gives the number of the length-scale of each coordinate of an image. `images`, shape
    (operations, coordinates), selects the images of a point under its symmetry group from the point, the identity
    first. `fingerprint` are the coordinates that a Tanimoto kernel compares.
    """

    names: tuple[str, ...]
    units: tuple[float, ...]
    tied: Index
    images: Index
    fingerprint: Index
    width: int

    def features(self, points: Array) -> Array:
        """The coordinates of the first image, without fingerprint and task: shape (n, coordinates)."""
        taken: Array = points[:, self.images[0]]
        return taken


def on_task(points: Array, task: int | Sequence[int]) -> Array:
    """The same points on another task."""
    moved = points.copy()
    moved[:, -1] = task
    return moved
