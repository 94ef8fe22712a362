from benchmarks.trials_sheet import sheet_of_means, sheet_per_boundary


def row(landscape, method, median, p90, solved=1.0, searches=30):
    successes = {"searches": searches, "median": median, "p90": p90, "mean": 9.0, "solved": solved}
    return {"landscape": landscape, "candidates": 99, "method": method, "goals": {"1 %": successes}}


ROWS = [
    row("one", "ours", 4.0, 9.0),
    row("one", "theirs", 20.0, 90.0),
    row("two", "ours", 6.5, 12.0),
    row("two", "theirs", None, None, solved=0.4),
    row("three", "ours", 100.0, 140.0),
]


def test_a_boundary_is_a_line_and_a_method_is_a_column():
    sheet = sheet_per_boundary(ROWS, "1 %", cap=150)
    assert sheet.headings == ("trials to 1 %", "N", "ours", "theirs")
    assert sheet.rows[0] == ("one", "99", "4 / 9 (100%)", "20 / 90 (100%)")


def test_what_lies_beyond_the_cap_is_said_so():
    assert sheet_per_boundary(ROWS, "1 %", cap=150).rows[1][3] == ">150 / >150 (40%)"


def test_a_method_that_has_not_searched_a_boundary_has_a_dash():
    assert sheet_per_boundary(ROWS, "1 %", cap=150).rows[2][3] == "-"


def test_a_cell_with_fewer_searches_says_how_many():
    rows = [row("one", "ours", 4.0, 9.0), row("one", "theirs", 20.0, 90.0, searches=14)]
    assert sheet_per_boundary(rows, "1 %", cap=150).rows[0][3] == "20 / 90 (100% of 14)"


def test_means_are_taken_over_the_boundaries_that_all_methods_have_searched():
    sheet = sheet_of_means(ROWS, ["1 %"], cap=150)
    assert "2 boundaries" in sheet.headings[2]
    assert sheet.rows[0] == ("1 %", "ours", "5.2", "12", "100.0%", "60")
    assert sheet.rows[1] == ("1 %", "theirs", "85.0", ">150", "70.0%", "60")
