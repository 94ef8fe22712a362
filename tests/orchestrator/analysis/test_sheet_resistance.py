import math
from pathlib import Path

import numpy as np
import pytest

from orchestrator.analysis.base import analysed
from orchestrator.analysis.conformance import BEFORE, AnalysisConformance
from orchestrator.analysis.errors import AnalysisError
from orchestrator.analysis.record import Measurement, Record
from orchestrator.analysis.sheet_resistance import (
    COLLINEAR,
    OverRange,
    SheetResistanceSettings,
    reversed_resistance,
)

OFFSET, NOISE = 3e-6, 2e-7


def readings(sheet: float, pairs: int = 10, seed: int = 1, current: float = 1e-4) -> tuple[list[float], list[float]]:
    """What a probe on a film of `sheet` ohm/sq shows: a thermal voltage and some noise beside the film's."""
    chance = np.random.default_rng(seed)
    currents = [current, -current] * pairs
    voltages = [i * sheet * COLLINEAR + OFFSET + chance.normal(0, NOISE) for i in currents]
    return currents, voltages


def write(folder: Path, currents: list[float], voltages: list[float], **about: object) -> None:
    measured = Measurement({"current": tuple(currents), "voltage": tuple(voltages)}, {"current": "A"}, about)
    factor = {"id": "probe-1", "value": 1.0, "std": 0.01}
    Record("test", calibrations={"probe_factor": factor}, measurements={"four_point": measured}).write(
        folder / "record.h5"
    )


class TestConformance(AnalysisConformance):
    def settings(self) -> SheetResistanceSettings:
        return SheetResistanceSettings()

    def fill(self, folder: Path) -> None:
        write(folder, *readings(62.255))


def test_current_reversal_removes_the_thermal_voltage_exactly():
    currents, _ = readings(62.255)
    voltages = [current * 62.255 * COLLINEAR + OFFSET for current in currents]
    found = reversed_resistance(currents, voltages)
    assert found.value / COLLINEAR == pytest.approx(62.255, rel=1e-12)
    assert found.offset == pytest.approx(OFFSET)
    without = voltages[0] / currents[0] / COLLINEAR
    assert without - 62.255 == pytest.approx(OFFSET / 1e-4 / COLLINEAR)  # what one reading alone would be wrong by


def test_r18_the_geometry_of_the_probe_is_part_of_the_uncertainty(tmp_path: Path):
    write(tmp_path, *readings(62.255))
    value = SheetResistanceSettings().build().analyse(tmp_path, BEFORE).values["sheet_resistance"]
    assert value.standard_error is not None
    assert value.standard_error / value.value >= 0.01
    assert value.standard_error == pytest.approx(0.62, abs=0.01)


def test_r18_more_pairs_make_the_scatter_smaller_and_leave_the_geometry():
    few = reversed_resistance(*readings(62.255, pairs=10))
    many = reversed_resistance(*readings(62.255, pairs=4000))
    assert many.standard_error < few.standard_error / 10


def test_the_scatter_that_is_stated_is_the_scatter_that_is_there():
    found = [reversed_resistance(*readings(62.255, seed=seed)) for seed in range(300)]
    spread = np.std([one.value for one in found])
    assert np.mean([one.standard_error for one in found]) == pytest.approx(spread, rel=0.1)


def test_the_probe_factor_in_force_scales_the_value(tmp_path: Path):
    write(tmp_path, *readings(62.255))
    plain = SheetResistanceSettings().build().analyse(tmp_path, BEFORE).values["sheet_resistance"].value
    record = Record.read(tmp_path / "record.h5")
    factor = {"probe_factor": {"value": 1.05, "std": 0.002}}
    Record("t", calibrations=factor, measurements=record.measurements).write(tmp_path / "record.h5")
    scaled = SheetResistanceSettings().build().analyse(tmp_path, BEFORE).values["sheet_resistance"]
    assert scaled.value == pytest.approx(1.05 * plain)
    assert scaled.standard_error is not None
    assert scaled.standard_error / scaled.value == pytest.approx(0.002 / 1.05, rel=0.1)


