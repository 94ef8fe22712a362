import numpy as np
import pytest

from simulators.precipitate.discrepancy import ObservedShape, shape_error
from simulators.precipitate.energy import Precipitate
from simulators.precipitate.errors import UnusablePrecipitate
from simulators.precipitate.shape import equilibrium_aspect


def precipitate(interface_energy=0.08):
    return Precipitate(17.0, 0.3, -0.004, 0.03, interface_energy)


def test_the_parameters_behind_the_shapes_have_no_error_and_others_have():
    seen = [ObservedShape(radius, equilibrium_aspect(precipitate(), radius)) for radius in (3.0, 10.0)]
    assert shape_error(precipitate(), seen) == 0.0
    assert shape_error(precipitate(interface_energy=0.02), seen) > 0.1


def test_the_error_of_shapes_that_are_all_half_as_flat_is_the_logarithm_of_two():
    seen = [ObservedShape(radius, 2.0 * equilibrium_aspect(precipitate(), radius)) for radius in (3.0, 10.0)]
    assert shape_error(precipitate(), seen) == pytest.approx(np.log(2.0))


def test_shapes_that_are_none_are_refused():
    for seen in ([], [ObservedShape(3.0, 0.0)], [ObservedShape(3.0, float("nan"))]):
        with pytest.raises(UnusablePrecipitate):
            shape_error(precipitate(), seen)
