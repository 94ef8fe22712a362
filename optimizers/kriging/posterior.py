"""The model of the objective over the pool, conditioned on a growing list of values.

Every number depends on the list alone, bit for bit, whether it was reached value by value or in one leap:
rows are rebuilt in one block at every fit, appended one by one after it, and beyond the 256th gathered into
blocks of 64, which a leap takes whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizers.kriging.covariance import Covariance
from optimizers.kriging.factor import Factor
from optimizers.kriging.features import Cloud, FeatureMap, Points
from optimizers.kriging.field import Field
from optimizers.kriging.hyperparameters import (
    NOISE_BOUNDS,
    Hyperparameters,
    Training,
    most_probable,
    starting_points,
)
from optimizers.kriging.kernels import Array
from optimizers.kriging.prior_draw import prior_draw
from optimizers.kriging.schedule import Schedule
from optimizers.kriging.settings import KrigingSettings
from optimizers.kriging.transform import Transform, transform

BLOCK = 64
FIRST_BLOCK = 256
SMALLEST_VARIANCE = 1e-12
QUIET = 1e-4
"""Below this noise variance the incumbent is the best value itself, above it the best posterior mean."""


@dataclass(frozen=True)
class Datum:
    """One value to condition on, to be minimised; None for an infeasible point. `key` tells points apart."""

    key: object
    points: Points = field(compare=False, repr=False)
    value: float | None
    standard_error: float | None = None


@dataclass(frozen=True)
class Beliefs:
    """Posterior mean and variance of every class, in transformed units, and the value to beat."""

    mean: Array
    variance: Array
    best: float
    scale: float


@dataclass(frozen=True)
class _Targets:
    """The data as the model sees them; `known` is each point's noise variance over the objective's, or NaN."""

    transform: Transform
    values: Array
    scale: float
    known: Array
    feasible: Array


class Posterior:
    """An exact Gaussian process over the classes of a pool, with a constant mean by generalised least squares."""

    def __init__(self, settings: KrigingSettings, features: FeatureMap, classes: Cloud) -> None:
        self._settings = settings
        self._features = features
        self._classes = classes
        self._schedule = Schedule(settings.refit)
        self._fits: dict[int, Hyperparameters] = {}
        self._data: list[Datum] = []
        self._fitted = 0
        self._noise: Array = np.empty(0)
        self._origin = 0.0
        self._solved_targets = np.empty(0)
        self._solved_basis = np.empty((0, 1))

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Those of the last fit."""
        return self._fits[self._fitted]

    @property
    def transform(self) -> Transform:
        """The transform in use."""
        return self._targets.transform

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
        mean = self._field.targets + self._origin
        for weight, total in zip(beta, self._field.basis, strict=True):
            mean += weight * (1.0 - total)
        variance = 1.0 - self._field.squares
        scale = self._targets.scale
        np.maximum(variance, SMALLEST_VARIANCE, out=variance)
        variance *= scale * scale
        return Beliefs(mean, variance, self._incumbent(beta), scale)

    def believe(self, beliefs: Beliefs, pending: Sequence[Points]) -> Beliefs:
        """`beliefs` as if the pending points had returned exactly what is expected of them.

        The mean stays, the variance shrinks as it would, and the value to beat includes the pending means:
        kriging believer (Ginsbourger, Le Riche and Carraro 2010) with pending incumbent.
        """
        if not pending:
            return beliefs
        beta, count = self._beta(), len(self._factor)
        branch = self._factor.branch()
        noise = np.full(len(pending), self.hyperparameters.noise)
        branch.extend(branch.covariance.sites(self._features.cloud(Points.joined(pending))), noise)
        rows = branch.lower[count:]
        means = self._origin + beta.sum() + rows[:, :count] @ (self._solved_targets - self._solved_basis @ beta)
        shrunk = beliefs.variance - beliefs.scale**2 * self._field.fantasy(branch)
        np.maximum(shrunk, SMALLEST_VARIANCE * beliefs.scale**2, out=shrunk)
        return Beliefs(beliefs.mean, shrunk, min(beliefs.best, float(means.min())), beliefs.scale)

    def draw(self, generator: np.random.Generator) -> Array:
        """One random function from the posterior, at every class, in transformed units.

        A draw from the prior, corrected by what the model makes of its difference from the data: Matheron's rule
        (Wilson et al. 2020, arXiv:2002.09309, eq. 8).
        """
        covariance = self._factor.covariance
        assert self._factor.sites is not None
        prior = prior_draw(self._features, self._settings.kernel, self.hyperparameters.lengths, generator)
        seen = Points.joined([datum.points for datum in self._data])
        noise = np.sqrt(self._noise) * generator.standard_normal(len(self._noise))
        at_data = covariance.normalised(prior(self._features.cloud(seen)), self._factor.sites) + noise
        at_pool = covariance.normalised(prior(self._classes), self._field.sites)
        beliefs = self.beliefs()
        return beliefs.mean + beliefs.scale * (at_pool - self._field.projected(self._factor.solve(at_data)))

    def similarity(self, points: Points) -> Array:
        """The prior correlation of one point with each point conditioned on, shape (n,)."""
        assert self._factor.sites is not None
        sites = self._factor.covariance.sites(self._features.cloud(points))
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
        return np.linalg.solve(basis.T @ basis, basis.T @ self._solved_targets).astype(np.float64)

    def _rebuild(self, data: Sequence[Datum]) -> None:
        """Fit, and start anew from an empty factor."""
        self._fitted = len(data)
        hyperparameters = self._fit(data)
        covariance = Covariance(self._features, self._settings.kernel, hyperparameters.lengths)
        self._factor = Factor(covariance)
        self._field = Field(self._factor, covariance.sites(self._classes, with_images=False), basis=1)
        self._noise_scale = self._view(data).scale
        self._noise = np.empty(0)
        self._take_block(data, 0)

    def _fit(self, data: Sequence[Datum]) -> Hyperparameters:
        """The fit to the first `len(data)` values; depends on nothing else."""
        count = len(data)
        if count not in self._fits:
            before = self._schedule.predecessor(count)
            starts = starting_points(len(self._features.names)) if before is None else [self._fit(data[:before])]
            view = self._view(data)
            training = Training(
                self._features.cloud(Points.joined([datum.points for datum in data])),
                (view.values - view.values.mean()) / view.scale,
                np.ones((count, 1)),
                view.known,
                None if self._settings.noise == "fit" else self._settings.noise,
            )
            self._fits[count] = most_probable(self._features, self._settings.kernel, training, starts)
        return self._fits[count]

    def _view(self, data: Sequence[Datum]) -> _Targets:
        """Transformed values, infeasible points at the worst of them, and their scale: the sample deviation."""
        feasible = np.array([datum.value is not None for datum in data])
        measured = np.array([datum.value for datum in data if datum.value is not None])
        mapping = transform(self._settings.transform, measured)
        values = np.empty(len(data))
        values[feasible] = mapping.forward(measured)
        values[~feasible] = values[feasible].max()
        scale = float(np.std(values, ddof=1)) or 1.0
        errors = np.array([np.nan if datum.standard_error is None else datum.standard_error for datum in data])
        slopes = np.ones(len(data))
        slopes[feasible] = mapping.slope(measured)
        return _Targets(mapping, values, scale, np.square(errors * slopes / scale) + NOISE_BOUNDS[0], feasible)

    def _noise_of(self, data: Sequence[Datum]) -> Array:
        """Noise variances in units of the signal variance at the last fit."""
        view = self._view(data)
        known = view.known * (view.scale / self._noise_scale) ** 2
        return np.where(np.isnan(known), self.hyperparameters.noise, known)

    def _take_block(self, data: Sequence[Datum], first: int) -> None:
        """Condition on all data, the rows from `first` on in one block."""
        self._factor.truncate(first)
        added = self._features.cloud(Points.joined([datum.points for datum in data[first:]]))
        noise = self._noise_of(data)[first:]
        self._noise = np.append(self._noise[:first], noise)
        self._factor.extend(self._factor.covariance.sites(added), noise)
        self._targets = self._view(data)
        self._solve_all()
        self._field.extend(first, self._solved_basis, self._solved_targets)

    def _append(self, data: Sequence[Datum]) -> None:
        """Condition on the last of `data` in addition."""
        noise = self._noise_of(data)[-1:]
        self._noise = np.append(self._noise, noise)
        self._factor.extend(self._factor.covariance.sites(self._features.cloud(data[-1].points)), noise)
        before, self._targets = self._targets, self._view(data)
        row = self._factor.lower[-1]
        basis = (1.0 - row[:-1] @ self._solved_basis) / row[-1]
        target = (self._targets.values[-1] - self._origin - row[:-1] @ self._solved_targets) / row[-1]
        self._solved_basis = np.vstack([self._solved_basis, basis])
        self._solved_targets = np.append(self._solved_targets, target)
        self._field.append(basis, target)
        if not np.array_equal(before.values, self._targets.values[:-1]):
            self._solve_all()
            self._field.retarget(self._solved_targets)

    def _solve_all(self) -> None:
        self._origin = float(self._targets.values[0])
        columns = np.column_stack([self._targets.values - self._origin, np.ones(len(self._factor))])
        solved = self._factor.solve(columns)
        self._solved_targets, self._solved_basis = solved[:, 0].copy(), solved[:, 1:].copy()
