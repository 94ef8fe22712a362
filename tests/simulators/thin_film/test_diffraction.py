"""X-ray patterns: lines where Bragg puts them, widths of Scherrer, counts of Poisson."""

import numpy as np
import pytest

from simulators.thin_film.diffraction import LINES, line_width, pattern, scan_angles, scan_counts
from simulators.thin_film.film import Film
from simulators.thin_film.growth import grow
from simulators.thin_film.niobium_titanate import crystallite

ANGLES = scan_angles(20.0, 60.0, 0.02)


def film_at(temperature):
    grown = grow(7e-3, 0.5, 100.0, temperature)
    phases = {"anatase": grown.anatase, "rutile": grown.rutile}
    return Film(100.0, grown.resistivity, phases=phases, crystallite=crystallite(100.0, temperature))


@pytest.mark.parametrize(("temperature", "strongest"), [(400.0, 25.28), (625.0, 27.45)])
def test_the_strongest_line_is_that_of_the_phase_the_heat_has_made(temperature, strongest):
    counts = scan_counts(ANGLES, film_at(temperature), np.random.default_rng(1))
    excess = counts - pattern(ANGLES, None)
    assert ANGLES[np.argmax(np.convolve(excess, np.ones(9), "same"))] == pytest.approx(strongest, abs=0.04)


@pytest.mark.parametrize(
    ("phase", "positions"),
    [
        ("anatase", (25.28, 37.80, 48.05)),
        ("rutile", (27.45, 36.09, 54.34)),
        ("LiCoO2 (001)", (18.93,)),
        ("LiCoO2 random", (18.93, 37.39, 45.25)),
    ],
)
def test_lines_lie_where_the_crystals_have_them(phase, positions):
    assert [line.position for line in LINES[phase]] == pytest.approx(positions, abs=0.015)


def test_the_spinel_line_of_a_film_that_lost_lithium_lies_at_37_degrees():
    assert max(LINES["Co3O4"], key=lambda line: line.weight).position == pytest.approx(36.9, abs=0.06)


def test_an_amorphous_film_shows_the_background_alone():
    assert pattern(ANGLES, film_at(25.0)) == pytest.approx(pattern(ANGLES, None), rel=1e-2)


def test_small_grains_make_wide_lines():
    assert line_width(25.28, 8.0) == pytest.approx(1.02, abs=0.01)
    assert line_width(25.28, 1e5) == pytest.approx(0.08, abs=1e-3)


def test_counts_scatter_as_their_own_square_root():
    expected = pattern(ANGLES, film_at(400.0))
    counts = scan_counts(ANGLES, film_at(400.0), np.random.default_rng(4))
    chi_square = ((counts - expected) ** 2 / expected).mean()
    assert counts.dtype.kind == "i"
    assert chi_square == pytest.approx(1.0, abs=5.0 * np.sqrt(2.0 / len(ANGLES)))


def test_a_scan_holds_both_ends():
    assert (len(ANGLES), ANGLES[0], ANGLES[-1]) == (2001, 20.0, pytest.approx(60.0))
