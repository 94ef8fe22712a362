import pytest

from benchmarks.page import filled, pages
from benchmarks.record import RESULTS


def test_a_table_is_put_between_its_marks(tmp_path):
    (tmp_path / "speed.md").write_text("| new |\n")
    page = "before\n<!-- table: speed -->\n\n| old |\n\n<!-- end -->\nafter\n"
    assert filled(page, tmp_path) == "before\n<!-- table: speed -->\n\n| new |\n\n<!-- end -->\nafter\n"


def test_filling_twice_changes_nothing(tmp_path):
    (tmp_path / "speed.md").write_text("| new |\n")
    once = filled("<!-- table: speed -->\n<!-- end -->\n", tmp_path)
    assert filled(once, tmp_path) == once


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_a_page_shows_what_was_measured_last(page):
    assert filled(page.read_text(), RESULTS) == page.read_text(), "run python -m benchmarks.page"
