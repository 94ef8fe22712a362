from pathlib import Path

import pandas as pd
import pytest

from orchestrator.campaign.spec import CampaignSpec
from orchestrator.report.summary import summary

STATUS = {
    "status": "done",
    "reason": "the budget of 5 trials is used",
    "trials": {"completed": 4, "failed": 1},
    "best": {
        "trial": 3,
        "objectives": {"height": {"value": 0.95111827, "standard_error": None, "unit": "m"}},
        "files": ["/home/structure.extxyz"],
    },
}


def spec(table: Path | None = None) -> CampaignSpec:
    report = {} if table is None else {"random_search": {"table": table, "within": 0.15}}
    return CampaignSpec.model_validate(
        {
            "campaign": "parabola",
            "objective": {"name": "height", "unit": "m", "goal": "minimize"},
            "space": {"kind": "table", "file": "pool.csv"},
            "optimizer": {"kind": "random"},
            "executor": {"kind": "table", "file": "pool.csv"},
            "stop": {"trials": 5},
            "report": report,
        }
    )


def told(status: dict = STATUS, table: Path | None = None, ui: str | None = "http://127.0.0.1:4200") -> str:
    return "\n".join(summary(spec(table), status, "of 36 candidates", ledger="sqlite:///ledger.db", ui=ui))


def test_it_tells_the_best_where_its_structure_is_and_what_it_took():
    text = told()
    assert "campaign parabola: done, the budget of 5 trials is used" in text
    assert "best           0.951118 m  (trial 3)" in text
    assert "file           /home/structure.extxyz" in text
    assert "trials         5 of 36 candidates, 1 failed" in text
    assert "ledger         sqlite:///ledger.db" in text
    assert "Prefect        http://127.0.0.1:4200" in text


def test_random_search_is_computed_from_a_finished_landscape(tmp_path):
    # Three of nine lie within 0.15 of the best: (9 + 1) / (3 + 1) trials on average.
    pd.DataFrame({"height": [0.5, 0.1, 0.2, 0.3, 0.15, 0.9, 0.8, 0.7, 0.6]}).to_csv(tmp_path / "all.csv", index=False)
    text = told(table=tmp_path / "all.csv")
    assert "random search  2.5 trials on average to come within 0.15 m of 0.1 (3 of 9 candidates in all.csv do)" in text


def test_random_search_that_cannot_be_computed_is_no_reason_to_fail(tmp_path):
    assert "random search  unknown:" in told(table=tmp_path / "gone.csv")
    assert "--name parabola-random" in told()


@pytest.mark.parametrize(
    ("status", "words"),
    [("review", "A person is needed"), ("paused", "junkan resume parabola"), ("interrupted", "junkan resume parabola")],
)
def test_what_is_not_done_says_how_to_go_on(status, words):
    assert words in told(STATUS | {"status": status})


def test_a_campaign_without_a_best_has_a_summary_too():
    assert "best " not in told(STATUS | {"best": None, "trials": {}})


def test_a_front_is_told_trial_by_trial_with_its_hypervolume():
    seen = {name: {"value": 1.5, "standard_error": None, "unit": "m"} for name in ("height", "width")}
    front = [{"trial": number, "objectives": seen, "files": []} for number in range(1, 15)]
    best = {"campaign": "parabola", "front": front, "hypervolume": 3.25}
    text = told(STATUS | {"best": best})
    assert "front          14 trials, hypervolume 3.25" in text
    assert "trial   12   height = 1.5 m, width = 1.5 m" in text
    assert "trial   13" not in text and "junkan best parabola" in text


def test_constrained_quantities_of_the_best_are_told_beside_it():
    best = STATUS["best"] | {"constraints": {"stress": {"value": 0.5, "standard_error": 0.01, "unit": "GPa"}}}
    assert "stress         0.5 ± 0.01 GPa" in told(STATUS | {"best": best})
