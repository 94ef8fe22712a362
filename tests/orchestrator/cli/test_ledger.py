import json
import math
from importlib.metadata import version

import pandas as pd
import pytest

from orchestrator.ledger.home import Home
from tests.orchestrator.cli.conftest import drive_without_prefect

READERS = ("status", "trials", "best", "audit")


def test_status_of_one_campaign_has_every_key_that_programs_rely_on(junkan, finished):
    answer = junkan("status", "parabola", "--json")
    assert answer.code == 0
    shown = answer.document
    assert set(shown) == {"campaign", "status", "reason", "trials", "budget", "best", "owner", "ui"}
    assert shown["campaign"] == "parabola"
    assert shown["status"] == "done"
    assert shown["reason"] == "the budget of 6 trials is used"
    assert shown["trials"] == {"completed": 6}
    assert shown["budget"] == {"trials": 6, "used": 6}
    assert shown["owner"] is None
    assert shown["ui"] is None


def test_status_without_a_name_lists_all_campaigns(junkan, finished):
    assert [row["campaign"] for row in junkan("status", "--json").document] == ["parabola"]


def test_status_is_readable_without_json(junkan, finished):
    heading, line = junkan("status").out.splitlines()
    assert heading.split() == ["campaign", "status", "trials", "best", "owner", "why"]
    assert line.startswith("parabola  done    6 completed  height = ")


def test_trials_have_every_key_that_programs_rely_on(junkan, finished):
    trials = junkan("trials", "parabola", "--json").document
    assert [trial["trial"] for trial in trials] == [1, 2, 3, 4, 5, 6]
    promised = {
        "trial",
        "status",
        "failure",
        "attempts",
        "parameters",
        "objectives",
        "predicted",
        "proposed_by",
        "times",
    }
    assert all(promised <= set(trial) for trial in trials)
    assert all(set(trial["parameters"]) == {"x", "y"} for trial in trials)
    assert trials[-1]["predicted"]["height"]["standard_deviation"] > 0


def test_the_table_of_trials_has_one_line_for_each(junkan, finished):
    lines = junkan("trials", "parabola").out.splitlines()
    assert len(lines) == 1 + 6
    assert "proposed by" in lines[0]


def test_best_is_the_lowest_of_the_trials(junkan, finished):
    best = junkan("best", "parabola", "--json").document
    trials = junkan("trials", "parabola", "--json").document
    lowest = min(trials, key=lambda trial: trial["objectives"]["height"]["value"])
    assert set(best) == {"campaign", "trial", "parameters", "objectives", "files"}
    assert best["trial"] == lowest["trial"]
    assert best["parameters"] == lowest["parameters"]
    assert best["objectives"] == lowest["objectives"]
    assert best["objectives"]["height"]["unit"] == "m^2"


def test_best_and_status_agree(junkan, finished):
    assert junkan("status", "parabola", "--json").document["best"] == junkan("best", "parabola", "--json").document


def test_an_audit_reproduces_every_proposal(junkan, finished):
    answer = junkan("audit", "parabola", "--json")
    assert answer.document == {"campaign": "parabola", "proposals": 6, "reproduced": 6, "differences": []}
    assert answer.code == 0


def test_an_audit_that_finds_a_difference_says_where_and_fails(junkan, finished):
    alter_a_proposal(finished)
    answer = junkan("audit", "parabola", "--json")
    assert answer.code == 1
    assert answer.document["reproduced"] < answer.document["proposals"]
    assert answer.document["differences"][0]["trial"] == 4


@pytest.mark.parametrize("command", READERS)
def test_json_is_the_only_thing_on_standard_output(junkan, finished, command):
    answer = junkan(command, "parabola", "--json")
    json.loads(answer.out)
    assert answer.err == ""


@pytest.mark.parametrize("command", READERS)
def test_a_campaign_that_is_not_there_is_refused_with_those_that_are(junkan, finished, command):
    answer = junkan(command, "parabel")
    assert answer.code == 2
    assert "there is no campaign 'parabel' in this ledger. Campaigns: parabola" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("command", READERS)
def test_reading_where_there_is_no_ledger_creates_none(junkan, home, command):
    answer = junkan(command, "parabola")
    assert answer.code == 2
    assert "there is no ledger" in answer.err
    assert not home.exists()


