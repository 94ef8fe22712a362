"""Layers added up while conditions change."""

import numpy as np
import pytest

from simulators.thin_film.deposit import deposition_at, gained, instants
from simulators.thin_film.film import SUBSTRATES
from simulators.thin_film.growth import grow
from simulators.thin_film.niobium_titanate import NiobiumTitanate

USUAL = (7e-3, 0.5, 100.0, 400.0)


def test_constant_conditions_give_the_film_of_the_one_call():
    expected = grow(*USUAL)
    seconds = 100e-9 / expected.rate

    def conditions(times):
        one = np.ones_like(times)
        return deposition_at(7e-3, 0.5 * one, 100.0, 400.0 * one, 2.648939916305733e18, one)

    sums = gained(NiobiumTitanate(), SUBSTRATES["glass"], np.ones(3), conditions, seconds)
    film = NiobiumTitanate().film(sums["thickness"], sums, 1.0)
    assert film.thickness == pytest.approx(100.0, rel=1e-9)
    assert film.resistivity == pytest.approx(expected.resistivity, rel=1e-9)
    assert film.phases["anatase"] == pytest.approx(expected.anatase, rel=1e-12)


@pytest.mark.parametrize("seconds", [0.7, 30.0, 31.0, 1500.0])
def test_the_instants_weigh_as_much_as_the_time_and_integrate_a_heater_that_settles(seconds):
    times, weights = instants(seconds)
    assert weights.sum() == pytest.approx(seconds, rel=1e-12)
    assert weights @ np.exp(-times / 180.0) == pytest.approx(180.0 * -np.expm1(-seconds / 180.0), rel=1e-9)
