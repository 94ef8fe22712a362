"""What is decided at a fit and holds until the next one: length-scales, noise, transform, and which sources help."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizers.kriging.atlas import Atlas
from optimizers.kriging.covariance import Covariance
from optimizers.kriging.evidence import Datum
from optimizers.kriging.factor import JITTER
from optimizers.kriging.hyperparameters import (
    Hyperparameters,
    LengthPrior,
    Training,
    most_probable,
    starting_points,
)
from optimizers.kriging.kernels import Array
from optimizers.kriging.leave_one_out import log_predictive_density
from optimizers.kriging.mean import Expectation, MeanBasis
from optimizers.kriging.schedule import Schedule
from optimizers.kriging.settings import KrigingSettings
from optimizers.kriging.targets import Targets, targets_of, transform_for
from optimizers.kriging.transform import Transform

SMALLEST_NOISE = 1e-6
PROOF = 1.0
"""A source must raise the log predictive density of the data by this much to be kept."""
PSEUDO_VALUES = 3
PSEUDO_DEVIATION = 0.6
SOURCE_LENGTH_SPREAD = 0.7
MOST_COMPARED = 500
LEAST_SHOWN = 0.05
"""Share of the signal's variance that candidates always show, however alike they are."""


@dataclass(frozen=True)
class Fit:
    """The result of a fit to the first `count` data; `sources` are the numbers of those that help."""

    count: int
    hyperparameters: Hyperparameters
    transform: Transform
    basis: MeanBasis
    sources: tuple[int, ...]
    unit: float
    """The deviation of the signal, in transformed units."""
    breadth: float = 1.0
    """The deviation of the signal over that of its values at the candidates."""


class Fitter:
    """Makes the fits of one pool. A fit depends on the data up to it and on nothing else; fits are remembered."""

    def __init__(self, settings: KrigingSettings, atlas: Atlas, expectations: Sequence[Expectation]) -> None:
        self.schedule = Schedule(settings.refit)
        self._settings = settings
        self._atlas = atlas
        self._expectations = expectations
        self._fits: dict[int, Fit] = {}

    def forget(self) -> None:
        """Start anew: other data follow."""
        self._fits = {}

    def fit(self, data: Sequence[Datum]) -> Fit:
        """The fit to all of `data`, of which at least one is measured."""
        count = len(data)
        if count not in self._fits:
            before = self.schedule.predecessor(count)
            start = None if before is None else self.fit(data[:before])
            self._fits[count] = self._with_helpful_sources(data, start)
        return self._fits[count]

    def _with_helpful_sources(self, data: Sequence[Datum], start: Fit | None) -> Fit:
        """Drop sources one by one unless they help to predict each value from the others."""
        best = self._fitted(data, tuple(range(len(self._expectations))), start)
        if not self._expectations:
            return best
        score = self._score(data, best)
        while best.sources:
            fewer = [tuple(other for other in best.sources if other != source) for source in best.sources]
            fits = [self._fitted(data, sources, start) for sources in fewer]
            scores = [self._score(data, fit) for fit in fits]
            if max(scores) < score - PROOF:
                break
            score = max(scores)
            best = fits[scores.index(score)]
        return best

    def _fitted(self, data: Sequence[Datum], sources: tuple[int, ...], start: Fit | None) -> Fit:
        mapping = transform_for(data, self._settings.transform)
        chosen = [self._expectations[source] for source in sources]
        basis = MeanBasis(chosen, mapping, len(self._atlas))
        seen = targets_of(data, mapping)
        functions = basis.at([datum.site for datum in data])
        unit = self._breadth * signal_unit(seen, functions, basis)
        prior = self._length_prior(chosen)
        training = Training(
            cloud=self._atlas.cloud([datum.site for datum in data]),
            targets=(seen.values - seen.values.mean()) / unit,
            basis=np.column_stack([functions[:, 0], functions[:, 1:] / unit]),
            weights=basis.prior,
            known=seen.known / unit**2 + SMALLEST_NOISE,
            noise=None if self._settings.noise == "fit" else self._settings.noise,
            prior=prior,
        )
        starts = starting_points(prior) if start is None else [start.hyperparameters]
        fitted = most_probable(self._atlas.features, self._settings.kernel, training, starts)
        return Fit(len(data), fitted, mapping, basis, sources, unit, self._breadth)

    @cached_property
    def _breadth(self) -> float:
        """One for coordinates. Descriptors with long length-scales show only part of how far the signal varies.

        Over the candidates the values vary by 1 - mean k(x, x') of the signal's variance.
        """
        if self._settings.columns == "coordinates":
            return 1.0
        atlas = self._atlas
        typical = LengthPrior.near(atlas.deviations).mode
        covariance = Covariance(atlas.features, self._settings.kernel, typical.tolist())
        some = np.unique(np.linspace(0, len(atlas) - 1, MOST_COMPARED).round().astype(int))
        points = covariance.sites(atlas.classes.at(some))
        return float(max(1.0 - covariance.between(points, points).mean(), LEAST_SHOWN) ** -0.5)

    def _length_prior(self, expectations: Sequence[Expectation]) -> LengthPrior:
        """The prior that suits the columns; a narrow one around the mean of the sources for axes that they know."""
        names = self._atlas.features.names
        if self._settings.columns == "descriptors":
            prior = LengthPrior.near(self._atlas.deviations)
        else:
            prior = LengthPrior.scaled_by(len(names))
        for place, name in enumerate(names):
            known = [expectation.lengths[name] for expectation in expectations if name in expectation.lengths]
            if known:
                prior.centre[place] = float(np.mean(known)) + SOURCE_LENGTH_SPREAD**2
                prior.spread[place] = SOURCE_LENGTH_SPREAD
        return prior

    def _score(self, data: Sequence[Datum], fit: Fit) -> float:
        sites = [datum.site for datum in data]
        seen = targets_of(data, fit.transform)
        covariance = Covariance(self._atlas.features, self._settings.kernel, fit.hyperparameters.lengths)
        points = covariance.sites(self._atlas.cloud(sites))
        matrix = covariance.between(points, points) + np.diag(noise_variances(seen.known, fit) + JITTER)
        centred = seen.values - seen.values.mean()
        return log_predictive_density(matrix, centred, fit.basis.at(sites), fit.basis.prior, fit.unit)


def noise_variances(known: Array, fit: Fit) -> Array:
    """Noise variances in units of the signal's variance: the known ones, elsewhere the fitted one."""
    relative = known / fit.unit**2 + SMALLEST_NOISE
    return np.where(np.isnan(relative), fit.hyperparameters.noise, relative)


def signal_unit(seen: Targets, functions: Array, basis: MeanBasis) -> float:
    """The deviation of the signal, in transformed units.

    Without sources that of the values. With sources that of what they leave unexplained, taken together with
    three pseudo-values at 0.6 of the deviation that the sources expect over the pool.
    """
    if basis.prior.sources == 0:
        return seen.scale
    left = seen.values - functions[:, 1:].mean(axis=1)
    left = left - left.mean()
    pseudo = PSEUDO_VALUES * (PSEUDO_DEVIATION * basis.deviation) ** 2
    return float(np.sqrt((float(left @ left) + pseudo) / (len(left) - 1 + PSEUDO_VALUES))) or 1.0
