"""The shape that a precipitate of given size takes: the aspect ratio of lowest energy."""

import numpy as np
from scipy.optimize import minimize_scalar

from simulators.precipitate.energy import Precipitate
from simulators.precipitate.errors import NoEquilibrium, UnusablePrecipitate

FLATTEST, LONGEST = 1e-3, 1e3
GRID = np.linspace(np.log(FLATTEST), np.log(LONGEST), 241)
PRECISION = 1e-10
"""Of the logarithm of the aspect ratio, as a request to the minimiser."""


def equilibrium_aspect(precipitate: Precipitate, radius: float) -> float:
    """The aspect ratio c/a of lowest energy at the equal-volume `radius`, in nm.

    Every local minimum on a grid of aspect ratios is refined and the lowest one taken: a misfit can favour plates
    and needles at once. Raises UnusablePrecipitate for a radius that is not positive, NoEquilibrium.
    """
    if not 0.0 < radius < np.inf:
        raise UnusablePrecipitate(f"radius is {radius:g} nm; it must be positive.")
    energies = precipitate.energy(np.exp(GRID), radius)
    inner = np.flatnonzero((energies[1:-1] <= energies[:-2]) & (energies[1:-1] <= energies[2:])) + 1
    if len(inner) == 0 or energies[inner].min() > min(energies[0], energies[-1]):
        raise NoEquilibrium(
            f"A precipitate of radius {radius:g} nm has no equilibrium between c/a = {FLATTEST:g} and {LONGEST:g}."
        )
    unit = float(np.ptp(energies)) or 1.0

    def excess(logarithm: float) -> float:
        return float(precipitate.energy(np.exp(logarithm), radius) - energies.min()) / unit

    options = {"xatol": PRECISION}
    found = [
        minimize_scalar(excess, bounds=(GRID[place - 1], GRID[place + 1]), method="bounded", options=options)
        for place in inner
    ]
    return float(np.exp(min(found, key=lambda minimum: minimum.fun).x))
