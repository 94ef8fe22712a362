import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.place import FolderWork
from orchestrator.executors.process import ProcessExecutor
from orchestrator.executors.runs_on import LocalSettings, RunsOn, executor_for

CONTEXT = ExecutorContext("c", None, ("energy",), parallel=3)


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    runs_on: RunsOn


def test_work_is_done_on_this_machine_unless_the_campaign_says_otherwise():
    assert Settings().runs_on == LocalSettings()
    assert isinstance(executor_for(Settings().runs_on, FolderWork("picky", {}, 60.0), CONTEXT), ProcessExecutor)


@pytest.mark.parametrize("written", ["local", {"kind": "local"}])
def test_a_place_is_named_by_its_kind_or_by_a_section(written):
    assert Settings(runs_on=written).runs_on == LocalSettings()


def test_an_unknown_place_is_refused_with_a_suggestion():
    with pytest.raises(ValidationError, match="Did you mean 'local'"):
        Settings(runs_on="locla")


def test_what_a_place_does_not_know_is_refused():
    with pytest.raises(ValidationError, match="partition"):
        Settings(runs_on={"kind": "local", "partition": "short"})


def test_settings_survive_being_written_as_json():
    settings = Settings(runs_on={"kind": "local"})
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


def test_the_schema_offers_sections_and_bare_kinds():
    offered = Settings.model_json_schema()["properties"]["runs_on"]["anyOf"]
    assert "local" in offered[1]["enum"]
