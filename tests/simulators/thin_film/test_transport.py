"""Keller and Simmons: what arrives through the gas."""

import numpy as np
import pytest

from simulators.thin_film.transport import arriving_share


@pytest.mark.parametrize(
    ("pressure", "share"), [(0.2, 0.9122), (0.5, 0.7991), (1.0, 0.6501), (2.0, 0.4529), (3.0, 0.3354)]
)
def test_the_share_is_that_of_the_reference(pressure, share):
    assert arriving_share(pressure) == pytest.approx(share, abs=5.1e-5)


def test_without_gas_everything_arrives():
    assert arriving_share(1e-6) == pytest.approx(1.0, abs=1e-6)


def test_in_dense_gas_the_flux_falls_with_the_inverse_pressure():
    assert arriving_share(200.0) == pytest.approx(0.5 * arriving_share(100.0), rel=1e-9)


def test_numbers_and_arrays_of_them_agree():
    pressures = np.array([0.2, 0.7, 3.0])
    assert arriving_share(pressures) == pytest.approx([arriving_share(float(one)) for one in pressures], rel=1e-14)
