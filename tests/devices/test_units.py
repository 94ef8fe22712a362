"""The units of a rig file (R19)."""

import math

import pytest

from devices.units import (
    UnknownUnit,
    convert,
    difference_to_si,
    dimension,
    from_si,
    known_units,
    to_si,
    unit,
)


@pytest.mark.parametrize("symbol", known_units())
def test_r19_every_unit_comes_back_from_si(symbol):
    assert from_si(to_si(12.5, symbol), symbol) == pytest.approx(12.5, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "symbol", "expected"),
    [
        (760.0, "Torr", 101325.0),
        (5.0, "mTorr", 0.6666118),
        (1.0, "mbar", 100.0),
        (400.0, "C", 673.15),
        (0.3, "kW", 300.0),
        (90.0, "deg", math.pi / 2),
        (60.0, "nm/min", 1e-9),
        (2.0, "kWh", 7.2e6),
        (12.0, "%", 0.12),
        (62.25, "ohm/sq", 62.25),
        (6.2255e-4, "ohm cm", 6.2255e-6),
    ],
)
def test_r19_a_value_is_si_inside(value, symbol, expected):
    assert to_si(value, symbol) == pytest.approx(expected, rel=1e-7)


def test_r19_a_standard_cubic_centimetre_per_minute_is_4_478e17_molecules_per_second():
    assert convert(1.0, "sccm", "molecules/s") == pytest.approx(4.478e17, rel=1e-4)


def test_half_a_degree_of_tolerance_is_half_a_kelvin():
    assert difference_to_si(0.5, "C") == 0.5
    assert difference_to_si(5.0, "mTorr") == pytest.approx(0.66661, rel=1e-5)


def test_a_value_is_converted_only_within_its_dimension():
    assert convert(1.0, "Pa", "mbar") == pytest.approx(0.01)
    assert convert(25.0, "C", "K") == pytest.approx(298.15)
    with pytest.raises(UnknownUnit, match="'sccm' measures flow and 'Pa' pressure"):
        convert(1.0, "sccm", "Pa")


def test_resistance_and_sheet_resistance_are_not_the_same():
    assert dimension("ohm") != dimension("ohm/sq")


@pytest.mark.parametrize(("wrong", "meant"), [("mtorr", "mTorr"), ("SCCM", "sccm"), ("ohms", "ohm"), ("celsius", None)])
def test_r19_an_unknown_unit_is_refused_and_says_what_was_perhaps_meant(wrong, meant):
    with pytest.raises(UnknownUnit, match=f"'{wrong}' is not known") as refused:
        unit(wrong)
    assert ("Did you mean" in str(refused.value)) == (meant is not None)
    if meant:
        assert f"Did you mean {meant!r}?" in str(refused.value)


def test_something_that_is_no_text_is_an_unknown_unit_too():
    with pytest.raises(UnknownUnit):
        unit(["Pa"])  # type: ignore[arg-type]
