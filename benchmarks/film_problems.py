"""Campaigns on simulated films: what is chosen, what the best film is, and how near to it is near enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from optimizers.history import Parameter
from optimizers.parameters import Choice, Composition, ParameterSpace, Range
from simulators.thin_film.berg import TARGETS, settled_pressure
from simulators.thin_film.deposit import NM_PER_M
from simulators.thin_film.diffraction import pattern, scan_counts
from simulators.thin_film.film import CM_PER_NM, SUBSTRATES, Deposition, Film, Material
from simulators.thin_film.growth import SCATTER, grow, scatter_of
from simulators.thin_film.lithium_cobaltate import LithiumCobaltate
from simulators.thin_film.mixed_oxide import MixedOxide
from simulators.thin_film.probe import geometry_factor, measure

THICKNESS = 100.0
USUAL: Mapping[str, Parameter] = {"pressure": 0.5, "power": 100.0, "temperature": 400.0}
OXYGEN = Range("oxygen", 1e-4, 1e-1, "Pa", "log")
RECIPE = (
    OXYGEN,
    Range("pressure", 0.1, 2.0, "Pa"),
    Range("power", 20.0, 200.0, "W"),
    Range("temperature", 25.0, 650.0, "C"),
)
MATERIALS = (
    Choice("target", ("metal", "ceramic", "ti2o3")),
    Choice("substrate", ("glass", "sapphire", "strontium_titanate")),
)


@dataclass(frozen=True)
class Measured:
    """What a growth brings: its figure without scatter and error, what was measured, and the known part of its error.

    `failure` is the reason why there is nothing to measure, or empty.
    """

    true: float
    seen: float
    std: float
    failure: str = ""


class Grower(Protocol):
    """One growth. `number` counts the growths of the campaign of `seed`, and decides scatter and noise."""

    def __call__(self, parameters: Mapping[str, Any], seed: int, number: int) -> Measured:
        """Grow, and measure."""
        ...


@dataclass(frozen=True, eq=False)
class FilmProblem:
    """A campaign for the film with the smallest figure, in `unit`.

    `best` is the smallest figure, that of `recipe`; a film is good enough if its own is at most `factor` times that.
    `within` growths it should be found, and `growths` are made.
    """

    name: str
    space: ParameterSpace
    figure: str
    unit: str
    grow: Grower
    best: float
    recipe: Mapping[str, Parameter]
    factor: float
    growths: int
    seeds: int
    within: int

    @property
    def good_enough(self) -> float:
        """The largest figure that counts."""
        return self.best * self.factor

    def true(self, parameters: Mapping[str, Any]) -> Measured:
        """The growth, whatever chance would have made of it."""
        return self.grow(parameters, 0, 1)


def titanate(parameters: Mapping[str, Any], seed: int, number: int) -> Measured:
    """Sheet resistance of 100 nm of Nb:TiO2 in ohm per square; what is not chosen is usual."""
    settings: dict[str, Any] = {**USUAL, **parameters}
    settings.pop("log_oxygen", None)  # a feature of candidates, not a setting
    film = grow(settings.pop("oxygen"), thickness=THICKNESS, **settings)
    if film.failure:
        return Measured(film.sheet_resistance, np.nan, np.nan, film.failure)
    return _probed(film.sheet_resistance, seed, number)


def by_flow(parameters: Mapping[str, Any], seed: int, number: int) -> Measured:
    """The same film from a metal target with oxygen by flow: `approach` is what the target was before, and where a
    flow leads to depends on it.
    """
    coverage = {"clean": 0.0, "poisoned": 1.0}[parameters["approach"]]
    oxygen = settled_pressure(parameters["flow"], 100.0, TARGETS["metal"], coverage)
    return titanate({"oxygen": oxygen, "target": "metal"}, seed, number)


def mixed_oxide(parameters: Mapping[str, Any], seed: int, number: int) -> Measured:
    """Sheet resistance of 100 nm of In-Zn-Sn oxide in ohm per square."""
    shares = np.array([parameters[name] for name in ("indium", "zinc", "tin")])
    film = _film(MixedOxide(), parameters["temperature"], {}, shares, 1.0)
    return _probed(film.sheet_resistance, seed, number)


def lithium_cobaltate(parameters: Mapping[str, Any], seed: int, number: int) -> Measured:
    """Height of the (104) peak of LiCoO2 over that of (003), from the counts of a scan: the smaller, the better the
    layers lie. Scatter from run to run tilts the grains.
    """
    angles = [18.93 + OFFSETS, 45.26 + OFFSETS]
    true = _film(LithiumCobaltate(), parameters["temperature"], parameters, np.ones(3), 1.0)
    grown = _film(
        LithiumCobaltate(), parameters["temperature"], parameters, np.ones(3), scatter_of(seed, number, SCATTER)
    )
    chance = np.random.default_rng([seed, number, 2])
    (upright, of_upright), (tilted, of_tilted) = (_peak(scan_counts(one, grown, chance), one) for one in angles)
    exact = [float((pattern(one, true) - pattern(one, None)).sum()) for one in angles]
    if upright < 3.0 * of_upright or tilted < 3.0 * of_tilted:
        return Measured(exact[1] / exact[0], np.nan, np.nan, "no peaks")
    ratio = tilted / upright
    return Measured(exact[1] / exact[0], ratio, ratio * float(np.hypot(of_upright / upright, of_tilted / tilted)))


OFFSETS = np.linspace(-0.5, 0.5, 51)
"""Degrees around a line over which its counts are added."""


def _peak(counts: Any, angles: Any) -> tuple[float, float]:
    """Counts above the background, and their standard deviation."""
    return float(counts.sum() - pattern(angles, None).sum()), float(np.sqrt(counts.sum()))


def _film(material: Material, heat: float, more: Mapping[str, Any], shares: Any, scatter: float) -> Film:
    """A film of 100 nm under constant conditions, on glass."""
    settings = {"oxygen": 7e-3, **USUAL, **more}
    values = (settings["oxygen"], settings["pressure"], settings["power"], heat, THICKNESS / NM_PER_M / 1500.0)
    deposition = Deposition(*(np.array([float(value)]) for value in values))
    layers = material.layer(deposition, SUBSTRATES["glass"], shares)
    return material.film(THICKNESS, {name: THICKNESS * float(layer[0]) for name, layer in layers.items()}, scatter)


def _probed(sheet_resistance: float, seed: int, number: int) -> Measured:
    """With the scatter of this growth, and the error of the probe of this seed."""
    grown = sheet_resistance * scatter_of(seed, number)
    seen = measure(grown, np.random.default_rng([seed, number, 1]), geometry_factor(seed, 0))
    return Measured(sheet_resistance, seen.value, seen.std)


def _sheet(resistivity: float) -> float:
    return resistivity / (THICKNESS * CM_PER_NM)


PROBLEMS = {
    problem.name: problem
    for problem in (
        FilmProblem(
            "oxygen", ParameterSpace((OXYGEN,)), "resistance", "ohm/sq", titanate,
            _sheet(5.94738e-4), {"oxygen": 4.70e-3}, 1.03, 20, 100, 6,
        ),
        FilmProblem(
            "recipe", ParameterSpace(RECIPE), "resistance", "ohm/sq", titanate,
            _sheet(5.6242e-4), {"oxygen": 6.813e-3, "pressure": 0.5, "power": 200.0, "temperature": 450.78},
            1.1, 40, 16, 12,
        ),
        FilmProblem(
            "materials", ParameterSpace((*RECIPE, *MATERIALS)), "resistance", "ohm/sq", titanate,
            _sheet(3.09457e-4),
            {
                "oxygen": 8.94e-3, "pressure": 0.5, "power": 200.0, "temperature": 482.38,
                "target": "metal", "substrate": "strontium_titanate",
            },
            1.1, 40, 20, 25,
        ),
        FilmProblem(
            "flow",
            ParameterSpace((Range("flow", 0.1, 3.0, "sccm", "log"), Choice("approach", ("clean", "poisoned")))),
            "resistance", "ohm/sq", by_flow,
            _sheet(6.27754e-4), {"flow": 0.620882, "approach": "poisoned"}, 1.1, 40, 20, 20,
        ),
        FilmProblem(
            "prism",
            ParameterSpace((Range("temperature", 25.0, 600.0, "C"),), (Composition(("indium", "zinc", "tin")),)),
            "resistance", "ohm/sq", mixed_oxide,
            _sheet(4.07562e-4), {"temperature": 300.0, "indium": 0.55, "zinc": 0.25, "tin": 0.20},
            1.0 / 0.95, 40, 20, 20,
        ),
        FilmProblem(
            "licoo2",
            ParameterSpace(
                (
                    Range("oxygen", 1e-3, 1.0, "Pa", "log"),
                    Range("pressure", 0.2, 3.0, "Pa", "log"),
                    Range("power", 20.0, 200.0, "W"),
                    Range("temperature", 250.0, 700.0, "C"),
                )
            ),
            "peak ratio (104) / (003)", "", lithium_cobaltate,
            0.112037, {"oxygen": 0.0631, "pressure": 0.8, "power": 90.0, "temperature": 520.0},
            1.1, 40, 20, 25,
        ),
    )
}  # fmt: skip
"""The optima are those of a differential evolution over the formulas; the tests look for better ones."""
