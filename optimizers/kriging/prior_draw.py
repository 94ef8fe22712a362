"""A random function drawn from the prior, for Thompson sampling."""

from collections.abc import Callable, Sequence

import numpy as np

from optimizers.kriging.features import Cloud, FeatureMap
from optimizers.kriging.kernels import Array, KernelName

FREQUENCIES = 512


def prior_draw(
    features: FeatureMap, kernel: KernelName, lengths: Sequence[float], generator: np.random.Generator
) -> Callable[[Cloud], Array]:
    """A function on clouds whose covariance approximates the kernel: 512 random Fourier features.

    Rahimi and Recht 2007, NeurIPS 20, algorithm 1. The spectral density of a Matérn-5/2 kernel is a
    multivariate t distribution with five degrees of freedom. Averaging the function over the symmetry group
    averages its covariance.
    """
    scales = np.asarray(lengths)
    axes = len(features.axes)
    width = len(features.tied) + sum(len(category.levels) + 1 for category in features.categories)
    frequencies = generator.standard_normal((FREQUENCIES, width))
    if kernel == "matern52":
        frequencies *= np.sqrt(5.0 / generator.chisquare(5.0, FREQUENCIES))[:, None]
    phases = generator.uniform(0.0, 2.0 * np.pi, FREQUENCIES)
    weights = generator.standard_normal(FREQUENCIES) * np.sqrt(2.0 / FREQUENCIES)
    numeric = frequencies[:, : len(features.tied)] / scales[features.tied]
    labels = frequencies[:, len(features.tied) :] / np.sqrt(2.0)

    def shift(cloud: Cloud) -> Array:
        """The phase that the categories add, shape (frequencies, n); unknown labels share the last place."""
        total = np.repeat(phases[:, None], len(cloud), axis=1)
        start = 0
        for number, category in enumerate(features.categories):
            stop = start + len(category.levels) + 1
            total += labels[:, start:stop][:, cloud.codes[number]] / scales[axes + number]
            start = stop
        return total

    def single(coordinates: Array, offset: Array) -> Array:
        result: Array = weights @ np.cos(numeric @ coordinates + offset)
        return result

    def draw(cloud: Cloud) -> Array:
        offset = shift(cloud)
        total = np.zeros(len(cloud))
        for image in cloud.images:
            total += single(image, offset)
        total /= np.sqrt(len(cloud.images))
        return total

    return draw
