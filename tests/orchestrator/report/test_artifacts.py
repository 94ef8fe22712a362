import pytest

from orchestrator.campaign.spec import ObjectiveSpec
from orchestrator.report.artifacts import trial_row

ENERGY = ObjectiveSpec(name="gb_energy", unit="J/m^2", goal="minimize")


@pytest.fixture
def trial() -> dict:
    return {
        "trial": 12,
        "status": "completed",
        "failure": None,
        "parameters": {"tx": 0.0, "ty": 2.6270494945185776},
        "objectives": {"gb_energy": {"value": 0.9511182794281665}},
        "predicted": {"gb_energy": {"mean": 0.952331, "standard_deviation": 0.0032}},
        "proposed_by": "expected improvement",
    }


def test_a_row_of_the_table_reads_like_a_line_in_a_notebook(trial):
    assert trial_row(trial, ENERGY) == {
        "trial": 12,
        "status": "completed",
        "tx": 0,
        "ty": 2.62705,
        "gb_energy (J/m²)": 0.951118,
        "predicted": "0.9523 ± 0.0032",
        "proposed by": "expected improvement",
    }


def test_a_failed_trial_has_its_reason_in_the_status_and_no_value(trial):
    failed = trial | {"status": "failed", "failure": {"kind": "timeout", "reason": "60 s"}, "objectives": {}}
    row = trial_row(failed, ENERGY)
    assert row["status"] == "failed: timeout"
    assert row["gb_energy (J/m²)"] is None


def test_all_rows_have_the_columns_of_the_first_which_are_the_columns_of_the_table(trial):
    unpredicted = trial | {"predicted": {}, "objectives": {}}
    assert list(trial_row(trial, ENERGY)) == list(trial_row(unpredicted, ENERGY))
