import json
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
from pydantic import ValidationError

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.function import FunctionSettings
from orchestrator.kinds import ion_migration_executors
from orchestrator.kinds.ion_migration import Tavorites
from orchestrator.kinds.ion_migration_executors import BondValenceSettings, barrier_function
from orchestrator.kinds.table import TableSpace

TABLE = Path(__file__).parents[3] / "campaigns" / "tables" / "tavorites.parquet"
COARSE = {"structure": "prototype", "spacing": 0.45, "limit": 1.5}
LITHIUM, SODIUM = {"compound": "LiMgSO4F"}, {"compound": "NaMgSO4F"}


def context(*objectives, space=None):
    return ExecutorContext("test", space or Tavorites(), objectives or ("barrier",), 2)


class TestBondValenceExecutor(ExecutorConformance):
    good: ClassVar = LITHIUM
    other: ClassVar = {"compound": "LiAlPO4F"}
    bad: ClassVar = SODIUM
    patience: ClassVar = 60.0

    def build(self, folder):
        return BondValenceSettings(**COARSE).build(context())

    def build_slow(self, folder):
        return BondValenceSettings(spacing=0.05, cutoff=12.0).build(context())


@pytest.fixture
def folder(tmp_path):
    """Makes the folder of an attempt at one trial."""

    def make(number):
        made = tmp_path / f"attempt-{number}"
        made.mkdir()
        return made

    return make


@pytest.fixture
def worked(monkeypatch):
    """The stages whose work was done, in order."""
    done = []
    for stage in ion_migration_executors.STAGES:
        name = f"_{stage}"
        original = getattr(ion_migration_executors, name)

        def counted(*arguments, stage=stage, original=original):
            done.append(stage)
            return original(*arguments)

        monkeypatch.setattr(ion_migration_executors, name, counted)
    return done


def test_the_barrier_of_a_trial_is_the_one_of_the_table(folder):
    outcome = barrier_function({})(LITHIUM, folder(1))
    shipped = pd.read_parquet(TABLE).set_index("compound").loc["LiMgSO4F"]
    assert outcome.values["barrier"].value == pytest.approx(shipped["barrier"], abs=1e-4)
    assert outcome.details["instability"] == pytest.approx(shipped["instability"], abs=1e-5)


def test_the_cheap_source_is_the_prototype_on_a_coarse_grid(folder):
    outcome = barrier_function({"structure": "prototype", "spacing": 0.3})(LITHIUM, folder(1))
    shipped = pd.read_parquet(TABLE).set_index("compound").loc["LiMgSO4F"]
    assert outcome.values["barrier"].value == pytest.approx(shipped["prototype_barrier"], abs=1e-4)


def test_the_structure_may_be_a_parameter_of_the_trial(folder):
    both = barrier_function({"spacing": 0.25, "prototype_spacing": 0.3})
    cheap = both({**LITHIUM, "structure": "prototype"}, folder(1)).values["barrier"].value
    dear = both({**LITHIUM, "structure": "relaxed"}, folder(2)).values["barrier"].value
    shipped = pd.read_parquet(TABLE).set_index("compound").loc["LiMgSO4F"]
    assert (cheap, dear) == pytest.approx((shipped["prototype_barrier"], shipped["barrier"]), abs=1e-4)


def test_each_stage_leaves_a_file_and_a_row(folder):
    made = folder(1)
    outcome = barrier_function({"spacing": 0.4})(LITHIUM, made)
    assert [row["stage"] for row in outcome.details["stages"]] == ["structure", "relaxation", "barrier"]
    assert set(outcome.files) == {file.name for file in made.iterdir()}
    assert "Mg" in (made / "structure.cif").read_text()


def test_an_attempt_goes_on_after_the_last_stage_that_was_finished(folder, worked):
    settings = {"spacing": 0.4}
    whole = barrier_function(settings)(LITHIUM, folder(1))
    (folder(2).parent / "attempt-1" / "stage-barrier.json").unlink()
    again = barrier_function(settings)(LITHIUM, folder(3))
    assert worked == ["structure", "relaxation", "barrier", "barrier"]
    assert again.values == whole.values
    assert [row["resumed"] for row in again.details["stages"]] == [True, True, False]


