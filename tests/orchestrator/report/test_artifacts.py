import threading

import pytest

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.ledger.database import Database
from orchestrator.report import artifacts
from orchestrator.report.artifacts import Panel, trial_row

ENERGY = {"gb_energy": "J/m^2"}


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


class TestPanel:
    @pytest.fixture
    def panel(self, monkeypatch):
        monkeypatch.setattr(artifacts, "INTERVAL", 0.0)
        return Panel(Database("sqlite:////nowhere/ledger.db"), spec())

    def test_the_loop_does_not_wait_for_a_slow_server(self, panel, monkeypatch):
        begun, may_end = threading.Event(), threading.Event()

        def write():
            begun.set()
            may_end.wait(30)

        monkeypatch.setattr(panel, "_write", write)
        panel.seen(1)
        assert begun.wait(30)
        panel.seen(2)  # still writing: not begun again, and not waited for
        may_end.set()

    def test_nothing_is_written_before_something_is_new(self, panel, monkeypatch):
        written = []
        monkeypatch.setattr(panel, "_write", lambda: written.append(1))
        monkeypatch.setattr(panel, "_write_all", lambda: None)
        panel.seen(1)
        panel._writing.result(30)
        panel.seen(1)
        panel.last()
        assert written == [1]

    def test_a_dead_server_ends_no_campaign(self, panel, monkeypatch, caplog):
        def fail():
            raise OSError("connection refused")

        monkeypatch.setattr(panel, "_write", fail)
        panel.seen(1)
        panel.last()
        assert "Prefect does not show the newest trials; the ledger has them" in caplog.text


def spec() -> CampaignSpec:
    return CampaignSpec.model_validate(
        {
            "campaign": "parabola",
            "objective": {"name": "height", "goal": "minimize"},
            "space": {"kind": "table", "file": "pool.csv"},
            "optimizer": {"kind": "random"},
            "executor": {"kind": "table", "file": "pool.csv"},
            "stop": {"trials": 5},
        }
    )