def test_r18_what_films_of_one_recipe_differ_by_is_part_of_the_uncertainty_if_it_is_known(tmp_path: Path):
    write(tmp_path, *readings(62.255))
    value = SheetResistanceSettings(run_to_run=0.07).build().analyse(tmp_path, BEFORE).values["sheet_resistance"]
    assert value.standard_error is not None
    assert value.standard_error / value.value == pytest.approx(math.hypot(0.01, 0.07), rel=1e-3)


def test_readings_that_were_not_reversed_are_refused():
    with pytest.raises(AnalysisError, match="not reversed"):
        reversed_resistance([1e-4] * 4, [1e-3] * 4)


def test_a_single_pair_is_refused_for_it_has_no_scatter():
    with pytest.raises(AnalysisError, match="at least two"):
        reversed_resistance([1e-4, -1e-4], [1e-3, -1e-3])


@pytest.mark.parametrize("voltage", [9.9e37, -9.9e37])
def test_an_instrument_that_cannot_measure_is_no_number(voltage: float):
    with pytest.raises(OverRange):
        reversed_resistance([1e-9, -1e-9] * 2, [voltage, 1.0, 1.0, 1.0])


def test_a_source_in_compliance_has_not_measured(tmp_path: Path):
    write(tmp_path, [1e-9, -1e-9] * 2, [20.0, -20.0] * 2, compliance=20.0)
    failure = SheetResistanceSettings().build().analyse(tmp_path, BEFORE).failure
    assert failure is not None
    assert failure.kind == "infeasible"


def test_an_insulating_film_is_infeasible(tmp_path: Path):
    write(tmp_path, *readings(3e8, current=1e-9))
    failure = SheetResistanceSettings().build().analyse(tmp_path, BEFORE).failure
    assert failure is not None
    assert (failure.kind, failure.reason) == ("infeasible", "over range")


def test_an_insulating_film_that_is_too_thin_is_said_not_to_be_continuous(tmp_path: Path):
    write(tmp_path, [1e-9, -1e-9] * 2, [9.9e37] * 4, thickness=6.0)
    failure = SheetResistanceSettings(thickness="thickness").build().analyse(tmp_path, BEFORE).failure
    assert failure is not None
    assert (failure.kind, failure.reason) == ("infeasible", "film not continuous")


def test_interchanged_wires_are_not_a_resistance(tmp_path: Path):
    currents, voltages = readings(62.255)
    write(tmp_path, currents, [-voltage for voltage in voltages])
    with pytest.raises(AnalysisError, match="interchanged"):
        SheetResistanceSettings().build().analyse(tmp_path, BEFORE)


def test_a_resistivity_follows_from_the_thickness(tmp_path: Path):
    write(tmp_path, *readings(57.15), thickness=108.37)
    settings = SheetResistanceSettings(thickness="thickness", resistivity="resistivity")
    found = settings.build().analyse(tmp_path, BEFORE).values
    assert found["resistivity"].value == pytest.approx(found["sheet_resistance"].value * 108.37e-7)
    assert found["resistivity"].standard_error == pytest.approx(0.01 * found["resistivity"].value, rel=0.01)


def test_what_was_not_measured_is_named(tmp_path: Path):
    Record("t", measurements={"diffraction": Measurement({})}).write(tmp_path / "record.h5")
    with pytest.raises(AnalysisError, match="'four_point' was not measured in this growth; there is: diffraction"):
        SheetResistanceSettings().build().analyse(tmp_path, BEFORE)


def test_a_failure_ends_the_chain_of_steps(tmp_path: Path):
    write(tmp_path, *readings(3e8, current=1e-9))
    step = SheetResistanceSettings().build()
    found = analysed(tmp_path, [step, SheetResistanceSettings(measurement="nothing").build()], BEFORE)
    assert found.failure is not None


def test_the_ideal_value_is_that_of_four_points_in_a_line():
    assert math.isclose(1 / COLLINEAR, 4.5324, rel_tol=1e-4)
