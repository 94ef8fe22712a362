"""What is believed about the objective: a Gaussian process on transformed, scaled values."""

from dataclasses import dataclass, replace
from math import inf

import numpy as np
import numpy.typing as npt

from optimizers.box.evidence import Array, Evidence
from optimizers.box.settings import BoxSettings
from optimizers.failures import padded
from optimizers.gaussian.hyperparameters import Hyperparameters, Training, most_probable
from optimizers.gaussian.process import Process, Singular
from optimizers.kriging.kernels import KernelName
from optimizers.kriging.transform import Transform, transform
from optimizers.parameters import ParameterSpace

SMALLEST_NOISE = 1e-6
"""Noise variance, as a share of the signal's, below which values count as exact."""
EXACT = 1e-8
"""The same where the edge of a limit is looked for, which is no wider than this noise makes it."""
NOISELESS = 1e-4
"""Below this noise variance, as a share of the signal's, the best measured value is taken at its word."""

SAME = 0.005
"""Points closer than this, in length-scales, differ by less than 0.04 % of the signal's variance."""


@dataclass(frozen=True)
class View:
    """How the process sees encoded points: `factors` (D,) stretch them, `groups` (D,) number the length-scales."""

    factors: Array
    groups: npt.NDArray[np.intp]
    names: tuple[str, ...]

    @classmethod
    def of(cls, space: ParameterSpace) -> "View":
        """One length-scale per coordinate, one for all values of a choice, whose distance is then 1."""
        names: list[str] = []
        groups, factors = [], []
        for column in space.columns:
            if column.kind != "label" or column.name not in names:
                names.append(column.name)
            groups.append(names.index(column.name))
            factors.append(np.sqrt(0.5) if column.kind == "label" else 1.0)
        return cls(np.array(factors), np.array(groups, dtype=np.intp), tuple(names))


@dataclass(frozen=True)
class Surrogate:
    """The process at encoded points. Everything is in units of the signal, `shift` and `scale` lead to transformed
    values, `mapping` to the objective's unit."""

    view: View
    fit: Hyperparameters
    process: Process
    mapping: Transform
    shift: float
    scale: float
    incumbent: float
    """The value to be improved on; infinite while there is none."""
    noise: float
    """Noise variance of a further trial, known or inferred."""
    seen: Array
    """What is known of each completed trial: its value where that is exact, else what is expected of it, shape (n,)."""

    def posterior(self, points: Array) -> tuple[Array, Array]:
        """Mean and variance at m encoded points."""
        return self.process.posterior(points * self.view.factors)

    def believing(self, points: Array) -> "Surrogate":
        """As if the pending trials had brought what is expected of them."""
        if len(points) == 0:
            return self
        seen = points * self.view.factors
        means, _ = self.process.posterior(seen)
        process = self.process.believing(seen, max(self.noise, SMALLEST_NOISE))
        return replace(self, process=process, incumbent=min(self.incumbent, float(means.min())))

    def improving_on(self, kept: npt.NDArray[np.bool_]) -> "Surrogate":
        """With the best of these completed trials as the value to be improved on."""
        return replace(self, incumbent=float(self.seen[kept].min()) if kept.any() else inf)

    @property
    def lengths(self) -> Array:
        """The length-scale of each coordinate, shape (D,)."""
        return np.array(self.fit.lengths)[self.view.groups]

    def nearest(self, point: Array, evidence: Evidence) -> int | None:
        """The place of the completed trial that the process can hardly tell from `point`; None if there is none."""
        others = evidence.points[evidence.measured]
        away = np.sqrt(np.square((others - point) * self.view.factors / self.lengths).sum(axis=1))
        closest = int(away.argmin())
        return int(evidence.measured[closest]) if away[closest] < SAME else None

    def in_units(self, mean: float, variance: float) -> tuple[float, float]:
        """Mean and standard deviation in the unit of the objective, minimised."""
        transformed = np.array([self.shift + self.scale * mean])
        value = self.mapping.inverse(transformed)
        deviation = self.scale * np.sqrt(variance) / float(self.mapping.slope(value)[0] or 1.0)
        return float(value[0]), float(deviation)


def last_fit(count: int) -> int:
    """The number of values at the last fit of hyper-parameters: every value up to 50, then every 4 % more."""
    at = min(count, 50)
    while at + at // 25 <= count and at >= 50:
        at += at // 25
    return at


def surrogate(evidence: Evidence, view: View, settings: BoxSettings, least_noise: float = SMALLEST_NOISE) -> Surrogate:
    """The surrogate of evidence with at least one measured value."""
    kept = padded(evidence.values, evidence.standings, settings.infeasible)
    points = evidence.points[kept.places] * view.factors
    errors = np.where(kept.measured, evidence.errors[kept.places], np.nan)
    mapping = transform(settings.transform, kept.values[kept.measured])
    seen = mapping.forward(kept.values)
    shift, scale = float(seen.mean()), float(seen.std(ddof=1)) if len(seen) > 1 else 1.0
    scale = scale or 1.0
    targets = (seen - shift) / scale
    known = np.square(errors * mapping.slope(kept.values) / scale) + least_noise
    fixed = None if settings.noise == "fit" else float(settings.noise) + least_noise
    first = last_fit(len(targets))
    training = Training(points[:first], targets[:first], known[:first], view.groups, fixed, least_noise)
    fit = most_probable(training, settings.kernel)
    unknown = fit.noise if fixed is None else fixed
    noise = np.where(np.isnan(known), unknown, known)
    process = _conditioned(settings.kernel, np.array(fit.lengths)[view.groups], points, targets, noise)
    measured = noise[kept.measured]
    exact = measured.max() < NOISELESS
    known_of = targets[kept.measured] if exact else process.posterior(points[kept.measured])[0]
    usual = float(np.median(measured))
    return Surrogate(view, fit, process, mapping, shift, scale, float(known_of.min()), usual, known_of)


def _conditioned(kernel: KernelName, lengths: Array, points: Array, targets: Array, noise: Array) -> Process:
    """The process; with a little more noise where the same point was measured twice without any."""
    while True:
        try:
            return Process.of(kernel, lengths, points, targets, noise)
        except Singular:
            noise = np.maximum(10.0 * noise, 1e-9)
