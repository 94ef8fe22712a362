"""The model of the objective over the pool, conditioned on a growing list of values.

Every number depends on the list alone, bit for bit, whether it was reached value by value or in one leap:
rows are rebuilt in one block at every fit, appended one by one after it, and beyond the 256th gathered into
blocks of 64, which a leap takes whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizers.kriging.atlas import Atlas
from optimizers.kriging.covariance import Covariance
from optimizers.kriging.evidence import Datum
from optimizers.kriging.factor import Factor
from optimizers.kriging.field import Field, StoredField, StreamedField
from optimizers.kriging.hyperparameters import Hyperparameters, Training, most_probable, starting_points
from optimizers.kriging.kernels import Array
from optimizers.kriging.prior_draw import prior_draw
from optimizers.kriging.schedule import Schedule
from optimizers.kriging.settings import KrigingSettings
from optimizers.kriging.targets import targets_of, transform_for
from optimizers.kriging.transform import Transform

GIGABYTE = 1e9
BLOCK = 64
FIRST_BLOCK = 256
SMALLEST_VARIANCE = 1e-12
SMALLEST_NOISE = 1e-6
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
    """An exact Gaussian process over the classes of a pool, with a constant mean by generalised least squares."""

    def __init__(self, settings: KrigingSettings, atlas: Atlas) -> None:
        self._settings = settings
        self._atlas = atlas
        self._schedule = Schedule(settings.refit)
        self._fits: dict[int, Hyperparameters] = {}
        self._data: list[Datum] = []
        self._fitted = 0
        self._noise: Array = np.empty(0)
        self._origin = 0.0
        self._solved_targets: Array = np.empty(0)
        self._solved_basis: Array = np.empty((0, 1))
        self._rows: Field | None = None

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Those of the last fit."""
        return self._fits[self._fitted]

    @property
    def transform(self) -> Transform:
        """The transform in use."""
        return self._transform

    @property
    def _field(self) -> Field:
        assert self._rows is not None
        return self._rows

    def condition(self, data: Sequence[Datum]) -> None:
        """Bring the model to exactly `data`: at least two values, not all of them infeasible."""
        if self._data != list(data[: len(self._data)]):
            self._fits, self._data, self._fitted = {}, [], 0
        count, known = len(data), len(self._data)
        last = self._schedule.last_fit(count)
        if self._fitted < last:
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
        self._data = list(data)

    def beliefs(self) -> Beliefs:
        """The posterior over the pool."""
        beta = self._beta()
        mean = self._field.basis.T @ -beta if len(beta) > 1 else self._field.basis[0] * -beta[0]
        mean += self._field.targets
        mean += self._origin + beta[0]
        variance = np.subtract(1.0, self._field.squares)
        np.maximum(variance, SMALLEST_VARIANCE, out=variance)
        return Beliefs(mean, variance, self._targets.scale, self._incumbent(beta))

    def believe(self, beliefs: Beliefs, pending: Sequence[int]) -> Beliefs:
        """`beliefs` as if the pending sites had returned exactly what is expected of them.

        The mean stays, the variance shrinks as it would, and the value to beat includes the pending means:
        kriging believer (Ginsbourger, Le Riche and Carraro 2010) with pending incumbent.
        """
        if not pending:
            return beliefs
        beta, count = self._beta(), len(self._factor)
        branch = self._factor.branch()
        noise = np.full(len(pending), self.hyperparameters.noise)
        branch.extend(branch.covariance.sites(self._atlas.cloud(pending)), noise)
        rows = branch.lower[count:]
        means = self._origin + beta.sum() + rows[:, :count] @ (self._solved_targets - self._solved_basis @ beta)
        variance = beliefs.variance - self._field.fantasy(branch)
        np.maximum(variance, SMALLEST_VARIANCE, out=variance)
        return Beliefs(beliefs.mean, variance, beliefs.scale, min(beliefs.best, float(means.min())))

    def draw(self, generator: np.random.Generator) -> Array:
        """One random function from the posterior, at every class, in transformed units.

        A draw from the prior, corrected by what the model makes of its difference from the data: Matheron's rule
        (Wilson et al. 2020, arXiv:2002.09309, eq. 8).
        """
        covariance = self._factor.covariance
        assert self._factor.sites is not None
        prior = prior_draw(self._atlas.features, self._settings.kernel, self.hyperparameters.lengths, generator)
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

    def _incumbent(self, beta: Array) -> float:
        feasible = self._targets.feasible
        values = self._targets.values[feasible]
        if float(self._noise.max()) < QUIET:
            return float(values.min())
        residual = self._solved_targets - self._solved_basis @ beta
        weights = self._factor.solve_transposed(residual)
        smoothed = self._targets.values - self._noise * weights
        return float(smoothed[feasible].min())

    def _beta(self) -> Array:
        basis = self._solved_basis
        normal, right = basis.T @ basis, basis.T @ self._solved_targets
        return right / normal[0] if len(right) == 1 else np.linalg.solve(normal, right).astype(np.float64)

    def _rebuild(self, data: Sequence[Datum]) -> None:
        """Fit, and start anew from an empty factor."""
        hyperparameters = self._fit(data)
        self._fitted = len(data)
        covariance = Covariance(self._atlas.features, self._settings.kernel, hyperparameters.lengths)
        self._factor = Factor(covariance)
        pool = covariance.sites(self._atlas.classes, with_images=False)
        capacity = self._schedule.next_fit(self._fitted)
        self._rows = None  # the old field goes before the new one comes
        if 8.0 * capacity * len(pool) <= self._settings.memory * GIGABYTE:
            self._rows = StoredField(self._factor, pool, 1, capacity)
        else:
            self._rows = StreamedField(self._factor, pool, 1)
        self._transform = transform_for(data, self._settings.transform)
        self._noise_unit = targets_of(data, self._transform).scale ** 2
        self._take_block(data, 0)

    def _fit(self, data: Sequence[Datum]) -> Hyperparameters:
        """The fit to `data`; depends on nothing else."""
        count = len(data)
        if count not in self._fits:
            before = self._schedule.predecessor(count)
            starts = starting_points(len(self._atlas.features.names)) if before is None else [self._fit(data[:before])]
            seen = targets_of(data, transform_for(data, self._settings.transform))
            training = Training(
                self._atlas.cloud([datum.site for datum in data]),
                (seen.values - seen.values.mean()) / seen.scale,
                np.ones((count, 1)),
                seen.known / seen.scale**2 + SMALLEST_NOISE,
                None if self._settings.noise == "fit" else self._settings.noise,
            )
            self._fits[count] = most_probable(self._atlas.features, self._settings.kernel, training, starts)
        return self._fits[count]

    def _look_anew(self, data: Sequence[Datum]) -> None:
        """The targets of `data`, with another transform if the one of the last fit does not hold any more."""
        measured = [datum.value for datum in data if datum.value is not None]
        if self._transform.is_relative or min(measured) < self._transform.lowest:
            self._transform = transform_for(data, self._settings.transform)
        self._targets = targets_of(data, self._transform)

    def _noise_from(self, first: int) -> Array:
        """Noise variances of the data from number `first` on, in units of the signal variance at the last fit."""
        known = self._targets.known[first:] / self._noise_unit + SMALLEST_NOISE
        return np.where(np.isnan(known), self.hyperparameters.noise, known)

    def _take_block(self, data: Sequence[Datum], first: int) -> None:
        """Condition on all data, the rows from `first` on in one block."""
        self._factor.truncate(first)
        self._look_anew(data)
        self._noise = np.append(self._noise[:first], self._noise_from(first))
        added = self._atlas.cloud([datum.site for datum in data[first:]])
        self._factor.extend(self._factor.covariance.sites(added), self._noise[first:])
        self._solve_all()
        self._field.extend(first, self._solved_basis, self._solved_targets)

    def _append(self, data: Sequence[Datum]) -> None:
        """Condition on the last of `data` in addition."""
        extended = self._targets.extended(data[-1])
        if extended is None:
            self._look_anew(data)
        else:
            self._targets = extended
        self._noise = np.append(self._noise, self._noise_from(len(data) - 1))
        added = self._atlas.cloud([data[-1].site])
        self._factor.append(self._factor.covariance.sites(added), float(self._noise[-1]))
        if extended is None:
            self._solve_all()
            self._field.append(self._solved_basis[-1], 0.0)
            self._field.retarget(self._solved_targets)
            return
        row = self._factor.lower[-1]
        basis = (1.0 - row[:-1] @ self._solved_basis) / row[-1]
        target = float(self._targets.values[-1] - self._origin - row[:-1] @ self._solved_targets) / float(row[-1])
        self._solved_basis = np.concatenate([self._solved_basis, basis[None, :]])
        self._solved_targets = np.append(self._solved_targets, target)
        self._field.append(basis, target)

    def _solve_all(self) -> None:
        self._origin = float(self._targets.values[0])
        columns = np.column_stack([self._targets.values - self._origin, np.ones(len(self._factor))])
        solved = self._factor.solve(columns)
        self._solved_targets, self._solved_basis = solved[:, 0].copy(), solved[:, 1:].copy()
