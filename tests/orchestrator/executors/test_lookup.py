import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.executors.lookup import Lookup

NUMBERS = st.sampled_from([-1.5, -1e-3, 0.0, 1e-17, 0.1, 0.1 + 1e-11, 0.1 + 1e-8, 0.30000000000000004, 0.3, 2.0, 1e6])


def _equal(found, wanted, largest):
    return abs(found - wanted) <= max(1e-9 * abs(wanted), 1e-12 * largest)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from("ab")), min_size=1, max_size=12), NUMBERS, NUMBERS)
def test_it_finds_what_comparing_every_row_finds(rows, x, y):
    table = pd.DataFrame(rows, columns=["x", "y", "word"])
    largest = table[["x", "y"]].abs().max()
    expected = [
        number
        for number, row in enumerate(rows)
        if _equal(row[0], x, largest["x"]) and _equal(row[1], y, largest["y"]) and row[2] == "a"
    ]
    assert Lookup(table, ["x", "y", "word"]).rows({"x": x, "y": y, "word": "a"}) == expected


@pytest.mark.parametrize(
    ("column", "value", "rows"),
    [
        (pd.Series([1, 2, 3]), 2, [1]),
        (pd.Series([1, 2, 3]), 2.0, [1]),
        (pd.Series([1, 2, 3]), 2.5, []),
        (pd.Series([0.1 + 1e-11, 0.2, 0.1]), 0.1, [0, 2]),
        (pd.Series([True, False, True]), True, [0, 2]),
        (pd.Series([1.0, np.nan, np.inf]), float("nan"), []),
        (pd.Series([1.0, np.nan, np.inf]), None, []),
        (pd.Series(["a", None, "b"]), "b", [2]),
        (pd.Series(["a", None, "b"]), None, []),
        (pd.Series(["a", "b", "a"], dtype="category"), "a", [0, 2]),
        (pd.Series([1, None, 3], dtype="Int64"), 3, [2]),
        (pd.Series([np.nan, np.nan]), 1.0, []),
    ],
)
def test_every_kind_of_column_can_be_searched(column, value, rows):
    lookup = Lookup(pd.DataFrame({"x": column}), ["x"])
    assert lookup.rows({"x": value}) == rows
    assert rows or lookup.why_none({"x": value}).startswith("x is never")


def test_a_large_table_is_searched_in_well_under_a_millisecond():
    import time

    grid = np.linspace(0, 1, 200)
    x, y = np.meshgrid(grid, grid)
    lookup = Lookup(pd.DataFrame({"x": x.ravel(), "y": y.ravel()}), ["x", "y"])
    began = time.process_time()
    for number in range(200):
        assert len(lookup.rows({"x": float(grid[number]), "y": 0.0})) == 1
    assert (time.process_time() - began) / 200 < 1e-3
