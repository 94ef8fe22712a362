from pathlib import Path

import pandas as pd
import pytest

from simulators.ion_migration.descriptors import COMPOSITION, STRUCTURE
from simulators.ion_migration.family import family
from simulators.ion_migration.survey import row, write

TABLE = Path(__file__).parents[3] / "campaigns" / "tables" / "tavorites.parquet"


@pytest.fixture(scope="module")
def table():
    return pd.read_parquet(TABLE)


def test_the_shipped_table_has_the_whole_family_in_its_order(table):
    assert table["compound"].tolist() == [one.formula for one in family()]


def test_every_compound_of_the_shipped_table_has_a_barrier_and_all_descriptors(table):
    assert table[["barrier", *COMPOSITION, *STRUCTURE]].notna().all().all()
    assert (table["instability"] < 0.2).all()


def test_where_nothing_percolates_there_is_no_number(table):
    assert 0.05 < table["barrier_2d"].isna().mean() < 0.15
    assert 0.15 < table["barrier_3d"].isna().mean() < 0.25
    assert (table[["barrier", "barrier_2d", "barrier_3d"]].max() <= 5.0).all()


@pytest.mark.parametrize("formula", ["LiGaSO5", "NaScAsO4I"])
def test_a_row_computed_anew_is_the_shipped_one(table, formula):
    shipped = table.set_index("compound").loc[formula]
    again = row(formula)
    for name in ("barrier", "prototype_barrier", *STRUCTURE):
        assert again[name] == pytest.approx(shipped[name], rel=1e-4), name


def test_a_table_is_written_with_a_column_for_failures(tmp_path):
    write([row("LiMgSO4F")], tmp_path / "some.parquet")
    written = pd.read_parquet(tmp_path / "some.parquet")
    assert written["failure"].isna().all()
    assert [file.name for file in tmp_path.iterdir()] == ["some.parquet"]
