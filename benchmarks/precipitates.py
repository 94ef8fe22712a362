"""The precipitate problem of the guide to level sets, tabulated: how far shapes are from four observed ones."""

from functools import cache

import numpy as np
import numpy.typing as npt

from benchmarks.tabulated import Tabulated
from orchestrator.kinds.precipitate import Axis, PrecipitateParameters
from simulators.precipitate.energy import Precipitate
from simulators.precipitate.shape import equilibrium_aspect

POINTS = 31
RADII = (3.0, 6.0, 10.0, 15.0)
MATRIX = {"shear_modulus": 17.0, "poisson_ratio": 0.3, "misfit_a": -0.004}
TRUE = {"interface_energy": 0.08, "misfit_c": 0.03}
NOISE = 0.03
"""Relative error of an observed aspect ratio."""
LEVEL = 0.10
"""Shapes that are on average within 10 % of the observed ones are wanted."""


def precipitates(seed: int) -> Tabulated:
    """The root mean square error of ln(c/a) on 31 x 31 points; the seed disturbs the observed shapes."""
    disturbance = NOISE * np.random.default_rng(seed).standard_normal(len(RADII))
    observed = _aspects(**TRUE) + disturbance
    values = np.sqrt(np.square(_landscape() - observed).mean(axis=1))
    return Tabulated(f"precipitates-{seed}", _space().build(), values)


def _space() -> PrecipitateParameters:
    return PrecipitateParameters(
        interface_energy=Axis(low=0.02, high=0.20, points=POINTS), misfit_c=Axis(low=0.005, high=0.06, points=POINTS)
    )


@cache
def _landscape() -> npt.NDArray[np.float64]:
    """Logarithms of the aspect ratios, shape (961, 4)."""
    table = _space().build().table
    return np.array([_aspects(*row) for row in table[["interface_energy", "misfit_c"]].to_numpy()])


def _aspects(interface_energy: float, misfit_c: float) -> npt.NDArray[np.float64]:
    one = Precipitate(**MATRIX, interface_energy=interface_energy, misfit_c=misfit_c)
    return np.log([equilibrium_aspect(one, radius) for radius in RADII])
