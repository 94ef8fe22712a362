"""In-Zn-Sn oxide sputtered from three targets at once: a composition triangle times temperature, a prism.

**The landscape is invented for the simulator.** Its trends are those of transparent conductors: indium carries the
electrons, tin gives them, zinc keeps the film amorphous and smooth until it is too much of it; heat helps until the
film crystallises unevenly, and the best composition wanders with heat. The lowest resistivity, 4e-4 ohm cm, is that of
shares 0.55, 0.25, 0.20 at 300 C.
"""

from collections.abc import Mapping

import numpy as np

from simulators.thin_film.elementary import Array, exp, sigmoid
from simulators.thin_film.film import Deposition, Film, Substrate, conducting
from simulators.thin_film.niobium_titanate import crystallite

COMPONENTS = ("indium", "zinc", "tin")
BEST_CARRIERS, BEST_MOBILITY = 6.0e20, 26.0
BIXBYITE, WURTZITE = "In2O3", "ZnO"


class MixedOxide:
    """The family of films whose composition is chosen with their temperature."""

    name = "mixed_oxide"

    def layer(self, deposition: Deposition[Array], substrate: Substrate, mixture: Array) -> Mapping[str, Array]:
        """Carriers, conductance, two crystals and heat, per nm; `mixture` of indium, zinc and tin."""
        indium, zinc, tin = mixture / mixture.sum()
        heat = deposition.temperature
        hot = (heat - 300.0) / 250.0
        away = (indium - 0.55 - 0.12 * hot) ** 2 + (zinc - 0.25 + 0.12 * hot) ** 2 + (tin - 0.20) ** 2
        quality = exp(-10.0 * away - 1.2 * hot * hot)
        carriers = BEST_CARRIERS * (0.02 + 0.98 * quality**0.5)
        mobility = BEST_MOBILITY * substrate.mobility * (0.01 + 0.99 * quality**0.5)
        ordered = sigmoid((heat - 260.0 - 400.0 * zinc) / 30.0)
        return {
            BIXBYITE: ordered * indium * np.ones_like(heat),
            WURTZITE: ordered * zinc * np.ones_like(heat),
            "carriers": carriers,
            "conductance": carriers * mobility,
            "heat": heat,
        }

    def film(self, thickness: float, sums: Mapping[str, float], scatter: float) -> Film:
        """The film; layers conduct side by side."""
        resistivity, carriers, mobility = conducting(thickness, sums["conductance"], sums["carriers"], scatter)
        phases = {name: sums[name] / thickness for name in (BIXBYITE, WURTZITE)}
        size = crystallite(thickness, sums["heat"] / thickness)
        return Film(thickness, resistivity, carriers, mobility, phases, size)
