"""The model of the objective over the pool, conditioned on a growing list of values.

Every number depends on the list alone, bit for bit, whether it was reached value by value or in one leap:
rows are rebuilt in one block at every fit, appended one by one after it, and beyond the 256th gathered into
blocks of 64, which a leap takes whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from optimizers.kriging.atlas import Atlas
from optimizers.kriging.covariance import Covariance
from optimizers.kriging.evidence import Datum
from optimizers.kriging.factor import Factor
from optimizers.kriging.features import Cloud
from optimizers.kriging.field import Field, StoredField, StreamedField
from optimizers.kriging.fit import Fit, Fitter, noise_variances, signal_unit
from optimizers.kriging.kernels import Array
from optimizers.kriging.mean import Expectation
from optimizers.kriging.prior_draw import prior_draw
from optimizers.kriging.settings import KrigingSettings
from optimizers.kriging.targets import targets_of, transform_for
from optimizers.kriging.transform import Transform

GIGABYTE = 1e9
BLOCK = 64
FIRST_BLOCK = 256
SMALLEST_VARIANCE = 1e-12
QUIET = 1e-4
"""Below this noise variance the incumbent is the best value itself, above it the best posterior mean."""


@dataclass(frozen=True)
class Beliefs:
    """The posterior over every class: mean in transformed units, variance in units of `scale` squared.

    `best` is the value to beat, in transformed units.
    """

    mean: Array
    variance: Array
    scale: float
    best: float


class Posterior:
    """An exact Gaussian process over the classes of a pool.

    Its mean is a constant plus a weighted sum of `expectations`; the weights are found by generalised least
    squares, anew for every list of data.
    """

    def __init__(self, settings: KrigingSettings, atlas: Atlas, expectations: Sequence[Expectation] = ()) -> None:
        self._settings = settings
        self._atlas = atlas
        self._fitter = Fitter(settings, atlas, expectations)
        self._data: list[Datum] = []
        self._noise: Array = np.empty(0)
        self._origin = 0.0
        self._solved_targets: Array = np.empty(0)
        self._solved_basis: Array = np.empty((0, 1))
        self._last_fit: Fit | None = None
        self._rows: Field | None = None

    @property
    def fit(self) -> Fit:
        """The last fit."""
        assert self._last_fit is not None
        return self._last_fit

    @property
    def transform(self) -> Transform:
        """The transform in use."""
        return self._targets.transform

    @property
    def weights(self) -> Array:
        """The weight of the constant and of each source that helps, shape (p,)."""
        basis = self._solved_basis
        return self.fit.basis.prior.most_probable(basis.T @ basis, basis.T @ self._solved_targets, self._unit)

    @property
    def _field(self) -> Field:
        assert self._rows is not None
        return self._rows

    def condition(self, data: Sequence[Datum]) -> None:
        """Bring the model to exactly `data`: at least one value that is measured."""
        if self._data != list(data[: len(self._data)]):
            self._forget()
        try:
            self._advance(data)
        except BaseException:
            self._forget()  # half a step taken is no state to go on from
            raise
        self._data = list(data)

    def _forget(self) -> None:
        self._fitter.forget()
        self._data, self._last_fit = [], None

    def _advance(self, data: Sequence[Datum]) -> None:
        count, known = len(data), len(self._data)
        last = self._fitter.schedule.last_fit(count)
        if self._last_fit is None or self._last_fit.count < last:
            self._rebuild(data[:last])
            known = last
        while known < count:
            whole = known - known % BLOCK + BLOCK
            if FIRST_BLOCK < whole <= count:
                self._take_block(data[:whole], max(last, whole - BLOCK))
                known = whole
            else:
                known += 1
                self._append(data[:known])

    def beliefs(self) -> Beliefs:
        """The posterior over the pool."""
        weights = self.weights
        mean = np.subtract(self._field.targets, -self._origin)
        for weight, own, seen in zip(weights, self.fit.basis.pool, self._field.basis, strict=True):
            mean += np.multiply(np.subtract(own, seen), weight)
        variance = np.subtract(1.0, self._field.squares)
        np.maximum(variance, SMALLEST_VARIANCE, out=variance)
        return Beliefs(mean, variance, self._unit, self._incumbent(weights))

    def believe(self, beliefs: Beliefs, pending: Sequence[int]) -> Beliefs:
        """`beliefs` as if the pending sites had returned exactly what is expected of them.

        The mean stays, the variance shrinks as it would, and the value to beat includes the pending means:
        kriging believer (Ginsbourger, Le Riche and Carraro 2010) with pending incumbent.
        """
        if not pending:
            return beliefs
        count = len(self._factor)
        branch = self._factor.branch()
        noise = np.full(len(pending), self.fit.hyperparameters.noise)
        branch.extend(branch.covariance.sites(self._atlas.cloud(pending)), noise)
        residual = self._solved_targets - self._solved_basis @ self.weights
        means = self._origin + self.fit.basis.at(pending) @ self.weights + branch.lower[count:, :count] @ residual
        variance = beliefs.variance - self._field.fantasy(branch)
        np.maximum(variance, SMALLEST_VARIANCE, out=variance)
        return Beliefs(beliefs.mean, variance, beliefs.scale, min(beliefs.best, float(means.min())))

    def expected_at(self, cloud: Cloud) -> Array:
        """The posterior mean at points of any kind, in objective values to be minimised, shape (n,).

        Only for a model without expectations of its own.
        """
        assert self._factor.sites is not None
        residual = self._solved_targets - self._solved_basis @ self.weights
        covariance = self._factor.covariance
        across = covariance.between(self._factor.sites, covariance.sites(cloud, with_images=False))
        mean = self._factor.solve_transposed(residual) @ across + (self._origin + self.weights[0])
        return self.transform.inverse(mean)

    def measured_deviation(self, variance: float) -> float:
        """The deviation of a measurement where the posterior variance is `variance`, in units of the signal's.

        Noise is added; and since the signal's variance is estimated from n values, a measurement follows a Student t
        distribution with n - 1 degrees of freedom, whose deviation is larger by sqrt((n - 1) / (n - 3)).
        """
        freedom = max(len(self._data) - 1, 3)
        return sqrt((variance + float(self._noise.sum()) / len(self._noise)) * freedom / (freedom - 2))

    def draw(self, generator: np.random.Generator) -> Array:
        """One random function from the posterior, at every class, in transformed units.

        A draw from the prior, corrected by what the model makes of its difference from the data: Matheron's rule
        (Wilson et al. 2020, arXiv:2002.09309, eq. 8).
        """
        covariance = self._factor.covariance
        assert self._factor.sites is not None
        prior = prior_draw(self._atlas.features, self._settings.kernel, self.fit.hyperparameters.lengths, generator)
        seen = self._atlas.cloud([datum.site for datum in self._data])
        noise = np.sqrt(self._noise) * generator.standard_normal(len(self._noise))
        at_data = covariance.normalised(prior(seen), self._factor.sites) + noise
        at_pool = covariance.normalised(prior(self._atlas.classes), self._field.sites)
        beliefs = self.beliefs()
        return beliefs.mean + beliefs.scale * (at_pool - self._field.projected(self._factor.solve(at_data)))

    def similarity(self, site: int) -> Array:
        """The prior correlation of one site with each point conditioned on, shape (n,)."""
        assert self._factor.sites is not None
        sites = self._factor.covariance.sites(self._atlas.cloud([site]))
        result: Array = self._factor.covariance.between(sites, self._factor.sites)[0]
        return result

    def _incumbent(self, weights: Array) -> float:
        feasible = self._targets.feasible
        if float(self._noise.max()) < QUIET:
            return float(self._targets.values[feasible].min())
        residual = self._solved_targets - self._solved_basis @ weights
        smoothed = self._targets.values - self._noise * self._factor.solve_transposed(residual)
        return float(smoothed[feasible].min())

    def _rebuild(self, data: Sequence[Datum]) -> None:
        """Fit, and start anew from an empty factor."""
        self._last_fit = fit = self._fitter.fit(data)
        covariance = Covariance(self._atlas.features, self._settings.kernel, fit.hyperparameters.lengths)
        self._factor = Factor(covariance)
        pool = covariance.sites(self._atlas.classes, with_images=False)
        capacity, functions = self._fitter.schedule.next_fit(fit.count), len(fit.basis.pool)
        self._rows = None  # the old field goes before the new one comes
        if 8.0 * capacity * len(pool) <= self._settings.memory * GIGABYTE:
            self._rows = StoredField(self._factor, pool, functions, capacity)
        else:
            self._rows = StreamedField(self._factor, pool, functions)
        self._targets = targets_of(data, fit.transform)
        self._take_block(data, 0)

    def _look_anew(self, data: Sequence[Datum]) -> None:
        """The targets of `data`, with another transform if the one in use does not hold any more."""
        mapping = self._targets.transform
        measured = [datum.value for datum in data if datum.value is not None]
        if mapping.is_relative or min(measured) < mapping.lowest:
            mapping = transform_for(data, self._settings.transform)
        self._targets = targets_of(data, mapping)

    def _take_block(self, data: Sequence[Datum], first: int) -> None:
        """Condition on all data, the rows from `first` on in one block."""
        self._factor.truncate(first)
        self._look_anew(data)
        self._noise = np.append(self._noise[:first], noise_variances(self._targets.known[first:], self.fit))
        added = self._atlas.cloud([datum.site for datum in data[first:]])
        self._factor.extend(self._factor.covariance.sites(added), self._noise[first:])
        self._solve_all(data)
        self._field.extend(first, self._solved_basis, self._solved_targets)

    def _append(self, data: Sequence[Datum]) -> None:
        """Condition on the last of `data` in addition."""
        extended = self._targets.extended(data[-1])
        if extended is None:
            self._look_anew(data)
        else:
            self._targets = extended
        self._noise = np.append(self._noise, noise_variances(self._targets.known[-1:], self.fit))
        site = [data[-1].site]
        self._factor.append(self._factor.covariance.sites(self._atlas.cloud(site)), float(self._noise[-1]))
        if extended is None:
            self._solve_all(data)
            self._field.append(self._solved_basis[-1], 0.0)
            self._field.retarget(self._solved_targets)
            return
        row = self._factor.lower[-1]
        basis = (self.fit.basis.at(site)[0] - row[:-1] @ self._solved_basis) / row[-1]
        target = float(self._targets.values[-1] - self._origin - row[:-1] @ self._solved_targets) / float(row[-1])
        self._solved_basis = np.concatenate([self._solved_basis, basis[None, :]])
        self._solved_targets = np.append(self._solved_targets, target)
        self._field.append(basis, target)
        self._unit = self._signal_unit(data)

    def _solve_all(self, data: Sequence[Datum]) -> None:
        self._origin = float(self._targets.values[0])
        functions = self.fit.basis.at([datum.site for datum in data])
        solved = self._factor.solve(np.column_stack([self._targets.values - self._origin, functions]))
        self._solved_targets, self._solved_basis = solved[:, 0].copy(), solved[:, 1:].copy()
        self._unit = self._signal_unit(data)

    def _signal_unit(self, data: Sequence[Datum]) -> float:
        if not self.fit.sources:
            return self.fit.breadth * self._targets.scale
        functions = self.fit.basis.at([datum.site for datum in data])
        return self.fit.breadth * signal_unit(self._targets, functions, self.fit.basis)
