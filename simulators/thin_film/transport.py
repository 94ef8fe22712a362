"""How much of what leaves the target arrives at the substrate.

Keller and Simmons 1979, IBM J. Res. Dev. 23, 24: atoms lose their direction by collisions with the gas, and the flux
falls with pressure times distance.
"""

from simulators.thin_film.elementary import Real, exp

DISTANCE = 0.07
"""Between target and substrate, in m."""
CHARACTERISTIC = 0.075
"""Pressure times distance p0 d0 of a thermalised atom, in Pa m; chosen, not fitted."""


def arriving_share(pressure: Real) -> Real:
    """Flux on the substrate as a share of the flux without gas; `pressure` in total, Pa, positive."""
    x = pressure * (DISTANCE / CHARACTERISTIC)
    return (1.0 - exp(-x)) / x
