"""LiCoO2: the ratio of two X-ray peaks as a landscape with one best place inside its bounds."""

import numpy as np
import pytest

from simulators.thin_film.deposit import deposition_at
from simulators.thin_film.diffraction import pattern
from simulators.thin_film.film import SUBSTRATES
from simulators.thin_film.lithium_cobaltate import ORIENTED, SPINEL, LithiumCobaltate

BEST = {"oxygen": 0.06, "pressure": 0.8, "power": 90.0, "temperature": 520.0}


def film(substrate="glass", scatter=1.0, **changed):
    at = {**BEST, **changed}
    one = np.ones(1)
    grown = deposition_at(at["oxygen"], at["pressure"] * one, at["power"], at["temperature"] * one, 1e18, one)
    layers = LithiumCobaltate().layer(grown, SUBSTRATES[substrate], np.ones(3))
    return LithiumCobaltate().film(100.0, {name: 100.0 * float(value[0]) for name, value in layers.items()}, scatter)


def ratio(grown):
    """Height of (003) over that of (104), background removed."""
    angles = np.array([18.93, 45.26])
    upright, tilted = pattern(angles, grown) - pattern(angles, None)
    return upright / tilted


def test_the_best_recipe_gives_the_highest_peak_ratio():
    highest = ratio(film())
    for name, factors in {
        "oxygen": (0.2, 5.0),
        "pressure": (0.4, 2.0),
        "power": (0.5, 1.8),
        "temperature": (0.8, 1.2),
    }.items():
        for factor in factors:
            assert ratio(film(**{name: factor * BEST[name]})) < 0.9 * highest


def test_a_cold_film_shows_no_lines():
    assert sum(film(temperature=100.0).phases.values()) < 0.01


def test_heat_and_lack_of_oxygen_leave_cobalt_oxide():
    assert film(temperature=750.0).phases[SPINEL] > 0.5
    assert film(oxygen=1e-4).phases[SPINEL] > 0.5
    assert film().phases[SPINEL] < 0.1


def test_an_upright_lattice_below_helps():
    assert film("sapphire").phases[ORIENTED] > film("glass").phases[ORIENTED]


def test_the_shares_of_a_film_are_a_whole_at_most_whatever_chance_does():
    for scatter in (0.5, 1.0, 2.0):
        shares = film(scatter=scatter).phases
        assert min(shares.values()) >= 0.0
        assert sum(shares.values()) == pytest.approx(sum(film().phases.values()))


def test_run_to_run_scatter_moves_the_ratio():
    assert ratio(film(scatter=0.9)) > ratio(film()) > ratio(film(scatter=1.1))