def test_a_stage_that_was_cut_short_is_done_again(folder, worked):
    settings = {"spacing": 0.4}
    first = folder(1)
    barrier_function(settings)(LITHIUM, first)
    (first / "stage-relaxation.json").write_text('{"about": {"ver')
    barrier_function(settings)(LITHIUM, folder(2))
    assert worked == ["structure", "relaxation", "barrier", "relaxation"]


def test_a_stage_of_other_settings_is_not_taken_over(folder, worked):
    barrier_function({"spacing": 0.4})(LITHIUM, folder(1))
    barrier_function({"spacing": 0.45})(LITHIUM, folder(2))
    assert worked == ["structure", "relaxation", "barrier"] * 2


def test_where_nothing_percolates_the_trial_is_infeasible_and_has_no_number(folder):
    outcome = barrier_function(COARSE)(SODIUM, folder(1))
    assert outcome.failure.kind == "infeasible"
    assert "no percolation below 1.5 eV" in outcome.failure.reason
    assert outcome.values == {}
    assert "inf" not in json.dumps(outcome.model_dump(mode="json"), allow_nan=False).replace("infeasible", "")


def test_a_structure_that_cannot_be_is_infeasible(folder, monkeypatch):
    monkeypatch.setattr("simulators.ion_migration.relaxation.GII_LIMIT", 0.001)
    outcome = barrier_function({})(LITHIUM, folder(1))
    assert outcome.failure.kind == "infeasible"
    assert "miss the charges by" in outcome.failure.reason


def test_a_relaxation_that_was_stopped_is_unconverged(folder, monkeypatch):
    monkeypatch.setattr("simulators.ion_migration.relaxation.MOST_EVALUATIONS", 3)
    outcome = barrier_function({})(LITHIUM, folder(1))
    assert outcome.failure.kind == "unconverged"
    assert "had not ended after 3 evaluations" in outcome.failure.reason


def test_barriers_in_more_dimensions_may_be_the_objective(folder):
    outcome = barrier_function({"objectives": ["barrier", "barrier_2d"], "spacing": 0.4})(LITHIUM, folder(1))
    assert outcome.values["barrier_2d"].value >= outcome.values["barrier"].value


def test_the_function_executor_runs_it_too(tmp_path, follow_to_the_end):
    settings = FunctionSettings(function="bond_valence_barrier", settings=COARSE)
    with closing(settings.build(context())) as executor:
        outcome = follow_to_the_end(executor, executor.start("test/1/1", LITHIUM, tmp_path))
    assert outcome.values["barrier"].value < 1.5


@pytest.fixture
def follow_to_the_end():
    def follow(executor, handle):
        while (outcome := executor.poll(handle)) is None:
            pass
        return outcome

    return follow


def test_an_objective_that_is_not_measured_is_refused():
    with pytest.raises(ExecutorError, match=r"does not measure 'energy'\. It measures barrier, barrier_2d"):
        BondValenceSettings().build(context("energy"))


def test_candidates_outside_the_family_are_refused_before_anything_runs(tmp_path):
    (tmp_path / "list.csv").write_text("compound,size\nLiMgSO4F,1\nLiMgPO4F,2\n")
    with pytest.raises(ExecutorError, match="space: 'LiMgPO4F' is not charge-balanced"):
        BondValenceSettings().build(context(space=TableSpace(file=tmp_path / "list.csv")))
    (tmp_path / "list.csv").write_text("name,size\nLiMgSO4F,1\n")
    with pytest.raises(ExecutorError, match="evaluates the parameter 'compound'"):
        BondValenceSettings().build(context(space=TableSpace(file=tmp_path / "list.csv")))


@pytest.mark.parametrize("wrong", [{"spacing": 0.0}, {"spacing": 3.0}, {"cutoff": 1.0}, {"limit": 0.0}, {"grid": 0.2}])
def test_an_absurd_grid_is_refused(wrong):
    with pytest.raises(ValidationError):
        BondValenceSettings(**wrong)
