"""Nb-doped TiO2: structure and electrons of a sputtered film.

Phenomenological: the constants put the film into the window of published values (Yamada 2007 and 2010, Furubayashi
2005), they are not fitted to data. The film crystallises as anatase and turns to rutile when too hot; oxygen excess
compensates the niobium, oxygen deficiency costs mobility; energetic atoms let it crystallise at less heat.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from simulators.thin_film.elementary import Array, Real, decade_sigmoid, exp, log10, sigmoid
from simulators.thin_film.film import Deposition, Film, Substrate, conducting

TITANIUM = 2.93e28
"""Per m3: four in an anatase cell of 136.3 cubic angstrom. It makes a rate out of a flux of metal."""
ANATASE, RUTILE = "anatase", "rutile"


@dataclass(frozen=True)
class Layer(Generic[Real]):
    """Volume shares of both crystals, carriers in cm^-3, mobility of a thick film in cm2/Vs."""

    anatase: Real
    rutile: Real
    carriers: Real
    mobility: Real


def layer_of(deposition: Deposition[Real], substrate: Substrate) -> Layer[Real]:
    """The layer that grows under these conditions."""
    heat = deposition.temperature
    pressure = (deposition.pressure - 0.5) / 1.2
    energy = deposition.power / 150.0 * exp(-pressure * pressure)
    crystalline = sigmoid((heat - (330.0 + substrate.crystallises - 25.0 * energy)) / 28.0)
    turned = sigmoid((heat - (575.0 + substrate.transforms)) / 22.0)
    anatase, rutile = crystalline * (1.0 - turned), crystalline * turned
    best = -2.15 + 0.0022 * (heat - 350.0) + 0.15 * log10(deposition.rate / 1.5e-10)
    excess = log10(deposition.oxygen_pressure) - best
    uncompensated = decade_sigmoid(1.15 * (excess - 0.45))
    vacancies = 0.25 * decade_sigmoid(1.5 * (excess + 0.3))
    carriers = deposition.dopant * TITANIUM * 1e-6 * (0.85 * uncompensated + vacancies)
    ordered = decade_sigmoid(-2.2 * (excess + 0.65))
    mobility = substrate.mobility * (0.02 + 8.5 * anatase**1.5 + 1.2 * rutile) * (0.015 + ordered)
    return Layer(anatase, rutile, carriers, mobility)


class NiobiumTitanate:
    """The family of films of the flagship campaign."""

    name = "niobium_titanate"

    def layer(self, deposition: Deposition[Array], substrate: Substrate, mixture: Array) -> Mapping[str, Array]:  # noqa: ARG002
        """Phases, carriers, conductance and heat, per nm."""
        layer = layer_of(deposition, substrate)
        return {
            ANATASE: layer.anatase,
            RUTILE: layer.rutile,
            "carriers": layer.carriers,
            "conductance": layer.carriers * layer.mobility,
            "heat": deposition.temperature,
        }

    def film(self, thickness: float, sums: Mapping[str, float], scatter: float) -> Film:
        """The film; layers conduct side by side."""
        resistivity, carriers, mobility = conducting(thickness, sums["conductance"], sums["carriers"], scatter)
        phases = {name: sums[name] / thickness for name in (ANATASE, RUTILE)}
        size = crystallite(thickness, sums["heat"] / thickness)
        return Film(thickness, resistivity, carriers, mobility, phases, size)


def crystallite(thickness: float, temperature: float) -> float:
    """Size of the grains in nm: they grow with heat in C, and no larger than the film is thick."""
    return min(thickness, 8.0 + 0.05 * max(0.0, temperature - 300.0))
