"""The families of films that can be grown, by name."""

from simulators.thin_film.film import Material
from simulators.thin_film.lithium_cobaltate import LithiumCobaltate
from simulators.thin_film.mixed_oxide import MixedOxide
from simulators.thin_film.niobium_titanate import NiobiumTitanate

MATERIALS: dict[str, Material] = {one.name: one for one in (NiobiumTitanate(), LithiumCobaltate(), MixedOxide())}
