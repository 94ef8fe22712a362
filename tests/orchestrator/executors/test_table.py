import time
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
from pydantic import ValidationError

from orchestrator.executors.base import ExecutorContext, NeverStarted
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.errors import UnusableTable
from orchestrator.executors.table import TableSettings

TABLE = """tx,ty,metal,gb_energy,error,note
0.0,0.0,Cu,0.95,0.01,
0.1,0.0,Cu,1.25,,
0.2,0.0,Cu,,0.01,
0.3,0.0,Cu,,,unconverged: the atoms flew apart
0.4,0.0,Cu,1.75,,fault
0.4,0.1,Ni,1.5,,
0.5,0.1,Ni,1.5,,
0.5,0.1,Ni,1.6,,
"""


def _context(*objectives):
    return ExecutorContext(campaign="c", space=None, objectives=objectives or ("gb_energy",), parallel=1)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "energies.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def outcome(file, tmp_path):
    """The outcome for parameters."""

    def look_up(parameters, **settings):
        executor = TableSettings(file=file, **settings).build(_context())
        return executor.poll(executor.start("c/1/1", parameters, tmp_path))

    return look_up


class TestTableExecutor(ExecutorConformance):
    good: ClassVar = {"tx": 0.1, "ty": 0.0}
    other: ClassVar = {"tx": 0.0, "ty": 0.0}
    bad: ClassVar = {"tx": 0.2, "ty": 0.0}
    acts_outside = False

    def build(self, folder):
        return self._build(folder, delay=0.0)

    def build_slow(self, folder):
        return self._build(folder, delay=60.0)

    def _build(self, folder: Path, delay: float):
        (folder / "energies.csv").write_text(TABLE)
        return TableSettings(file=folder / "energies.csv", delay=delay).build(_context())


def test_the_value_is_that_of_the_row_with_the_parameters(outcome):
    assert outcome({"tx": 0.1, "ty": 0.0}).values["gb_energy"].value == 1.25


def test_parameters_that_are_not_in_the_table_do_not_matter(outcome):
    assert outcome({"tx": 0.1, "ty": 0.0, "sigma": 5}).values["gb_energy"].value == 1.25


def test_text_and_numbers_select_the_row_together(outcome):
    assert outcome({"tx": 0.4, "metal": "Ni"}).values["gb_energy"].value == 1.5


def test_numbers_are_equal_within_a_part_in_a_thousand_million(outcome):
    assert outcome({"tx": 0.1 * (1 + 5e-10), "ty": -1e-17}).values
    assert outcome({"tx": 0.1 * (1 + 5e-9), "ty": 0.0}).failure.kind == "fault"


def test_the_standard_error_is_taken_where_the_table_has_one(outcome):
    settings = {"standard_error": {"gb_energy": "error"}}
    assert outcome({"tx": 0.0, "ty": 0.0}, **settings).values["gb_energy"].standard_error == 0.01
    assert outcome({"tx": 0.1, "ty": 0.0}, **settings).values["gb_energy"].standard_error is None
    assert outcome({"tx": 0.0, "ty": 0.0}).values["gb_energy"].standard_error is None


def test_a_row_without_a_value_is_infeasible(outcome):
    failure = outcome({"tx": 0.2, "ty": 0.0}).failure
    assert (failure.kind, failure.reason) == ("infeasible", "row 3 of the table has no value for 'gb_energy' (nan)")


def test_the_failure_column_says_what_failed_and_why(outcome):
    failure = outcome({"tx": 0.3, "ty": 0.0}, failure="note").failure
    assert (failure.kind, failure.reason) == ("unconverged", "the atoms flew apart")


def test_the_failure_column_counts_even_beside_a_value(outcome):
    failure = outcome({"tx": 0.4, "ty": 0.0}, failure="note").failure
    assert (failure.kind, failure.reason) == ("fault", "the table says fault")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"tx": 0.14, "ty": 0.0}, r"no row with tx=0\.14, ty=0\.0: tx is never 0\.14 there\. The nearest is 0\.1\."),
        ({"tx": 0.1, "metal": "cu"}, r"metal is never 'cu' there\. Did you mean 'Cu'\?"),
        ({"tx": 0.1, "metal": 3}, r"metal is never 3 there\."),
        ({"tx": "0.1", "ty": 0.0}, r"tx is never '0\.1' there\."),
        ({"tx": None, "ty": 0.0}, r"tx is never None there\."),
        ({"tx": 0.1, "metal": "Ni"}, r"Each of these values occurs there, but not together\."),
        ({"tx": 0.5, "ty": 0.1}, r"2 rows with tx=0\.5, ty=0\.1: 7, 8\. Leave one\."),
        ({"x": 0.1}, "none of the parameters x is a column"),
        ({"tx": 0.1, "gb_energy": 1.25}, "parameters contain 'gb_energy'.*optimizer sees the answer"),
    ],
)
def test_a_row_that_cannot_be_told_is_a_fault_with_its_reason(outcome, parameters, reason):
    import re

    failure = outcome(parameters).failure
    assert failure.kind == "fault"
    assert re.search(reason, failure.reason)


