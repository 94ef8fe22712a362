"""The covariance of two sets of points: a stationary kernel, averaged over the residual symmetry group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizers.kriging.features import Cloud, Codes, FeatureMap
from optimizers.kriging.kernels import KERNELS, Array, KernelName


@dataclass(frozen=True)
class Sites:
    """n points prepared for covariances under one set of length-scales.

    `right`, shape (coordinates + 2, n), holds x, |x|², 1, with x in units in which the kernel's argument is
    the squared distance. `lefts` holds for each image of the points -2x, 1, |x|²
    in rows of shape (n, coordinates + 2), so that left @ right is the squared distance. `weight` is one over
    the square root of the averaged kernel at zero distance.
    """

    right: Array
    lefts: tuple[Array, ...]
    codes: Codes
    weight: Array | None

    def __len__(self) -> int:
        return int(self.right.shape[1])

    def at(self, index: Sequence[int] | slice) -> "Sites":
        """The sites at `index`."""
        return Sites(
            self.right[:, index],
            tuple(left[index] for left in self.lefts),
            self.codes[:, index],
            None if self.weight is None else self.weight[index],
        )

    @staticmethod
    def joined(first: "Sites", second: "Sites") -> "Sites":
        """The sites of `first`, then those of `second`."""
        return Sites(
            np.concatenate([first.right, second.right], axis=1),
            tuple(np.concatenate(pair) for pair in zip(first.lefts, second.lefts, strict=True)),
            np.concatenate([first.codes, second.codes], axis=1),
            None if first.weight is None or second.weight is None else np.concatenate([first.weight, second.weight]),
        )


class Covariance:
    """k(x, x') = sum over g of k0(x, g x'), normalised so that k(x, x) = 1; g runs over the residual operations."""

    def __init__(self, features: FeatureMap, kernel: KernelName, lengths: Sequence[float]) -> None:
        self._kernel = KERNELS[kernel].value
        scales = np.asarray(lengths, dtype=np.float64) / np.sqrt(KERNELS[kernel].stretch)
        self._scale = scales[features.tied][:, None]
        self._mismatch = scales[len(features.axes) :] ** -2.0

    def sites(self, cloud: Cloud, *, with_images: bool = True) -> Sites:
        """Prepare points; only those prepared with images can stand on the left of a covariance."""
        scaled = [image / self._scale for image in cloud.images]
        weight: Array | None = None
        if len(scaled) > 1:
            distances = (np.square(scaled[0] - other).sum(axis=0) for other in scaled[1:])
            weight = sum((self._kernel(squares) for squares in distances), np.ones(len(cloud))) ** -0.5
        lefts = tuple(_left(image) for image in scaled) if with_images else ()
        return Sites(_right(scaled[0]), lefts, cloud.codes, weight)

    def between(self, left: Sites, right: Sites) -> Array:
        """The covariance matrix, shape (len(left), len(right))."""
        total: Array | None = None
        for image in left.lefts:
            squares = image @ right.right
            for codes, others, factor in zip(left.codes, right.codes, self._mismatch, strict=True):
                squares += factor * (codes[:, None] != others[None, :])
            value = self._kernel(squares)
            total = value if total is None else np.add(total, value, out=total)
        assert total is not None
        if left.weight is not None and right.weight is not None:
            total *= left.weight[:, None]
            total *= right.weight[None, :]
        return total

    @staticmethod
    def normalised(values: Array, sites: Sites) -> Array:
        """A draw from the prior averaged over the group, brought to unit variance at each site."""
        return values if sites.weight is None else values * sites.weight


def _right(scaled: Array) -> Array:
    return np.concatenate([scaled, np.square(scaled).sum(axis=0)[None, :], np.ones((1, scaled.shape[1]))])


def _left(scaled: Array) -> Array:
    squares = np.square(scaled).sum(axis=0)
    return np.ascontiguousarray(np.concatenate([-2.0 * scaled, np.ones((1, len(squares))), squares[None, :]]).T)
