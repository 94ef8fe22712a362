"""Reactive sputtering in its steady state: what covers the target, how fast it erodes, how much oxygen that takes.

Berg, Blom, Larsson and Nender 1987, J. Vac. Sci. Technol. A 5, 202; review: Berg, Särhammar and Nyberg 2014, Thin
Solid Films 565, 186. Everything is a single-valued function of the oxygen pressure. The pressure is not one of the
flow: between two turning points three pressures share a flow, the middle one cannot be held by a constant flow, and
which of the others is found depends on what the target was covered with before (hysteresis).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Generic

import numpy as np

from simulators.thin_film.elementary import Array, Real

BOLTZMANN = 1.380649e-23
ELEMENTARY_CHARGE = 1.602176634e-19
ATOMIC_MASS = 1.66053906660e-27
GAS_TEMPERATURE = 300.0
MOLECULES_PER_SCCM = 4.478e17
"""Molecules per second in one standard cubic centimetre per minute."""
LOWEST, HIGHEST, POINTS = 1e-7, 3.0, 2001
"""The oxygen pressures between which a flow is looked up, in Pa, and how many of them."""

_PRESSURES: Array = np.geomspace(LOWEST, HIGHEST, POINTS)
_FLUX = 1.0 / float(np.sqrt(2.0 * np.pi * 32.0 * ATOMIC_MASS * BOLTZMANN * GAS_TEMPERATURE))


@dataclass(frozen=True)
class Target:
    """What an ion knocks out of a bare and of an oxidised target: atoms of metal per ion; `dopant` is the share of
    them that is niobium, where the material is doped with it."""

    name: str
    bare: float
    oxidised: float
    dopant: float = 0.06


TARGETS = {
    one.name: one
    for one in (
        Target("metal", 0.55, 0.04),
        Target("ceramic", 0.12, 0.05),
        Target("ti2o3", 0.20, 0.045, 0.045),
        Target("lithium_cobaltate", 0.10, 0.06),
        Target("mixed_oxide", 0.14, 0.07),
    )
}
"""Metal and the reduced oxide are the published defaults; the others are the simulator's own, between the two."""


@dataclass(frozen=True)
class Chamber:
    """Areas in m2; `pumping_speed` for oxygen in m3/s; `voltage` of the discharge in V."""

    target_area: float = 2.0e-3
    collector_area: float = 0.04
    pumping_speed: float = 0.05
    target_sticking: float = 1.0
    collector_sticking: float = 1.0
    atoms_per_molecule: float = 2.0
    voltage: float = 370.0


CHAMBER = Chamber()


@dataclass(frozen=True)
class SteadyState(Generic[Real]):
    """Shares of the target and of the collector that are oxidised, the oxygen flow in sccm that this takes, and the
    flux of metal atoms on the collector in 1/(m2 s).
    """

    coverage: Real
    collector: Real
    flow: Real
    flux: Real


def steady_state(pressure: Real, power: Real, target: Target, chamber: Chamber = CHAMBER) -> SteadyState[Real]:
    """The steady state at an oxygen pressure in Pa and a positive power in W."""
    arriving = pressure * _FLUX
    ions = power / (chamber.voltage * ELEMENTARY_CHARGE * chamber.target_area)
    ratio = chamber.target_area / chamber.collector_area
    oxidising = 2.0 * chamber.target_sticking * arriving
    cleaning = chamber.atoms_per_molecule * ions
    coverage = oxidising / (oxidising + cleaning * target.oxidised)
    gained = cleaning * target.oxidised * coverage * ratio + 2.0 * chamber.collector_sticking * arriving
    buried = cleaning * target.bare * (1.0 - coverage) * ratio
    collector = gained / (gained + buried)
    consumed = (
        chamber.target_sticking * (1.0 - coverage) * chamber.target_area
        + chamber.collector_sticking * (1.0 - collector) * chamber.collector_area
    ) * arriving
    pumped = pressure * (chamber.pumping_speed / (BOLTZMANN * GAS_TEMPERATURE))
    flux = ions * (target.bare * (1.0 - coverage) + target.oxidised * coverage) * ratio
    return SteadyState(coverage, collector, (pumped + consumed) / MOLECULES_PER_SCCM, flux)


def pressure_without_plasma(flow: float, chamber: Chamber = CHAMBER) -> float:
    """The oxygen pressure in Pa when nothing but the pump takes oxygen; `flow` in sccm."""
    return flow * MOLECULES_PER_SCCM * BOLTZMANN * GAS_TEMPERATURE / chamber.pumping_speed


@lru_cache(4096)
def holdable_pressures(flow: float, power: float, target: Target, chamber: Chamber = CHAMBER) -> tuple[float, ...]:
    """The one or two oxygen pressures in Pa that a constant flow in sccm can hold, the lowest first.

    Of three solutions the middle one runs away, and is left out. Above the table everything is oxidised, and what more
    flows in is left to the pump.
    """
    from scipy.optimize import brentq  # slow to import, and seldom needed

    if flow <= 0.0:
        return (0.0,)

    def excess(logarithm: float) -> float:
        return steady_state(float(np.exp(logarithm)), power, target, chamber).flow - flow

    flows = _flows(power, target, chamber)
    if flow <= flows[0]:
        return (LOWEST * flow / float(flows[0]),)
    if flow >= flows[-1]:
        return (HIGHEST + pressure_without_plasma(flow - float(flows[-1]), chamber),)
    above = flows > flow
    crossings = np.flatnonzero(above[1:] != above[:-1])
    found = [brentq(excess, np.log(_PRESSURES[at]), np.log(_PRESSURES[at + 1]), xtol=1e-13) for at in crossings]
    return tuple(float(np.exp(root)) for root in found[::2])


def settled_pressure(flow: float, power: float, target: Target, coverage: float, chamber: Chamber = CHAMBER) -> float:
    """The oxygen pressure in Pa that a flow leads to from a target of which `coverage` is oxidised."""

    def change(pressure: float) -> float:
        return abs(steady_state(pressure, power, target, chamber).coverage - coverage)

    return min(holdable_pressures(flow, power, target, chamber), key=change)


def turning_points(power: float, target: Target, chamber: Chamber = CHAMBER) -> tuple[tuple[float, float], ...]:
    """Oxygen pressure in Pa and flow in sccm where the target is about to poison, and where it is about to recover.

    Empty where flow and pressure belong to each other everywhere.
    """
    from scipy.optimize import minimize_scalar  # slow to import, and seldom needed

    flows = _flows(power, target, chamber)
    rising = np.diff(flows) > 0.0
    found = []
    for at in np.flatnonzero(rising[1:] != rising[:-1]) + 1:
        sign = -1.0 if rising[at - 1] else 1.0

        def turned(logarithm: float, sign: float = sign) -> float:
            return sign * steady_state(float(np.exp(logarithm)), power, target, chamber).flow

        bounds = (np.log(_PRESSURES[at - 1]), np.log(_PRESSURES[at + 1]))
        place = float(np.exp(minimize_scalar(turned, bounds=bounds, method="bounded", options={"xatol": 1e-9}).x))
        found.append((place, steady_state(place, power, target, chamber).flow))
    return tuple(found)


@lru_cache(256)
def _flows(power: float, target: Target, chamber: Chamber) -> Array:
    flows: Array = steady_state(_PRESSURES, np.full(POINTS, power), target, chamber).flow
    flows.setflags(write=False)
    return flows
