"""What a grown film is, whatever it is made of: conditions that deposit it, layers that add up, the film they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol

import numpy as np

from simulators.thin_film.elementary import Array, Real

ELEMENTARY_CHARGE = 1.602176634e-19
CM_PER_NM = 1e-7
CONTINUOUS = 8.0
"""Thickness in nm below which islands do not touch."""
OVER_RANGE = 2e8
"""Sheet resistance in ohm per square that no meter of the rig can measure."""


@dataclass(frozen=True)
class Deposition(Generic[Real]):
    """What a film grows under: pressures in Pa, power in W, temperature of the substrate in C, growth rate in m/s, and
    the share of the metal that is the target's dopant.
    """

    oxygen_pressure: Real
    pressure: Real
    power: Real
    temperature: Real
    rate: Real
    dopant: float = 0.06


@dataclass(frozen=True)
class Substrate:
    """What a film grows on. The differences are the simulator's own; only their direction is taken from the literature.

    `crystallises` and `transforms` shift, in C, the temperatures at which the film crystallises and at which anatase
    turns to rutile; `mobility` multiplies the mobility of a crystal that fits its substrate; `texture` favours grains
    that stand upright, between 0 and 1.
    """

    name: str
    crystallises: float = 0.0
    transforms: float = 0.0
    mobility: float = 1.0
    texture: float = 0.5


SUBSTRATES = {
    one.name: one
    for one in (
        Substrate("glass"),
        Substrate("strontium_titanate", -30.0, 80.0, 1.8, 0.8),
        Substrate("sapphire", -10.0, -60.0, 1.1, 0.9),
    )
}
"""Glass is the film of the published formulas. A lattice that fits anatase keeps it from becoming rutile and gives
three times the mobility at best (Yamada 2010, Thin Solid Films 518, 3101); on sapphire rutile comes early.
"""


@dataclass(frozen=True)
class Film:
    """A film as it is: thickness in nm, resistivity in ohm cm, and what is known of its inside.

    `carriers` in cm^-3, `mobility` in cm2/Vs, `phases` the shares of the volume that diffract, `crystallite` in nm.
    """

    thickness: float
    resistivity: float
    carriers: float = 0.0
    mobility: float = 0.0
    phases: Mapping[str, float] = field(default_factory=dict)
    crystallite: float = 8.0

    @property
    def sheet_resistance(self) -> float:
        """In ohm per square."""
        return self.resistivity / (self.thickness * CM_PER_NM)

    @property
    def failure(self) -> str:
        """Why nothing can be measured on this film; empty if something can."""
        if self.thickness < CONTINUOUS:
            return "film not continuous"
        return "over range" if self.sheet_resistance > OVER_RANGE else ""


class Material(Protocol):
    """A family of films. The quantities of its layers add up over the thickness, so that no step is too long."""

    name: str

    def layer(self, deposition: Deposition[Array], substrate: Substrate, mixture: Array) -> Mapping[str, Array]:
        """Named quantities of a layer grown under these conditions, per nm of film; shape of the conditions.

        `mixture` holds the shares of the materials that are sputtered together, shape (3,); most films ignore it.
        """
        ...

    def film(self, thickness: float, sums: Mapping[str, float], scatter: float) -> Film:
        """The film of `thickness` nm whose quantities add up to `sums`; `scatter` multiplies its resistivity."""
        ...


def conducting(thickness: float, conductance: float, carriers: float, scatter: float) -> tuple[float, float, float]:
    """Resistivity in ohm cm, mean carriers in cm^-3 and the mobility in cm2/Vs that goes with them.

    `conductance` and `carriers` are sums over the thickness of n mu and of n, in nm. Grain boundaries and islands
    cost a thin film mobility: 1 - exp(-h / 25 nm).
    """
    share = -float(np.expm1(-thickness / 25.0))
    mean = carriers / thickness
    mobility = conductance / carriers * share
    return scatter / (ELEMENTARY_CHARGE * mean * mobility), mean, mobility
