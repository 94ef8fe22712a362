from math import acos, acosh, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.precipitate.eshelby import eshelby_tensor

ratios = st.floats(-0.9, 0.49)
COMPONENTS = ("s1111", "s1122", "s1133", "s3311", "s3333")


def closed_form(alpha, nu):
    """Mura 1987, eqs. 11.16, 11.28 and 11.29, for semi-axes 1, 1, alpha."""
    if alpha < 1.0:
        i1 = 2.0 * pi * alpha * (1.0 - alpha**2) ** -1.5 * (acos(alpha) - alpha * sqrt(1.0 - alpha**2))
    else:
        i1 = 2.0 * pi * alpha * (alpha**2 - 1.0) ** -1.5 * (alpha * sqrt(alpha**2 - 1.0) - acosh(alpha))
    i3 = 4.0 * pi - 2.0 * i1
    i13 = (i1 - i3) / (alpha**2 - 1.0)
    i11, i33 = pi - i13 / 4.0, (4.0 * pi / alpha**2 - 2.0 * i13) / 3.0
    q = 1.0 / (8.0 * pi * (1.0 - nu))
    r = (1.0 - 2.0 * nu) * q
    return {
        "s1111": 3.0 * q * i11 + r * i1,
        "s1122": q * i11 - r * i1,
        "s1133": q * alpha**2 * i13 - r * i1,
        "s3311": q * i13 - r * i3,
        "s3333": 3.0 * q * alpha**2 * i33 + r * i3,
    }


@given(ratios)
def test_the_sphere_has_the_tensor_of_the_textbook(nu):
    tensor = eshelby_tensor(1.0, nu)
    for name in ("s1111", "s3333"):
        assert getattr(tensor, name) == pytest.approx((7.0 - 5.0 * nu) / (15.0 * (1.0 - nu)), abs=1e-14)
    for name in ("s1122", "s1133", "s3311"):
        assert getattr(tensor, name) == pytest.approx((5.0 * nu - 1.0) / (15.0 * (1.0 - nu)), abs=1e-14)


@given(st.floats(0.02, 0.9) | st.floats(1.1, 50.0), ratios)
def test_plates_and_needles_have_the_closed_form_of_mura(alpha, nu):
    tensor, expected = eshelby_tensor(alpha, nu), closed_form(alpha, nu)
    for name in COMPONENTS:
        assert getattr(tensor, name) == pytest.approx(expected[name], abs=2e-11)


@given(st.floats(-1e-7, 1e-7), ratios)
def test_nothing_is_lost_near_the_sphere(shift, nu):
    near, sphere = eshelby_tensor(1.0 + shift, nu), eshelby_tensor(1.0, nu)
    for name in COMPONENTS:
        assert getattr(near, name) == pytest.approx(float(getattr(sphere, name)), abs=1e-6)


def test_a_thin_plate_strains_freely_along_its_normal_and_not_in_its_plane():
    tensor = eshelby_tensor(1e-6, 0.3)
    assert tensor.s3333 == pytest.approx(1.0, abs=1e-5)
    assert tensor.s1111 == pytest.approx(0.0, abs=1e-5)
    assert tensor.s1122 == pytest.approx(0.0, abs=1e-5)
    assert tensor.s3311 == pytest.approx(0.3 / 0.7, abs=1e-5)


def test_a_long_needle_cannot_strain_along_its_axis():
    tensor = eshelby_tensor(1e4, 0.3)
    assert tensor.s3333 == pytest.approx(0.0, abs=1e-6)
    assert tensor.s3311 == pytest.approx(0.0, abs=1e-6)
    assert tensor.s1111 == pytest.approx((5.0 - 4.0 * 0.3) / (8.0 * 0.7), abs=1e-6)
    assert tensor.s1133 == pytest.approx(0.3 / (2.0 * 0.7), abs=1e-6)


@given(st.floats(0.01, 100.0), ratios)
def test_the_trace_of_the_strain_of_a_dilatation_does_not_depend_on_the_shape(alpha, nu):
    tensor = eshelby_tensor(alpha, nu)
    trace = 2.0 * (tensor.s1111 + tensor.s1122 + tensor.s1133) + 2.0 * tensor.s3311 + tensor.s3333
    assert trace == pytest.approx((1.0 + nu) / (1.0 - nu), abs=1e-9)


def test_many_aspect_ratios_are_computed_at_once():
    aspects = np.array([0.1, 1.0, 7.0])
    together = eshelby_tensor(aspects, 0.25)
    for place, aspect in enumerate(aspects):
        assert together.s1133[place] == eshelby_tensor(aspect, 0.25).s1133
