"""The first trials: spread over the pool as widely as possible."""

from collections.abc import Sequence

import numpy as np

from optimizers.kriging.features import Cloud
from optimizers.kriging.kernels import Array

TIE = 1e-9


class SpaceFilling:
    """Each point is the one farthest from everything tried so far (maximin; Kennard and Stone 1969).

    Distances are measured between classes of equivalent candidates, in scaled coordinates. The first point is
    the one farthest from the centre of the pool: a corner, which in folded coordinates is a position of high
    symmetry. Chance, keyed on the campaign's seed, decides only between equally distant candidates.
    """

    def __init__(self, classes: Cloud, seed: int) -> None:
        self._classes = classes
        self._seed = seed

    def choose(self, touched: Cloud | None, closed: Sequence[int]) -> int:
        """The class to try next; at least one must not be `closed`."""
        distance = self._from_centre() if touched is None else self._from(touched)
        distance[list(closed)] = -1.0
        ties = np.flatnonzero(distance >= distance.max() * (1.0 - TIE))
        count = 0 if touched is None else len(touched)
        return int(np.random.default_rng([self._seed, count]).choice(ties))

    def _from_centre(self) -> Array:
        coordinates = self._classes.images[0]
        if len(coordinates) == 0:
            return np.zeros(len(self._classes))
        centre = 0.5 * (coordinates.min(axis=1) + coordinates.max(axis=1))
        result: Array = np.square(coordinates - centre[:, None]).sum(axis=0)
        return result

    def _from(self, touched: Cloud) -> Array:
        nearest = np.full(len(self._classes), np.inf)
        for number in range(len(touched)):
            labels = (self._classes.codes != touched.codes[:, number, None]).sum(axis=0)
            for image in touched.images:
                squares = np.square(self._classes.images[0] - image[:, number, None]).sum(axis=0)
                np.minimum(nearest, squares + labels, out=nearest)
        return nearest
