import json
import os
import signal
import time
from contextlib import closing
from types import SimpleNamespace
from typing import ClassVar

import pytest
from pydantic import ValidationError

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.leftovers import leftovers
from orchestrator.kinds.ion_migration import Tavorites
from orchestrator.kinds.ion_migration_neb import MigrationNebSettings

COPPER = """32
Lattice="{{ 2*a }} 0 0 0 {{ 2*a }} 0 0 0 {{ 2*a }}" Properties=species:S:1:pos:R:3 pbc="T T T"
{% for i in range(4) %}{% for j in range(4) %}{% for k in range(4) %}{% if (i + j + k) % 2 == 0 %}
Cu {{ i*a/2 }} {{ j*a/2 }} {{ k*a/2 }}
{% endif %}{% endfor %}{% endfor %}{% endfor %}
"""
SPACE = SimpleNamespace(build=lambda: SimpleNamespace(names=("a",)))
CONTEXT = ExecutorContext("c", SPACE, ("barrier",), parallel=2)
GOALS = {"endpoint": 0.02, "band": 0.05}


def _settings(folder, **changed):
    template = folder / "copper.xyz.j2"
    template.write_text(COPPER)
    given = {"calculator": "emt", "structure": {"template": template}, "mobile": "Cu", "goals": GOALS, "cache": "none"}
    return MigrationNebSettings(**{**given, **changed})


@pytest.mark.slow
class TestMigrationNeb(ExecutorConformance):
    good: ClassVar = {"a": 3.61}
    other: ClassVar = {"a": 3.7}
    bad: ClassVar = {"a": 0.4}
    patience: ClassVar = 110.0

    def build(self, folder):
        return _settings(folder).build(CONTEXT)

    def build_slow(self, folder):
        slow = folder / "slow-python"
        slow.write_text("#!/bin/sh\nsleep 600\n")
        slow.chmod(0o755)
        return _settings(folder, interpreter=str(slow)).build(CONTEXT)


@pytest.fixture
def attempt(tmp_path):
    """Folders of attempts at one trial, named as campaigns name them."""

    def make(number):
        folder = tmp_path / "trial-00001" / f"attempt-{number}"
        folder.mkdir(parents=True)
        return f"campaign/1/{number}", folder

    return make


@pytest.fixture
def follow():
    def wait(executor, handle, limit=110.0):
        deadline = time.monotonic() + limit
        while (outcome := executor.poll(handle)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return outcome

    return wait


def test_a_band_that_does_not_converge_is_unconverged_with_its_force_and_no_value(tmp_path, attempt, follow):
    key, folder = attempt(1)
    settings = _settings(tmp_path, goals={"endpoint": 0.05, "band": 1e-6, "steps": 15})
    with closing(settings.build(CONTEXT)) as executor:
        outcome = follow(executor, executor.start(key, {"a": 3.61}, folder))
    assert outcome.failure.kind == "unconverged"
    assert outcome.details["fmax"] > 1e-6
    assert outcome.details["stage"] == "band"
    assert not outcome.values


def test_a_calculation_that_is_killed_is_gone_and_a_new_attempt_goes_on_with_its_stage(tmp_path, attempt, follow):
    key, folder = attempt(1)
    settings = _settings(tmp_path, goals={"endpoint": 1e-4, "band": 0.05})
    with closing(settings.build(CONTEXT)) as executor:
        handle = executor.start(key, {"a": 3.61}, folder)
        deadline = time.monotonic() + 60
        while not (folder / "stages.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(handle["worker"]["pid"], signal.SIGKILL)
        assert follow(executor, handle).failure.kind == "fault"
        while list(leftovers(folder)):
            assert time.monotonic() < deadline
        done = json.loads((folder / "stages.json").read_text())["stages"]
        key, second = attempt(2)
        outcome = follow(executor, executor.start(key, {"a": 3.61}, second))
    assert outcome.values["barrier"].value == pytest.approx(0.76, abs=0.02)
    assert "stages.json" in outcome.details["continued_from"]
    assert json.loads((second / "stages.json").read_text())["stages"]["endpoint"] == done["endpoint"]
    assert not (second / "endpoint.log").exists()


def test_an_attempt_over_its_walltime_says_in_which_stage_it_was(tmp_path, attempt, follow):
    key, folder = attempt(1)
    with closing(_settings(tmp_path, walltime=0.001).build(CONTEXT)) as executor:
        outcome = follow(executor, executor.start(key, {"a": 3.61}, folder))
    assert (outcome.failure.kind, outcome.details["stage"]) == ("timeout", "endpoint")
    assert (folder / "endpoint.traj").exists()


class TestCheck:
    TAVORITES = ExecutorContext("c", Tavorites(compounds=("LiMgSO4F", "LiLaPO4F")), ("barrier",), parallel=1)

    def test_a_cell_that_is_charged_must_be_said_in_the_words_of_the_code(self, tmp_path):
        with pytest.raises(ExecutorError, match=r"executor.charge: .* how 'emt' is told"):
            _settings(tmp_path, charge=-1).build(CONTEXT)

    @pytest.mark.parametrize(
        ("calculator", "told"),
        [("gpaw", {"charge": -1}), ("espresso", {"input_data": {"system": {"tot_charge": -1}}})],
    )
    def test_the_charge_is_among_the_settings(self, tmp_path, calculator, told):
        assert _settings(tmp_path, calculator=calculator, charge=-1).calculator_settings() == told

    def test_compounds_need_the_space_of_tavorites(self, tmp_path):
        with pytest.raises(ExecutorError, match="makes compounds of the space 'tavorites'"):
            MigrationNebSettings(calculator="emt").build(CONTEXT)

    def test_an_element_without_a_setup_is_found_before_the_campaign(self, tmp_path):
        for element in ("Li", "Mg", "S", "O", "F", "P"):
            (tmp_path / f"{element}.PBE.gz").touch()
        settings = MigrationNebSettings(calculator="gpaw", environment={"GPAW_SETUP_PATH": str(tmp_path)})
        with pytest.raises(ExecutorError, match="no setup for La, so LiLaPO4F cannot be calculated"):
            settings.build(self.TAVORITES)

    def test_what_contradicts_itself_is_refused(self, tmp_path):
        with pytest.raises(ValidationError, match="only `structure: prototype`"):
            MigrationNebSettings(calculator="emt", cell=(5, 5, 5, 90, 90, 90))
        with pytest.raises(ValidationError, match="which element moves"):
            _settings(tmp_path, mobile=None)
