import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.report.notation import heading, interval, readable_unit, short, with_unit


@pytest.mark.parametrize(
    ("written", "readable"),
    [("J/m^2", "J/m²"), ("", ""), ("eV", "eV"), ("m^-1", "m⁻¹"), ("J/m^2/K^4", "J/m²/K⁴"), ("x^n", "x^n")],
)
def test_powers_of_units_are_raised(written, readable):
    assert readable_unit(written) == readable


def test_a_number_without_a_unit_stands_alone():
    assert with_unit("0.9511", "") == "0.9511"
    assert heading("yield", "") == "yield"
    assert heading("gb_energy", "J/m^2") == "gb_energy (J/m²)"


@pytest.mark.parametrize(
    ("mean", "deviation", "written"),
    [
        (0.95233111, 5.5e-5, "0.952331 ± 0.000055"),
        (0.95233111, 5.5e-7, "0.952331 ± 5.5e-07"),
        (0.9518, 0.0032, "0.9518 ± 0.0032"),
        (1234.5, 12.0, "1234 ± 12"),
        (1234.5, 1200.0, "1234.5 ± 1.2e+03"),
        (0.5, 0.0, "0.5"),
        (0.5, math.nan, "0.5"),
    ],
)
def test_a_mean_has_the_decimals_of_its_deviation(mean, deviation, written):
    assert interval(mean, deviation) == written


@given(mean=st.floats(-1e3, 1e3), deviation=st.floats(1e-5, 9.0))
@settings(deadline=None)
def test_what_is_written_is_right_to_a_tenth_of_the_deviation(mean, deviation):
    written, spread = interval(mean, deviation).split(" ± ")
    assert float(written) == pytest.approx(mean, abs=0.1 * deviation)
    assert float(spread) == pytest.approx(deviation, rel=0.1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(2.6270494945, 2.62705), (0.0, 0), (3, 3), (True, True), ("Cu", "Cu"), (1e9, 1e9), (math.inf, math.inf)],
)
def test_parameters_are_short(value, shown):
    assert short(value) == shown
    assert isinstance(short(value), type(shown))
