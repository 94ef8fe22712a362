"""How far the shapes that a set of material parameters predicts are from shapes that were observed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulators.precipitate.energy import Precipitate
from simulators.precipitate.errors import UnusablePrecipitate
from simulators.precipitate.shape import equilibrium_aspect


@dataclass(frozen=True)
class ObservedShape:
    """A precipitate seen in a microscope: equal-volume radius in nm, aspect ratio c/a."""

    radius: float
    aspect: float


def shape_error(precipitate: Precipitate, observed: Sequence[ObservedShape]) -> float:
    """Root mean square difference of the logarithms of the predicted and the observed aspect ratios.

    Tsukada et al. 2019, Sci. Rep. 9, 15794 look for the parameters in which it is small. Raises UnusablePrecipitate
    if nothing or no shape was observed, NoEquilibrium.
    """
    if not observed or any(not 0.0 < shape.aspect < np.inf for shape in observed):
        raise UnusablePrecipitate("At least one observed shape is needed, and each has a positive aspect ratio.")
    predicted = [equilibrium_aspect(precipitate, shape.radius) for shape in observed]
    return error_of(predicted, [shape.aspect for shape in observed])


def error_of(predicted: Sequence[float], observed: Sequence[float]) -> float:
    """The same for aspect ratios that are known, of equal length."""
    apart = np.log(predicted) - np.log(observed)
    return float(np.sqrt(np.square(apart).mean()))
