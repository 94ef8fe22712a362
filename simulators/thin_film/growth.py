"""One growth of Nb:TiO2 in one call, for everything that needs thousands: no rig, no clock, constant conditions.

`grow` answers for one recipe in microseconds, `grow_many` for arrays of them. Both tell why a growth failed.
"""

from dataclasses import dataclass
from math import expm1

import numpy as np
import numpy.typing as npt

from simulators.thin_film.berg import CHAMBER, TARGETS, Chamber, Target, steady_state
from simulators.thin_film.elementary import Array, Real
from simulators.thin_film.film import CM_PER_NM, CONTINUOUS, ELEMENTARY_CHARGE, OVER_RANGE, SUBSTRATES, Deposition
from simulators.thin_film.niobium_titanate import TITANIUM, layer_of
from simulators.thin_film.transport import arriving_share

NO_PLASMA, ARCING, NOT_CONTINUOUS, TOO_RESISTIVE = (
    "no plasma",
    "arcing on a poisoned target",
    "film not continuous",
    "over range",
)
STRIKES_ABOVE = 0.2
"""Total pressure in Pa below which no plasma burns."""
ARCS_ABOVE_COVERAGE, ARCS_ABOVE_POWER = 0.9, 180.0
SCATTER = 0.03
"""Standard deviation of the decadic logarithm of the resistivity from run to run: 6.9 %."""


@dataclass(frozen=True)
class Growth:
    """A film and how it grew: resistivity in ohm cm, carriers in cm^-3, mobility in cm2/Vs, shares of the two crystals,
    rate in m/s, coverage of the target. `failure` is empty, or the reason why there is nothing to measure.
    """

    resistivity: float
    carriers: float
    mobility: float
    anatase: float
    rutile: float
    rate: float
    coverage: float
    thickness: float
    failure: str = ""

    @property
    def sheet_resistance(self) -> float:
        """In ohm per square."""
        return self.resistivity / (self.thickness * CM_PER_NM)


def growth_rate(pressure: Real, flux: Real) -> Real:
    """Rate in m/s at a total pressure in Pa, of a flux in 1/(m2 s) that would arrive without gas."""
    return flux * arriving_share(pressure) * (1.0 / TITANIUM)


def grow(
    oxygen_pressure: float,
    pressure: float,
    power: float,
    temperature: float,
    thickness: float = 100.0,
    target: str = "ceramic",
    substrate: str = "glass",
    scatter: float = 1.0,
    chamber: Chamber = CHAMBER,
) -> Growth:
    """A film of `thickness` nm; pressures in Pa, power in W, temperature in C; `scatter` multiplies the resistivity."""
    plasma = steady_state(oxygen_pressure, power, TARGETS[target], chamber)
    rate = growth_rate(pressure, plasma.flux)
    layer = layer_of(
        Deposition(oxygen_pressure, pressure, power, temperature, rate, TARGETS[target].dopant), SUBSTRATES[substrate]
    )
    mobility = layer.mobility * -expm1(-thickness / 25.0)
    resistivity = scatter / (layer.carriers * ELEMENTARY_CHARGE * mobility)
    if pressure < STRIKES_ABOVE:
        failure = NO_PLASMA
    elif plasma.coverage > ARCS_ABOVE_COVERAGE and power > ARCS_ABOVE_POWER:
        failure = ARCING
    elif thickness < CONTINUOUS:
        failure = NOT_CONTINUOUS
    elif resistivity > OVER_RANGE * thickness * CM_PER_NM:
        failure = TOO_RESISTIVE
    else:
        failure = ""
    return Growth(
        resistivity,
        layer.carriers,
        mobility,
        layer.anatase,
        layer.rutile,
        rate,
        plasma.coverage,
        thickness,
        failure,
    )


def grow_many(
    oxygen_pressure: Array,
    pressure: Array,
    power: Array,
    temperature: Array,
    target: Target = TARGETS["ceramic"],
    substrate: str = "glass",
    thickness: float = 100.0,
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Resistivities in ohm cm without scatter, and which growths succeed; all arguments and both answers shape (n,)."""
    plasma = steady_state(oxygen_pressure, power, target)
    rate = growth_rate(pressure, plasma.flux)
    layer = layer_of(
        Deposition(oxygen_pressure, pressure, power, temperature, rate, target.dopant), SUBSTRATES[substrate]
    )
    mobility = layer.mobility * -np.expm1(-thickness / 25.0)
    resistivity: Array = 1.0 / (layer.carriers * ELEMENTARY_CHARGE * mobility)
    arcing = (plasma.coverage > ARCS_ABOVE_COVERAGE) & (power > ARCS_ABOVE_POWER)
    measurable = (thickness >= CONTINUOUS) & (resistivity <= OVER_RANGE * thickness * CM_PER_NM)
    return resistivity, (pressure >= STRIKES_ABOVE) & ~arcing & measurable


def scatter_of(seed: int, number: int, decades: float = SCATTER) -> float:
    """The factor by which chance changes the resistivity of growth `number`, whatever was done before it."""
    return float(10.0 ** (decades * np.random.default_rng([seed, number]).standard_normal()))
