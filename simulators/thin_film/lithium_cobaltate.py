"""LiCoO2, the cathode of a thin-film battery: how well its layers lie parallel to the substrate.

Nishio et al. 2025, Digital Discovery (d4dd00326h) optimise the ratio of peak intensities of (001)-oriented films. The
positions of the lines are those of the real crystals (a = 2.816, c = 14.05 angstrom; Co3O4 8.08 angstrom). **The
landscape is invented for the simulator**: its peak lies at 520 C, 0.8 Pa, 90 W and an oxygen pressure of 0.06 Pa, and
only its trends are meant to be plausible. Too cold is amorphous, too hot or too little oxygen loses lithium and
leaves Co3O4, fast or energetic growth tilts the grains.
"""

from collections.abc import Mapping
from math import log10 as decade

import numpy as np

from simulators.thin_film.elementary import Array, decade_sigmoid, exp, log10, sigmoid
from simulators.thin_film.film import Deposition, Film, Substrate
from simulators.thin_film.niobium_titanate import crystallite

ORIENTED, RANDOM, SPINEL = "LiCoO2 (001)", "LiCoO2 random", "Co3O4"
RESISTIVITY = 20.0
"""Of the crystal in ohm cm: films of LiCoO2 hardly conduct across grains."""


class LithiumCobaltate:
    """The family of films whose figure of merit is a ratio of X-ray peaks."""

    name = "lithium_cobaltate"

    def layer(self, deposition: Deposition[Array], substrate: Substrate, mixture: Array) -> Mapping[str, Array]:  # noqa: ARG002
        """Oriented crystal, crystal in every direction, cobalt oxide, and heat, per nm."""
        heat, oxygen = deposition.temperature, log10(np.maximum(deposition.oxygen_pressure, 1e-9))
        crystalline = sigmoid((heat - 360.0 - substrate.crystallises) / 30.0)
        lost = sigmoid((heat - 640.0 - 90.0 * (oxygen + 1.2)) / 28.0)
        starved = decade_sigmoid(2.0 * (oxygen + 2.6))
        spinel = 1.0 - (1.0 - lost) * (1.0 - starved)
        away = (
            ((heat - 520.0) / 110.0) ** 2
            + (log10(deposition.pressure / 0.8) / 0.45) ** 2
            + ((deposition.power - 90.0) / 70.0) ** 2
            + ((oxygen + 1.2) / 1.1) ** 2
        )
        upright = (0.55 + 0.45 * substrate.texture) * exp(-0.7 * away)
        return {
            ORIENTED: crystalline * (1.0 - spinel) * upright,
            RANDOM: crystalline * (1.0 - spinel) * (1.0 - upright),
            SPINEL: crystalline * spinel,
            "heat": heat,
        }

    def film(self, thickness: float, sums: Mapping[str, float], scatter: float) -> Film:
        """The film. It conducts poorly, and worse where it is amorphous."""
        phases = {name: sums[name] / thickness for name in (ORIENTED, RANDOM, SPINEL)}
        phases[ORIENTED], phases[RANDOM] = _tilted(phases[ORIENTED], phases[RANDOM], scatter)
        crystalline = sum(phases.values())
        resistivity = RESISTIVITY * scatter * 10.0 ** (3.0 * (1.0 - crystalline))
        return Film(thickness, resistivity, 0.0, 0.0, phases, crystallite(thickness, sums["heat"] / thickness))


def _tilted(oriented: float, random: float, scatter: float) -> tuple[float, float]:
    """From run to run the share of upright grains moves by as many decades of their odds as the resistivity does."""
    total = oriented + random
    if min(oriented, random) <= 0.0:
        return oriented, random
    share = oriented / total
    odds = 10.0 ** (decade(share / (1.0 - share)) - decade(scatter))
    return total * odds / (1.0 + odds), total / (1.0 + odds)
