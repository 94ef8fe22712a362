"""How likely it is that measured quantities stay within their limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from optimizers.box.evidence import Array, read
from optimizers.box.settings import BoxSettings
from optimizers.box.surrogate import EXACT, Surrogate, View, surrogate
from optimizers.history import History
from optimizers.objective import Objective, OutcomeConstraint
from optimizers.parameters import ParameterSpace

HALF_LOG_TURN = 0.5 * np.log(2.0 * np.pi)


class Chance(Protocol):
    """The probability of something that a trial must bring, at encoded points stretched by the view's factors."""

    def log_probability(self, points: Array) -> Array:
        """Its logarithm at m points, shape (m,)."""
        ...

    def with_gradient(self, point: Array) -> tuple[float, Array]:
        """Its logarithm at one point, shape (D,), and the gradient."""
        ...


@dataclass(frozen=True)
class Limit:
    """The probability that a quantity, free of noise, does not exceed `bound` (in units of its model's signal).

    Schonlau, Welch and Jones 1998 (IMS Lecture Notes 34, 11), section 4; Gardner et al. 2014 (ICML), section 3.1.
    """

    model: Surrogate
    bound: float

    def log_probability(self, points: Array) -> Array:
        """Its logarithm at m points, shape (m,)."""
        mean, variance = self.model.process.posterior(points)
        result: Array = log_ndtr((self.bound - mean) / np.sqrt(variance))
        return result

    def with_gradient(self, point: Array) -> tuple[float, Array]:
        """Its logarithm at one point, shape (D,), and the gradient."""
        mean, variance, mean_slope, variance_slope = self.model.process.with_gradient(point)
        deviation = np.sqrt(variance)
        z = (self.bound - mean) / deviation
        value = float(log_ndtr(z))
        hazard = float(np.exp(-0.5 * z * z - HALF_LOG_TURN - value))
        return value, hazard * (-mean_slope / deviation - 0.5 * z / variance * variance_slope)

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Which completed trials keep it: by what was measured where that is exact, else by what is expected."""
        held: npt.NDArray[np.bool_] = self.model.seen <= self.bound
        return held

    def believing(self, points: Array) -> "Limit":
        """As if the pending trials had brought what is expected of them."""
        return Limit(self.model.believing(points), self.bound)


@dataclass(frozen=True)
class Side:
    """One limit of one quantity, turned so that it is an upper one: `sign * value <= sign * at`."""

    quantity: Objective
    at: float

    def model(self, history: History, space: ParameterSpace, view: View, settings: BoxSettings) -> Limit:
        """What the history says of it. Raises MissingObservation."""
        evidence = read(history, space, self.quantity)
        plain = settings.model_copy(update={"transform": "none", "infeasible": "ignore"})
        model = surrogate(evidence, view, plain, EXACT)
        return Limit(model, (self.quantity.sign * self.at - model.shift) / model.scale)


def sides(constraints: Sequence[OutcomeConstraint]) -> tuple[Side, ...]:
    """The limits of all constraints, each an upper one."""
    found: list[Side] = []
    for one in constraints:
        if one.at_most is not None:
            found.append(Side(Objective(one.name, one.unit, "minimize"), one.at_most))
        if one.at_least is not None:
            found.append(Side(Objective(one.name, one.unit, "maximize"), one.at_least))
    return tuple(found)
