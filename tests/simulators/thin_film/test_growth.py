"""One growth in one call: the reference values, to four digits, and why growths fail."""

import numpy as np
import pytest

from simulators.thin_film.berg import TARGETS
from simulators.thin_film.growth import grow, grow_many, scatter_of

NM_PER_MIN = 1e-9 / 60.0
REFERENCE = [  # pO2, p, P, T; rho, n, mu, anatase, rutile, nm/min, coverage
    ((7e-3, 0.5, 100.0, 400.0), (6.2255e-4, 1.3274e21, 7.5530, 0.9564, 0.0003, 4.3347, 0.8170)),
    ((1e-4, 0.5, 100.0, 400.0), (2.5263e-2, 1.9298e21, 0.1280, 0.9564, 0.0003, 7.9916, 0.0599)),
    ((1e-1, 0.5, 100.0, 400.0), (3.4232e-3, 2.2962e20, 7.9404, 0.9564, 0.0003, 3.5251, 0.9846)),
    ((7e-3, 0.5, 100.0, 25.0), (6.6733e-1, 4.6967e20, 0.0199, 0.0000, 0.0000, 4.3347, 0.8170)),
    ((7e-3, 0.5, 100.0, 625.0), (4.4063e-3, 1.7115e21, 0.8277, 0.0934, 0.9066, 4.3347, 0.8170)),
    ((7e-3, 1.5, 50.0, 500.0), (5.8424e-4, 1.4586e21, 7.3241, 0.9661, 0.0319, 1.3257, 0.8993)),
    ((6.81e-3, 0.49975, 200.0, 450.78), (5.6242e-4, 1.4886e21, 7.4551, 0.9924, 0.0035, 9.9486, 0.6847)),
]
USUAL = (7e-3, 0.5, 100.0, 400.0)


@pytest.mark.parametrize(("recipe", "expected"), REFERENCE)
def test_a_film_is_that_of_the_reference_to_four_digits(recipe, expected):
    resistivity, carriers, mobility, anatase, rutile, rate, coverage = expected
    film = grow(*recipe)
    assert f"{film.resistivity:.4e}" == f"{resistivity:.4e}"
    assert f"{film.carriers:.4e}" == f"{carriers:.4e}"
    assert film.mobility == pytest.approx(mobility, abs=5.1e-5)
    assert (film.anatase, film.rutile, film.coverage) == pytest.approx((anatase, rutile, coverage), abs=5.1e-5)
    assert film.rate / NM_PER_MIN == pytest.approx(rate, abs=5.1e-5)
    assert film.failure == ""


def test_the_metal_target_grows_faster_and_a_little_better():
    film = grow(*USUAL, target="metal")
    assert f"{film.resistivity:.4e}" == "6.1164e-04"
    assert film.rate / NM_PER_MIN == pytest.approx(8.1096, abs=5.1e-5)
    assert film.coverage == pytest.approx(0.8480, abs=5.1e-5)


@pytest.mark.parametrize(
    ("temperature", "resistivity"),
    [
        (25.0, "6.67e-01"),
        (250.0, "2.41e-02"),
        (325.0, "1.38e-03"),
        (400.0, "6.23e-04"),
        (475.0, "5.67e-04"),
        (550.0, "8.40e-04"),
        (625.0, "4.41e-03"),
        (700.0, "6.98e-03"),
    ],
)
def test_resistivity_over_temperature_has_one_valley_between_amorphous_and_rutile(temperature, resistivity):
    assert f"{grow(7e-3, 0.5, 100.0, temperature).resistivity:.2e}" == resistivity


@pytest.mark.parametrize(
    ("thickness", "resistivity"), [(10.0, 1.854e-3), (25.0, 9.668e-4), (50.0, 7.068e-4), (200.0, 6.113e-4)]
)
def test_a_thin_film_conducts_worse(thickness, resistivity):
    assert grow(*USUAL, thickness=thickness).resistivity == pytest.approx(resistivity, rel=5e-4)


@pytest.mark.parametrize(("pressure", "rate"), [(0.2, 4.948), (0.5, 4.335), (1.0, 3.526), (2.0, 2.457), (3.0, 1.819)])
def test_gas_slows_the_growth(pressure, rate):
    assert grow(7e-3, pressure, 100.0, 400.0).rate / NM_PER_MIN == pytest.approx(rate, abs=5.1e-4)


@pytest.mark.parametrize(
    ("power", "rate"), [(20.0, 0.732), (50.0, 1.969), (100.0, 4.335), (150.0, 6.998), (200.0, 9.890)]
)
def test_power_cleans_the_target_so_the_rate_rises_faster_than_the_power(power, rate):
    assert grow(7e-3, 0.5, power, 400.0).rate / NM_PER_MIN == pytest.approx(rate, abs=5.1e-4)