def test_with_a_delay_the_outcome_takes_its_time(file, tmp_path):
    executor = TableSettings(file=file, delay=0.2).build(_context())
    handle = executor.start("c/1/1", {"tx": 0.1, "ty": 0.0}, tmp_path)
    assert executor.poll(handle) is None
    time.sleep(0.21)
    assert executor.poll(handle).values


def test_an_outcome_leaves_nothing_in_the_folder(file, tmp_path):
    executor = TableSettings(file=file).build(_context())
    folder = tmp_path / "attempt"
    folder.mkdir()
    executor.poll(executor.start("c/1/1", {"tx": 0.1, "ty": 0.0}, folder))
    assert list(folder.iterdir()) == []
    assert executor.reconcile("c/1/1", folder) == NeverStarted()


def test_several_objectives_each_have_their_column(file, tmp_path):
    executor = TableSettings(file=file, columns={"energy": "gb_energy"}).build(_context("energy", "ty"))
    outcome = executor.poll(executor.start("c/1/1", {"tx": 0.0}, tmp_path))
    assert {name: value.value for name, value in outcome.values.items()} == {"energy": 0.95, "ty": 0.0}


@pytest.mark.parametrize(
    ("settings", "objective", "message"),
    [
        (
            {},
            "gb_enrgy",
            r"columns: energies\.csv has no column 'gb_enrgy'\. Did you mean 'gb_energy'\? Its columns: tx, ",
        ),
        (
            {"columns": {"gb_energy": "E"}},
            "gb_energy",
            r"columns: energies\.csv has no column 'E'\. Its columns: tx, ty",
        ),
        ({"columns": {"energy": "gb_energy"}}, "gb_energy", r"columns: 'energy' is not an objective.*Did you mean"),
        ({"standard_error": {"gb_energy": "err"}}, "gb_energy", r"standard_error: .*Did you mean 'error'"),
        ({"failure": "notes"}, "gb_energy", r"failure: energies\.csv has no column 'notes'\. Did you mean 'note'\?"),
        ({"failure": "metal"}, "gb_energy", r"column 'metal' holds 'Cu'\. Write nothing, or one of infeasible, "),
        ({}, "metal", r"column 'metal' must hold numbers, but holds 'Cu'"),
    ],
)
def test_a_table_that_lacks_what_is_asked_for_is_refused_when_it_is_built(file, settings, objective, message):
    with pytest.raises(UnusableTable, match=message):
        TableSettings(file=file, **settings).build(_context(objective))


def test_a_column_of_dates_is_not_taken_for_numbers(tmp_path):
    pd.DataFrame({"x": [1], "y": pd.to_datetime(["2026-01-01"])}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(UnusableTable, match="column 'y' must hold numbers, but holds Timestamp"):
        TableSettings(file=tmp_path / "t.parquet").build(_context("y"))


def test_a_negative_standard_error_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("x,y,e\n1,2,-0.1\n")
    with pytest.raises(UnusableTable, match="column 'e' holds a negative standard error"):
        TableSettings(file=tmp_path / "t.csv", standard_error={"y": "e"}).build(_context("y"))


def test_the_file_is_relative_to_the_campaign_file(file):
    settings = TableSettings.model_validate({"file": "energies.csv"}, context={"folder": file.parent})
    assert settings.file == file


@pytest.mark.parametrize("wrong", [{"delay": -1}, {"delay": float("nan")}, {"colums": {}}])
def test_settings_that_cannot_work_are_refused(file, wrong):
    with pytest.raises(ValidationError):
        TableSettings(file=file, **wrong)


def test_a_parquet_file_gives_the_same_outcomes(file, outcome, tmp_path):
    pd.read_csv(file).to_parquet(tmp_path / "energies.parquet")
    executor = TableSettings(file=tmp_path / "energies.parquet").build(_context())
    parameters = {"tx": 0.1, "ty": 0.0}
    assert executor.poll(executor.start("c/1/1", parameters, tmp_path)) == outcome(parameters)
