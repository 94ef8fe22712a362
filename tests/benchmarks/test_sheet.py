import pytest

from benchmarks.sheet import Sheet, write_markdown
from benchmarks.spread import spread


def test_a_sheet_is_a_markdown_table():
    assert Sheet(("a", "b"), (("1", "2"),)).markdown() == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_sheets_are_written_below_one_another_with_a_caption(tmp_path):
    sheet = Sheet(("a",), (("1",),))
    write_markdown(tmp_path / "results" / "page.md", [sheet, sheet], "on a laptop")
    table = sheet.markdown()
    assert (tmp_path / "results" / "page.md").read_text() == f"{table}\n{table}\n*on a laptop*\n"


def test_a_spread_shows_the_refits_that_a_median_hides():
    found = spread([1.0] * 9 + [100.0])
    assert (found.median, found.count) == (1.0, 10)
    assert found.mean == pytest.approx(10.9)
    assert found.p95 > 50.0


def test_nothing_measured_is_an_error():
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])
