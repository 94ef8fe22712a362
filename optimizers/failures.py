"""What infeasible trials teach an optimizer: floor padding, and the probability that a point is feasible.

An infeasible trial has no value. `padding` lets the model see the worst value that was measured so far instead; the
padded value is never stored. `model` keeps the trial out of the fit and learns where trials were infeasible, so
that an acquisition function can be multiplied by the probability of success. `both` does both, `ignore` neither.
Unconverged, void and pending trials say nothing about the parameters and take no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from optimizers.gaussian import Process, most_probable
from optimizers.gaussian.hyperparameters import Hyperparameters, Training
from optimizers.gaussian.process import Singular
from optimizers.history import Standing

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Rule = Literal["padding", "model", "both", "ignore"]


@dataclass(frozen=True)
class Padded:
    """What a model of the objective is fitted to: the trials at `places`, and their values.

    `values` has the shape (k,), or (k, m) for m objectives; `measured` (k,) tells real values from padded ones.
    """

    places: Places
    values: Array
    measured: npt.NDArray[np.bool_]


def padded(values: Array, standings: Sequence[Standing], rule: Rule) -> Padded:
    """Fill in the infeasible ones of n trials, or leave them out.

    `values`, (n,) or (n, m), are to be minimised; those of trials that are not completed are not looked at. While
    nothing is completed there is no worst value, and nothing is kept.
    """
    completed = np.array([standing == "completed" for standing in standings], dtype=np.bool_)
    infeasible = np.array([standing == "infeasible" for standing in standings], dtype=np.bool_)
    kept = completed.copy()
    if rule in ("padding", "both") and completed.any():
        kept |= infeasible
    places = np.flatnonzero(kept)
    filled = np.array(values, dtype=np.float64)[places]
    measured = completed[places]
    if not measured.all():
        filled[~measured] = filled[measured].max(axis=0)
    return Padded(places, filled, measured)


def learns_feasibility(standings: Sequence[Standing], rule: Rule) -> bool:
    """Whether the rule asks for a model of feasibility, and there is something to learn it from."""
    return rule in ("model", "both") and {"completed", "infeasible"} <= set(standings)


class Feasibility:
    """How likely points are to be feasible, learnt from trials that were and trials that were not.

    A Gaussian process on the labels 0 (feasible) and 1 (infeasible), read as a probability: a least-squares
    classifier (Rasmussen and Williams 2006, section 6.5). Cheap, exact, and good enough to keep away from a region
    that has failed several times. A point is feasible if the process lies below one half.
    """

    def __init__(self, points: Array, standings: Sequence[Standing], groups: Places | None = None) -> None:
        """Learn from the completed and the infeasible ones of n trials at `points`, shape (n, D).

        `groups` (D,) numbers the coordinates that share a length-scale; all have their own when it is None.
        """
        known = np.array([standing in ("completed", "infeasible") for standing in standings], dtype=np.bool_)
        labels = np.array([float(standing == "infeasible") for standing in standings])[known]
        self._centre, self._scale = float(labels.mean()), float(labels.std()) or 1.0
        targets = (labels - self._centre) / self._scale
        groups = np.arange(points.shape[1]) if groups is None else groups
        fit = most_probable(Training(points[known], targets, np.full(len(targets), np.nan), groups))
        self._noise = fit.noise
        self._process = _conditioned(fit, points[known], targets, groups)

    def log_probability(self, points: Array) -> Array:
        """log of the probability that each of m points is feasible, shape (m,)."""
        mean, variance = self._process.posterior(points)
        result: Array = log_ndtr(self._excess(mean) / np.sqrt(variance + self._noise))
        return result

    def with_gradient(self, point: Array) -> tuple[float, Array]:
        """The log probability at one point, shape (D,), and its gradient."""
        mean, variance, mean_slope, variance_slope = self._process.with_gradient(point)
        deviation = np.sqrt(variance + self._noise)
        z = self._excess(np.array(mean)) / deviation
        value = float(log_ndtr(z))
        # d log Phi = phi / Phi dz
        hazard = float(np.exp(-0.5 * z * z - 0.5 * np.log(2.0 * np.pi) - value))
        return value, hazard * (-mean_slope / deviation - 0.5 * z / deviation**2 * variance_slope)

    def _excess(self, mean: Array) -> Array:
        """How far the process lies below one half, in units of the labels' deviation."""
        return (0.5 - self._centre) / self._scale - mean


def _conditioned(fit: Hyperparameters, points: Array, targets: Array, groups: Places) -> Process:
    lengths = np.array(fit.lengths)[groups]
    noise = fit.noise
    while True:
        try:
            return Process.of("matern52", lengths, points, targets, np.full(len(targets), noise))
        except Singular:
            noise *= 10.0
