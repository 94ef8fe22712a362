import json
from dataclasses import replace

import pytest

from orchestrator.campaign import loading
from orchestrator.executors.table import TableSettings


def test_a_valid_file_is_called_valid(junkan, campaign_file, home):
    answer = junkan("validate", campaign_file)
    assert answer.code == 0
    assert answer.out == f"{campaign_file}: campaign 'parabola' is valid\n"
    assert not home.exists()


def test_a_valid_file_in_json(junkan, campaign_file):
    assert junkan("validate", campaign_file, "--json").document == {"valid": True, "problems": []}


def test_all_problems_of_all_files_are_told_at_once(junkan, campaign_file):
    other = campaign_file.with_name("other.yaml")
    other.write_text(campaign_file.read_text().replace("seed: 3", "sede: 3"))
    campaign_file.write_text(campaign_file.read_text().replace("initial: 3", "initial: many"))
    answer = junkan("validate", campaign_file, other, "--json")
    assert answer.code == 2
    assert answer.document["valid"] is False
    assert len(answer.document["problems"]) == 2
    plain = junkan("validate", campaign_file, other)
    assert plain.code == 2
    assert plain.out == ""
    assert f"{campaign_file}:5:" in plain.err
    assert f"{other}:2:" in plain.err
    assert "Did you mean 'seed'?" in plain.err


def test_values_can_be_replaced_on_the_command_line(junkan, campaign_file):
    assert junkan("validate", campaign_file, "--set", "stop.trials=20").code == 0
    answer = junkan("validate", campaign_file, "--set", "stop.trails=20")
    assert answer.code == 2
    assert "--set stop.trails=20" in answer.err


class TestPlan:
    @pytest.fixture
    def executed_by(self, monkeypatch):
        """The campaign file then names this executor instead of a table."""
        read = loading.load

        def become(settings: type[TableSettings]) -> None:
            def load(*arguments):
                loaded = read(*arguments)
                executor = settings.model_validate(dict(loaded.spec.executor))
                return replace(loaded, spec=loaded.spec.model_copy(update={"executor": executor}))

            monkeypatch.setattr(loading, "load", load)

        return become

    def test_it_says_what_would_happen_and_touches_nothing(self, junkan, campaign_file, home):
        answer = junkan("plan", campaign_file)
        assert answer.code == 0
        assert "36 candidates (x, y)" in answer.out
        assert "budget      6 trials, 1 at a time" in answer.out
        assert not home.exists()
        assert sorted(path.name for path in campaign_file.parent.iterdir()) == ["parabola.yaml", "pool.csv"]

    def test_its_first_proposals_are_those_of_the_run(self, junkan, campaign_file, finished):
        planned = junkan("plan", campaign_file, "--json").document
        trials = junkan("trials", "parabola", "--json").document
        assert [one["parameters"] for one in planned["first"][:3]] == [one["parameters"] for one in trials[:3]]

    def test_json_has_every_key(self, junkan, campaign_file):
        planned = junkan("plan", campaign_file, "--json").document
        expected = {
            "campaign",
            "objectives",
            "constraints",
            "candidates",
            "parameters",
            "budget",
            "parallel",
            "cost",
            "first",
        }
        assert expected <= set(planned)
        assert planned["candidates"] == 36

    def test_r22_an_executor_that_can_tell_shows_the_steps_of_the_first_trial(self, junkan, campaign_file, executed_by):
        class Telling(TableSettings):
            def plan(self, context, parameters):
                return [f"{context.campaign}: drive to x = {parameters['x']:g}"]

        executed_by(Telling)
        first = junkan("plan", campaign_file, "--json").document["first"][0]["parameters"]
        assert f"steps of the first\n  parabola: drive to x = {first['x']:g}" in junkan("plan", campaign_file).out

    def test_r22_a_first_trial_that_would_be_refused_is_refused_now(self, junkan, campaign_file, executed_by):
        class Refusing(TableSettings):
            def plan(self, context, parameters):
                raise ValueError("900 C is above the limit of 700 C")

        executed_by(Refusing)
        answer = junkan("plan", campaign_file)
        assert answer.code == 2
        assert "the first trial would be refused: 900 C is above the limit of 700 C" in answer.err

    def test_it_says_who_approves_and_who_judges(self, junkan, campaign_file):
        stop = "stop={trials: 9, no_progress: 5, propose: true}"
        out = junkan("plan", campaign_file, "--set", "approval.first=3", "--set", stop).out
        assert "approval    a person approves the first 3" in out
        assert "until 5 trials bring nothing better; a person says whether it is enough" in out


class TestSchema:
    def test_it_describes_every_section(self, junkan):
        schema = junkan("schema").document
        assert {"campaign", "objective", "objectives", "space", "optimizer", "executor"} <= set(schema["properties"])

    def test_it_is_written_where_it_is_wanted(self, junkan, tmp_path):
        file = tmp_path / "campaign.schema.json"
        answer = junkan("schema", "--to", file)
        assert answer.code == 0
        assert f"$schema={file}" in answer.out
        json.loads(file.read_text())

    def test_a_folder_that_is_not_there_is_refused(self, junkan, tmp_path):
        answer = junkan("schema", "--to", tmp_path / "nowhere" / "schema.json")
        assert answer.code == 2
        assert "cannot be written" in answer.err


class TestInit:
    def test_the_examples_are_copied_and_are_valid(self, junkan, tmp_path):
        answer = junkan("init", tmp_path / "mine")
        assert answer.code == 0 and f"junkan run {tmp_path / 'mine' / 'cu_sigma5_210.yaml'}" in answer.out
        assert {file.suffix for file in (tmp_path / "mine").iterdir() if file.is_file()} == {".yaml"}
        assert junkan("validate", tmp_path / "mine" / "cu_sigma5_210_table.yaml").code == 0

    def test_a_folder_that_exists_is_left_alone(self, junkan, tmp_path):
        answer = junkan("init", tmp_path)
        assert answer.code == 2 and "exists already" in answer.err
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("tell", "--help")])
def test_help_goes_to_standard_output(junkan, words):
    answer = junkan(*words)
    assert answer.code == 0
    assert "Usage: junkan" in answer.out


@pytest.mark.parametrize("words", [("fly",), ("status", "--jsn"), ("tell", "parabola", "two")])
def test_a_command_line_that_makes_no_sense_has_exit_code_2(junkan, words):
    answer = junkan(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert "Usage: junkan" in answer.err