class TestExport:
    @pytest.fixture
    def trials(self, junkan, finished):
        return junkan("trials", "parabola", "--json").document

    @pytest.mark.parametrize("ending", ["csv", "parquet"])
    def test_a_table_holds_every_number_to_the_last_bit(self, junkan, trials, tmp_path, ending):
        file = tmp_path / f"trials.{ending}"
        answer = junkan("export", "parabola", "--to", file)
        assert answer.code == 0
        assert answer.out == f"6 trials written to {file}\n"
        table = pd.read_csv(file) if ending == "csv" else pd.read_parquet(file)
        for row, trial in zip(table.to_dict("records"), trials, strict=True):
            assert row["trial"] == trial["trial"]
            assert {name: row[name] for name in ("x", "y")} == trial["parameters"]
            assert row["height"] == trial["objectives"]["height"]["value"]
            predicted = trial["predicted"].get("height")
            if predicted is None:
                assert math.isnan(row["height_predicted"])
            else:
                assert row["height_predicted"] == predicted["mean"]
                assert row["height_predicted_sd"] == predicted["standard_deviation"]

    def test_json_holds_all_that_is_needed_to_run_it_again(self, junkan, trials, tmp_path, finished_home):
        file = tmp_path / "parabola.json"
        assert junkan("export", "parabola", "--to", file).code == 0
        exported = json.loads(file.read_text())
        assert exported["trials"] == trials
        assert exported["file"]["text"] == (finished_home.parent / "campaign" / "parabola.yaml").read_text()
        assert exported["provenance"]["packages"]["numpy"] == version("numpy")
        (digest,) = exported["inputs"].values()
        assert len(digest) == 64

    def test_an_unknown_ending_is_refused_with_those_that_are_known(self, junkan, finished, tmp_path):
        answer = junkan("export", "parabola", "--to", tmp_path / "trials.xlsx")
        assert answer.code == 2
        assert "'.xlsx' is not known. Known: .csv, .parquet, .json" in answer.err

    def test_a_folder_that_is_not_there_is_refused(self, junkan, finished, tmp_path):
        answer = junkan("export", "parabola", "--to", tmp_path / "nowhere" / "trials.csv")
        assert answer.code == 2
        assert "does not exist" in answer.err
        assert not (tmp_path / "nowhere").exists()

    def test_an_older_file_of_the_same_name_is_replaced_whole(self, junkan, finished, tmp_path):
        file = tmp_path / "trials.csv"
        file.write_text("old\n" * 1000)
        junkan("export", "parabola", "--to", file)
        assert len(pd.read_csv(file)) == 6
        assert [path.name for path in tmp_path.glob("*trials*")] == ["trials.csv"]


def alter_a_proposal(home):
    """Claim that trial 4 was predicted a little differently."""
    from sqlmodel import select

    from orchestrator.ledger.home import Home
    from orchestrator.ledger.tables import Trial

    database = Home(home).database()
    with database.writing() as session:
        trial = session.exec(select(Trial).where(Trial.number == 4)).one()
        seen = trial.predicted["height"]
        trial.predicted = {"height": seen | {"mean": math.nextafter(seen["mean"], math.inf)}}
        session.add(trial)
    database.close()


def test_what_was_spent_and_what_was_known_is_told(junkan, home, campaign_file):
    (campaign_file.parent / "known.csv").write_text("x,y,height\n0.6,0.2,-1\n")
    text = campaign_file.read_text().replace("trials: 6", "cost: 11")
    campaign_file.write_text(f"{text}prior: known.csv\ncost: {{each: 5, unit: EUR}}\n")
    drive_without_prefect(Home(home), campaign_file)
    told = junkan("status", "parabola").out
    assert "2 completed; 10 of 11 EUR spent" in told
    document = junkan("status", "parabola", "--json").document
    assert document["budget"] == {"cost": 11.0, "cost_unit": "EUR", "used": 2, "spent": 10.0}
    assert document["imported"] == 1
    assert junkan("best", "parabola", "--json").document["imported"]["row"] == 1
    assert junkan("trials", "parabola").out.splitlines()[1].split()[:2] == ["0", "imported"]
    made = junkan("plan", campaign_file).out
    assert "budget      11 EUR, 1 at a time" in made
    assert "cost        5 EUR each" in made
    assert "prior       1 trials from" in made
