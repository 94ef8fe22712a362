import subprocess
import sys

import pandas as pd
import pytest
from pydantic import ValidationError

from orchestrator.executors.errors import UnusableTable
from orchestrator.kinds.table import TableSpace


@pytest.fixture
def space(tmp_path):
    """Builds the pool of a table given as text."""

    def build(text, **settings):
        (tmp_path / "candidates.csv").write_text(text)
        data = {"file": "candidates.csv", **settings}
        return TableSpace.model_validate(data, context={"folder": tmp_path}).build()

    return build


def test_every_row_is_a_candidate(space):
    pool = space("tx,ty,metal\n0.0,0.5,Cu\n0.1,0.5,Ni\n")
    assert len(pool) == 2
    assert pool.parameters(1) == {"tx": 0.1, "ty": 0.5, "metal": "Ni"}


def test_only_the_named_columns_are_parameters_in_the_order_in_which_they_are_named(space):
    pool = space("tx,energy,ty\n0.0,0.95,0.5\n", parameters=["ty", "tx"])
    assert list(pool.parameters(0).items()) == [("ty", 0.5), ("tx", 0.0)]


def test_features_and_periods_are_handed_on(space):
    pool = space("tx,ty,metal\n0.0,0.5,Cu\n", features=["tx", "ty"], periodic={"tx": 2.55})
    assert pool.features == ("tx", "ty")
    assert pool.periods == {"tx": 2.55}


def test_a_parquet_file_gives_the_same_candidates(space, tmp_path):
    text = "tx,ty\n0.1,0.5\n0.2,0.5\n"
    pool = space(text)
    pd.read_csv(tmp_path / "candidates.csv").to_parquet(tmp_path / "candidates.parquet")
    pd.testing.assert_frame_equal(TableSpace(file=tmp_path / "candidates.parquet").build().table, pool.table)


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        (
            "tx,metal\n1,2\n",
            {"parameters": ["matal"]},
            r"space\.parameters: .* no column 'matal'.*Did you mean 'metal'",
        ),
        ("tx,ty\n1,2\n", {"parameters": ["tx", "tx"]}, r"space\.parameters: .* more than one column 'tx'"),
        ("tx,ty\n1,2\n", {"features": ["energy"]}, r"space\.features: .* no column 'energy'\. Its columns: tx, ty"),
        ("tx,ty\n1,2\n", {"parameters": ["tx"], "features": ["ty"]}, r"space\.features: .* no column 'ty'"),
        ("tx,ty\n1,2\n", {"periodic": {"tz": 1.0}}, r"space\.periodic: .* no column 'tz'"),
        ("m,ty\nCu,2\n", {"periodic": {"m": 1.0}}, r"space\.periodic: column 'm' .* does not hold numbers"),
        ("tx,ty\n1,2\n3,\n", {}, r"column 'ty' of candidates\.csv has no finite value in row 2\. Correct it"),
        ("tx,ty\n1,2\n3,inf\n", {}, "column 'ty' .* no finite value in row 2"),
        ("m,ty\nCu,2\n,2\n", {}, "column 'm' .* no finite value in row 2"),
        ("tx,ty\n1,2\n3,4\n1,2\n", {}, r"rows 1 and 3 of candidates\.csv are the same candidate"),
        ("tx,ty\n1,2\n1,4\n", {"parameters": ["tx"]}, "rows 1 and 2 .* are the same candidate"),
        ("tx,ty\n", {}, "has no rows"),
    ],
)
def test_a_table_that_is_no_space_is_refused_with_what_to_do(space, text, settings, message):
    with pytest.raises(UnusableTable, match=message):
        space(text, **settings)


def test_a_column_of_dates_is_refused(tmp_path):
    pd.DataFrame({"day": pd.to_datetime(["2026-01-01"])}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(UnusableTable, match=r"column 'day' .* holds datetime64 values"):
        TableSpace(file=tmp_path / "t.parquet").build()


def test_a_missing_file_is_refused_with_its_path(tmp_path):
    with pytest.raises(UnusableTable, match="there is no file"):
        TableSpace(file=tmp_path / "gone.csv").build()


@pytest.mark.parametrize("wrong", [{"periodic": {"tx": 0}}, {"periodic": {"tx": float("inf")}}, {"paramters": []}])
def test_settings_that_cannot_work_are_refused(tmp_path, wrong):
    with pytest.raises(ValidationError):
        TableSpace(file=tmp_path / "t.csv", **wrong)


def test_the_settings_import_nothing_heavy():
    code = "import sys, orchestrator.kinds.table; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pandas", "scipy", "prefect", "torch", "pyarrow"} & set(loaded)
