import math
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from orchestrator.analysis.conformance import BEFORE, AnalysisConformance
from orchestrator.analysis.errors import AnalysisError
from orchestrator.analysis.pattern import fit_lines, maxima
from orchestrator.analysis.record import Measurement, Record
from orchestrator.analysis.xrd_peaks import TITANIA, XrdPeaksSettings

ANGLES = np.arange(2001) * 0.02 + 20
SETTINGS = XrdPeaksSettings(ratio={"of": ("anatase", 1), "to": ("rutile", 1)})


def expected_counts(anatase: float, rutile: float, nanometres: float = 100.0, crystal: float = 26.75) -> np.ndarray:
    """Counts without noise, by the formulas of the simulated diffractometer, written down once more."""
    total = 30 + 400 * np.exp(-(ANGLES - 22) / 9)
    for phase, share in (("anatase", anatase), ("rutile", rutile)):
        for line in TITANIA[phase]:
            theta = math.asin(1.5406 / (2 * line.d))
            own = math.degrees(0.9 * 1.5406 / (10 * crystal * math.cos(theta)))
            width = math.hypot(0.08, own)
            height = 2e4 * line.weight * share * nanometres / 100 * 0.15 * 0.08 / width
            total = total + height / (1 + ((ANGLES - 2 * math.degrees(theta)) / (width / 2)) ** 2)
    return total


def pattern(anatase: float, rutile: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).poisson(expected_counts(anatase, rutile)).astype(float)


def write(folder: Path, counts: np.ndarray) -> None:
    measured = Measurement({"two_theta": tuple(ANGLES), "counts": tuple(counts)}, {"two_theta": "deg"})
    Record("test", measurements={"diffraction": measured}).write(folder / "record.h5")


def analysed(folder: Path, counts: np.ndarray, settings: XrdPeaksSettings = SETTINGS):
    write(folder, counts)
    return settings.build().analyse(folder, BEFORE)


class TestConformance(AnalysisConformance):
    def settings(self) -> XrdPeaksSettings:
        return SETTINGS

    def fill(self, folder: Path) -> None:
        write(folder, pattern(0.7, 0.2))


@pytest.mark.parametrize(("anatase", "rutile", "angle"), [(0.956, 0.0003, 25.28), (0.0934, 0.9066, 27.45)])
def test_the_strongest_line_is_where_the_phase_has_it(anatase: float, rutile: float, angle: float):
    assert maxima(ANGLES, pattern(anatase, rutile))[0] == pytest.approx(angle, abs=0.04)


def test_fitted_positions_are_good_to_their_own_uncertainty():
    lines = [fit_lines(ANGLES, pattern(0.956, 0.0, seed), [25.2815], 0.3)[0] for seed in range(20)]
    pulls = [(line.position - 25.2815) / line.position_std for line in lines]
    assert np.std(pulls) == pytest.approx(1.0, abs=0.5)
    assert max(line.position_std for line in lines) < 0.01


def test_the_size_of_the_crystals_follows_from_the_width(tmp_path: Path):
    found = analysed(tmp_path, pattern(0.956, 0.0)).details["xrd_peaks"]["lines"][0]
    assert found["phase"] == "anatase"
    assert found["crystallite_nm"] == pytest.approx(26.75, rel=0.08)


def test_phase_fractions_are_those_of_the_film_within_their_standard_errors(tmp_path: Path):
    pulls = []
    for seed in range(6):
        fraction = analysed(tmp_path, pattern(0.6, 0.3, seed)).values["anatase_fraction"]
        assert fraction.standard_error is not None
        assert fraction.standard_error < 0.02
        pulls.append((fraction.value - 2 / 3) / fraction.standard_error)
    assert abs(np.mean(pulls)) < 1.0
    assert np.std(pulls) < 2.0


def test_a_phase_that_is_not_there_has_a_fraction_of_nothing(tmp_path: Path):
    rutile = analysed(tmp_path, pattern(0.956, 0.0)).values["rutile_fraction"]
    assert rutile.standard_error is not None
    assert rutile.value < 3 * rutile.standard_error < 0.1


def test_an_amorphous_film_has_no_proportions(tmp_path: Path):
    found = analysed(tmp_path, pattern(0.0, 0.0)).values
    assert {found[f"{phase}_fraction"].value for phase in TITANIA} == {0.0}
    assert found["anatase_fraction"].standard_error == 0.5


def test_the_ratio_of_two_lines_has_the_uncertainty_of_counted_photons(tmp_path: Path):
    found = [analysed(tmp_path, pattern(0.6, 0.3, seed)).values["peak_ratio"] for seed in range(8)]
    spread = np.std([one.value for one in found])
    assert np.mean([one.value for one in found]) == pytest.approx(2.0, rel=0.1)
    assert np.mean([one.standard_error for one in found]) == pytest.approx(spread, rel=0.6)


def test_lines_side_by_side_are_not_taken_for_one_another_and_know_how_sure_they_are():
    """Half a degree apart, as (101) of LiCoO2 and (311) of Co3O4: one is there, the other is not."""
    mean = 30 + 300 / (1 + ((ANGLES - 37.4) / 0.15) ** 2)
    pulls = []
    for seed in range(20):
        counts = np.random.default_rng(seed).poisson(mean).astype(float)
        there, absent = fit_lines(ANGLES, counts, [37.39, 36.85], 0.3)
        assert there.seen
        assert not absent.seen
        pulls += [(there.height - 300) / there.height_std, absent.height / absent.height_std]
    assert np.std(pulls) == pytest.approx(1.0, abs=0.5)


def test_the_share_of_a_line_stays_finite_where_the_other_one_vanishes(tmp_path: Path):
    found = analysed(tmp_path, pattern(0.956, 0.0)).values
    assert 0.9 < found["peak_share"].value <= 1.0
    assert found["peak_ratio"].standard_error / found["peak_ratio"].value > 0.3


def test_a_scan_without_a_line_of_a_phase_is_refused(tmp_path: Path):
    measured = Measurement({"two_theta": tuple(ANGLES[:150]), "counts": tuple(pattern(1, 0)[:150])})
    Record("test", measurements={"diffraction": measured}).write(tmp_path / "record.h5")
    with pytest.raises(AnalysisError, match="no line of 'anatase'"):
        SETTINGS.build().analyse(tmp_path, BEFORE)


def test_a_ratio_of_a_line_that_no_phase_has_is_refused():
    with pytest.raises(ValidationError, match="no line 4 of 'rutile'"):
        XrdPeaksSettings(ratio={"of": ("anatase", 1), "to": ("rutile", 4)})
