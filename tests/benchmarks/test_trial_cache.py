from benchmarks.trial_cache import Cell, FinishedSearch, TrialCache


def search(seed, *candidates):
    return FinishedSearch(Cell("junkan", "1", "bowl", "abc", seed), candidates, 0.5)


def test_what_was_appended_is_loaded(tmp_path):
    cache = TrialCache(tmp_path / "results" / "trials.jsonl")
    cache.append(search(0, 4, 2))
    cache.append(search(1, 9))
    assert list(cache.load().values()) == [search(0, 4, 2), search(1, 9)]


def test_nothing_is_loaded_before_anything_was_measured(tmp_path):
    assert TrialCache(tmp_path / "trials.jsonl").load() == {}


def test_the_last_line_for_a_cell_counts(tmp_path):
    cache = TrialCache(tmp_path / "trials.jsonl")
    cache.append(search(0, 4))
    cache.append(search(0, 7))
    assert cache.load()[search(0).cell].candidates == (7,)


def test_a_line_that_was_being_written_at_a_crash_is_skipped(tmp_path):
    cache = TrialCache(tmp_path / "trials.jsonl")
    cache.append(search(0, 4))
    with (tmp_path / "trials.jsonl").open("a") as file:
        file.write('{"cell":{"method":')
    assert list(cache.load()) == [search(0).cell]


def test_only_the_kept_searches_remain(tmp_path):
    cache = TrialCache(tmp_path / "trials.jsonl")
    cache.append(search(0, 4))
    cache.append(search(1, 9))
    cache.keep([search(1, 9)])
    assert list(cache.load().values()) == [search(1, 9)]
