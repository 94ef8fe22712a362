import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.precipitate.energy import Precipitate
from simulators.precipitate.errors import UnusablePrecipitate
from simulators.precipitate.shape import equilibrium_aspect


def precipitate(interface_energy=0.08, misfit_a=-0.004, misfit_c=0.03):
    return Precipitate(17.0, 0.3, misfit_a, misfit_c, interface_energy)


def test_the_larger_a_plate_the_flatter_it_is():
    found = [equilibrium_aspect(precipitate(), radius) for radius in (3.0, 6.0, 10.0, 15.0)]
    assert found == pytest.approx([0.817, 0.692, 0.580, 0.490], abs=5e-4)


@settings(max_examples=30)
@given(st.floats(0.01, 0.3), st.floats(-0.04, 0.04), st.floats(-0.04, 0.04), st.floats(1.0, 30.0))
def test_no_other_shape_has_less_energy(gamma, a, c, radius):
    one = precipitate(gamma, a, c)
    found = equilibrium_aspect(one, radius)
    others = one.energy(np.geomspace(0.01, 100.0, 2001), radius)
    assert one.energy(found, radius) <= others.min() * (1.0 + 1e-12)


def test_without_misfit_and_under_pure_dilatation_the_shape_is_a_sphere():
    assert equilibrium_aspect(precipitate(misfit_a=0.0, misfit_c=0.0), 10.0) == pytest.approx(1.0, abs=1e-6)
    assert equilibrium_aspect(precipitate(misfit_a=0.02, misfit_c=0.02), 10.0) == pytest.approx(1.0, abs=1e-5)


def test_only_interface_energy_over_radius_and_misfit_squared_matters():
    """The ratio γ / (μ e² R) is the only length-free number of the problem."""
    one = equilibrium_aspect(precipitate(0.08, -0.004, 0.03), 6.0)
    assert equilibrium_aspect(precipitate(0.16, -0.004, 0.03), 12.0) == pytest.approx(one, rel=1e-6)
    assert equilibrium_aspect(precipitate(0.32, -0.008, 0.06), 6.0) == pytest.approx(one, rel=1e-6)


def test_a_misfit_across_the_axis_makes_needles():
    assert equilibrium_aspect(precipitate(misfit_a=0.03, misfit_c=0.0), 10.0) > 1.5


@pytest.mark.parametrize("radius", [0.0, -1.0, np.nan, np.inf])
def test_a_size_that_is_none_is_refused(radius):
    with pytest.raises(UnusablePrecipitate, match="radius"):
        equilibrium_aspect(precipitate(), radius)
