"""What a film gains while conditions change: rates and layers integrated over the time of a deposition."""

from collections.abc import Callable, Mapping

import numpy as np

from simulators.thin_film.elementary import Array
from simulators.thin_film.film import Deposition, Material, Substrate
from simulators.thin_film.niobium_titanate import TITANIUM
from simulators.thin_film.transport import arriving_share

PANEL = 30.0
"""Seconds over which four points are enough: the heater's time constant is six times as long."""
LEAST_OXYGEN = 1e-7
"""Pa: the oxygen that the water of the residual gas brings without any flow."""
NM_PER_M = 1e9

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(4)


def instants(seconds: float) -> tuple[Array, Array]:
    """Times in s within a span, and their weights in s: composite Gauss-Legendre quadrature."""
    count = max(1, int(np.ceil(seconds / PANEL)))
    half = 0.5 * seconds / count
    middles = half * (2.0 * np.arange(count) + 1.0)
    return (middles[:, None] + half * _POINTS).ravel(), np.tile(half * _WEIGHTS, count)


def gained(
    material: Material,
    substrate: Substrate,
    mixture: Array,
    deposition: Callable[[Array], Deposition[Array]],
    seconds: float,
) -> Mapping[str, float]:
    """Thickness in nm under 'thickness', and every quantity of the layers times nm, that `seconds` of growth add.

    `deposition` tells the conditions at times in s since the beginning of the span.
    """
    times, weights = instants(seconds)
    conditions = deposition(times)
    grown = conditions.rate * weights * NM_PER_M
    layers = material.layer(conditions, substrate, mixture)
    return {"thickness": float(grown.sum()), **{name: float(layer @ grown) for name, layer in layers.items()}}


def deposition_at(
    oxygen_pressure: float,
    pressure: Array,
    power: float,
    temperature: Array,
    flux: float,
    efficiency: Array,
    dopant: float = 0.06,
) -> Deposition[Array]:
    """The conditions at some instants; `efficiency` is what wear has left of the rate, `flux` metal in 1/(m2 s).

    Every film is taken to hold as many metal atoms per volume as anatase.
    """
    rate = flux / TITANIUM * arriving_share(pressure) * efficiency
    oxygen = np.full_like(pressure, max(oxygen_pressure, LEAST_OXYGEN))
    return Deposition(oxygen, pressure, np.full_like(pressure, power), temperature, rate, dopant)
