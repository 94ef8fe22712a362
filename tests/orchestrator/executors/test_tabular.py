import pandas as pd
import pytest

from orchestrator.executors.errors import UnusableTable
from orchestrator.executors.tabular import read_table, require_columns


def test_numbers_are_read_exactly(tmp_path):
    numbers = [0.1 + 0.2, 1 / 3, 2.2250738585072014e-308, 123456789.12345679, 0.9511]
    (tmp_path / "t.csv").write_text("x\n" + "\n".join(map(repr, numbers)))
    assert read_table(tmp_path / "t.csv", "file")["x"].tolist() == numbers


def test_an_index_that_has_a_name_is_a_column(tmp_path):
    pd.DataFrame({"x": [1, 2], "y": [3, 4]}).set_index("x").to_parquet(tmp_path / "t.parquet")
    assert list(read_table(tmp_path / "t.parquet", "file").columns) == ["x", "y"]


def test_an_index_without_a_name_is_not(tmp_path):
    pd.DataFrame({"x": [1, 2]}, index=[7, 8]).to_parquet(tmp_path / "t.parquet")
    table = read_table(tmp_path / "t.parquet", "file")
    assert list(table.columns) == ["x"]
    assert list(table.index) == [0, 1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", None, "there is no file .*t.csv. Paths are relative to the campaign file"),
        ("t.csv", b"", "cannot be read as a table"),
        ("t.csv", b"x,y\n", "has no rows"),
        ("t.csv", b"x,y\n1,2\n1,2,3\n", "cannot be read as a table: .*line 3"),
        ("t.csv", b"x\n\xff\xfe\n", "cannot be read as a table"),
        ("t.parquet", b"not a parquet file", "cannot be read as a table"),
        ("t.xlsx", b"?", "neither a .csv nor a .parquet file"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_name(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableTable, match=message) as refused:
        read_table(tmp_path / name, "space.file")
    assert str(tmp_path / name) in str(refused.value)
    assert str(refused.value).startswith("space.file: ")


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(UnusableTable, match="there is no file"):
        read_table(tmp_path, "file")


def test_a_missing_column_is_named_with_the_nearest_and_all_others(tmp_path):
    table = pd.DataFrame({"tx": [1], "ty": [2]})
    with pytest.raises(UnusableTable, match=r"space\.features: t\.csv has no column 'tX'.*'tx'.*Its columns: tx, ty\."):
        require_columns(table, tmp_path / "t.csv", "space.features", ["ty", "tX"])


def test_a_column_that_is_there_twice_cannot_be_asked_for(tmp_path):
    table = pd.DataFrame([[1, 2]], columns=["x", "x"])
    with pytest.raises(UnusableTable, match="more than one column 'x'"):
        require_columns(table, tmp_path / "t.csv", "columns", ["x"])