@pytest.mark.parametrize(
    ("recipe", "more", "reason"),
    [
        ((7e-3, 0.19, 100.0, 400.0), {}, "no plasma"),
        ((3e-2, 0.5, 200.0, 400.0), {}, "arcing on a poisoned target"),
        (USUAL, {"thickness": 7.0}, "film not continuous"),
        ((1e-9, 2.0, 20.0, 25.0), {"thickness": 8.0, "scatter": 1e4}, "over range"),
    ],
)
def test_a_growth_fails_with_its_reason(recipe, more, reason):
    assert grow(*recipe, **more).failure == reason


def test_arcing_begins_between_two_and_three_hundredths_of_a_pascal():
    below, above = grow(2e-2, 0.5, 200.0, 400.0), grow(3e-2, 0.5, 200.0, 400.0)
    assert (below.failure, above.failure) == ("", "arcing on a poisoned target")
    assert (below.coverage, above.coverage) == pytest.approx((0.864, 0.905), abs=5.1e-4)


def test_one_growth_and_many_of_them_agree():
    chance = np.random.default_rng(3)
    recipes = np.stack(
        [
            10.0 ** chance.uniform(-4, -1, 200),
            chance.uniform(0.1, 2, 200),
            chance.uniform(20, 200, 200),
            chance.uniform(25, 650, 200),
        ]
    )
    resistivity, succeeds = grow_many(*recipes, target=TARGETS["metal"], substrate="sapphire")
    single = [grow(*map(float, recipe), target="metal", substrate="sapphire") for recipe in recipes.T]
    assert resistivity == pytest.approx([film.resistivity for film in single], rel=1e-12)
    assert succeeds.tolist() == [not film.failure for film in single]


def test_random_recipes_fail_as_often_as_the_reference_says():
    low, high = np.array([-4, 0.1, 20, 25]), np.array([-1, 2.0, 200, 650])
    recipes = (low[:, None] + (high - low)[:, None] * np.random.default_rng(0).random((4, 20000))).T
    resistivity, succeeds = grow_many(10.0 ** recipes[:, 0], *recipes[:, 1:].T)
    assert 1.0 - succeeds.mean() == pytest.approx(0.072, abs=0.006)
    assert (succeeds & (resistivity < 2.0 * 5.624e-4)).mean() == pytest.approx(0.13, abs=0.01)
    assert (succeeds & (resistivity < 1.1 * 5.624e-4)).mean() == pytest.approx(0.024, abs=0.004)


def test_the_best_oxygen_pressure_is_where_the_reference_has_it():
    pressures = np.geomspace(1e-4, 1e-1, 301)
    resistivity, _ = grow_many(pressures, np.full(301, 0.5), np.full(301, 100.0), np.full(301, 400.0))
    best = resistivity.argmin()
    assert f"{resistivity[best]:.3e} at {pressures[best]:.2e}" == "5.947e-04 at 4.68e-03"
    assert (resistivity <= 1.1 * resistivity[best]).mean() == pytest.approx(0.156, abs=0.002)
    assert (resistivity <= 1.03 * resistivity[best]).mean() == pytest.approx(0.083, abs=0.002)


def test_scatter_belongs_to_the_number_of_the_growth_alone():
    assert scatter_of(5, 7) == scatter_of(5, 7)
    assert scatter_of(5, 7) != scatter_of(5, 8)
    drawn = np.log([scatter_of(1, number) for number in range(2000)])
    assert drawn.std() == pytest.approx(0.069, rel=0.05)


def test_the_lattice_of_the_substrate_decides_how_good_a_film_can_be():
    films = {name: grow(4e-3, 0.5, 100.0, 450.0, substrate=name) for name in ("glass", "strontium_titanate")}
    assert 2.5e-4 < films["strontium_titanate"].resistivity < 3.5e-4
    assert films["glass"].resistivity > 5e-4


def test_sapphire_turns_to_rutile_earlier():
    assert grow(7e-3, 0.5, 100.0, 525.0, substrate="sapphire").rutile > 0.5 > grow(7e-3, 0.5, 100.0, 525.0).rutile


def test_a_target_with_less_niobium_gives_fewer_electrons_and_more_resistance():
    ceramic, reduced = grow(*USUAL), grow(*USUAL, target="ti2o3")
    assert reduced.carriers < 0.8 * ceramic.carriers
    assert reduced.resistivity > 1.2 * ceramic.resistivity
