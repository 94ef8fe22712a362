from math import asin, atanh, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.precipitate.energy import Precipitate, surface_per_volume
from simulators.precipitate.errors import UnusablePrecipitate

MATRIX = {"shear_modulus": 17.0, "poisson_ratio": 0.3, "interface_energy": 0.08}
MU, NU = 17e9, 0.3
SHAPES = (1e-4, 0.2, 0.999, 1.0, 1.001, 6.0, 1e4)
misfits = st.floats(-0.05, 0.05)


def energy(misfit_a, misfit_c, aspect):
    return Precipitate(**MATRIX, misfit_a=misfit_a, misfit_c=misfit_c).elastic_energy(aspect)


@pytest.mark.parametrize("aspect", SHAPES)
def test_a_dilatation_costs_the_same_in_every_shape(aspect):
    """Bitter and Crum: 2 μ (1 + ν) / (1 - ν) ε² per volume."""
    assert energy(0.01, 0.01, aspect) == pytest.approx(2.0 * MU * (1.0 + NU) / (1.0 - NU) * 1e-4, rel=1e-9)


def test_a_plate_that_misfits_along_its_normal_costs_nothing():
    assert energy(0.0, 0.03, 1e-7) < 1e-6 * energy(0.0, 0.03, 1.0)


def test_a_plate_that_misfits_in_its_plane_is_a_stretched_film():
    """E / (1 - ν) ε² per volume."""
    assert energy(0.01, 0.0, 1e-7) == pytest.approx(2.0 * MU * (1.0 + NU) / (1.0 - NU) * 1e-4, rel=1e-6)


def test_a_needle_that_misfits_along_its_axis():
    """μ / (1 - ν) ε² per volume: the constrained strain vanishes along the axis and is ν ε / 2 (1 - ν) across."""
    assert energy(0.0, 0.01, 1e5) == pytest.approx(MU / (1.0 - NU) * 1e-4, rel=1e-6)


@given(misfits, misfits, st.floats(0.01, 100.0))
def test_elastic_energy_is_never_negative_and_quadratic_in_the_misfit(a, c, aspect):
    once = float(energy(a, c, aspect))
    assert once >= -1e-3
    assert energy(2.0 * a, 2.0 * c, aspect) == pytest.approx(4.0 * once, rel=1e-9, abs=1e-3)


def test_the_sphere_has_three_over_its_radius():
    assert surface_per_volume(1.0) == pytest.approx(3.0, rel=1e-15)
    ball = Precipitate(**MATRIX, misfit_a=0.0, misfit_c=0.0)
    assert ball.energy(1.0, radius=4.0) == pytest.approx(3.0 * 0.08 / 4e-9)


def test_the_surfaces_of_plates_and_needles_are_those_of_the_textbook():
    for alpha in (0.05, 0.6, 0.98):
        e = sqrt(1.0 - alpha**2)
        surface = 2.0 * pi * (1.0 + alpha**2 / e * atanh(e))
        assert surface_per_volume(alpha) == pytest.approx(surface / (4.0 / 3.0 * pi) * alpha ** (-2.0 / 3.0))
    for alpha in (1.02, 3.0, 40.0):
        e = sqrt(1.0 - alpha**-2)
        surface = 2.0 * pi * (1.0 + alpha / e * asin(e))
        assert surface_per_volume(alpha) == pytest.approx(surface / (4.0 / 3.0 * pi) * alpha ** (-2.0 / 3.0))


@given(st.floats(0.01, 100.0))
def test_no_spheroid_has_less_surface_than_the_sphere(aspect):
    assert surface_per_volume(aspect) >= 3.0 - 1e-12


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shear_modulus", 0.0),
        ("poisson_ratio", 0.5),
        ("poisson_ratio", -1.0),
        ("interface_energy", -0.1),
        ("misfit_c", np.nan),
        ("misfit_a", np.inf),
    ],
)
def test_what_is_no_precipitate_is_refused_by_name(name, value):
    with pytest.raises(UnusablePrecipitate, match=name):
        Precipitate(**{**MATRIX, "misfit_a": 0.0, "misfit_c": 0.01, name: value})
