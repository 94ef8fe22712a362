from benchmarks.tavorites import summarised


def rows(after):
    key = {"part": "Li", "descriptors": "composition", "case": "clean", "method": "kriging", "seconds": 1.0}
    return [{**key, "seed": seed, "best_after": it, "recall": 0.5} for seed, it in enumerate(after)]


def test_nine_of_ten_seeds_must_have_found_the_best():
    (row,) = summarised(rows([10, 12, 14, 16, 18, 20, 22, 24, 26, None]))
    assert row["n90"] == 26
    assert row["n90_share"] == 26 / 160
    assert row["found_at_15"] == 0.8


def test_where_too_few_found_it_there_is_no_number():
    (row,) = summarised(rows([10, None, 12, None]))
    assert row["n90"] is None
    assert row["n90_share"] is None
    assert row["recall_over_random"] == 0.5 / 0.3
