"""In-Zn-Sn oxide: a best composition for every temperature."""

import numpy as np
import pytest

from simulators.thin_film.deposit import deposition_at
from simulators.thin_film.film import SUBSTRATES
from simulators.thin_film.mixed_oxide import MixedOxide


def resistivity(temperature, *shares):
    one = np.ones(1)
    grown = deposition_at(7e-3, 0.5 * one, 100.0, temperature * one, 1e18, one)
    layers = MixedOxide().layer(grown, SUBSTRATES["glass"], np.array(shares))
    return (
        MixedOxide().film(1000.0, {name: 1000.0 * float(value[0]) for name, value in layers.items()}, 1.0).resistivity
    )


def test_the_best_film_is_where_the_docstring_says():
    best = resistivity(300.0, 0.55, 0.25, 0.20)
    assert best == pytest.approx(4.0e-4, rel=0.01)
    chance = np.random.default_rng(0)
    others = [resistivity(chance.uniform(25, 600), *chance.dirichlet(np.ones(3))) for _ in range(300)]
    assert min(others) > best


def test_the_best_composition_wanders_with_heat():
    cold, hot = (0.45, 0.35, 0.20), (0.65, 0.15, 0.20)
    assert resistivity(100.0, *cold) < resistivity(100.0, *hot)
    assert resistivity(500.0, *hot) < resistivity(500.0, *cold)


def test_only_the_ratio_of_the_shares_matters():
    assert resistivity(300.0, 1.1, 0.5, 0.4) == pytest.approx(resistivity(300.0, 0.55, 0.25, 0.20))


def test_a_pure_component_conducts_badly():
    assert resistivity(300.0, 0.0, 1.0, 0.0) > 10.0 * resistivity(300.0, 0.55, 0.25, 0.20)
