import numpy as np
import pandas as pd

from benchmarks.optimizers_trials import METHODS, latest, run_missing, tabulate
from benchmarks.peers.registry import PEERS
from benchmarks.tabulated import Tabulated
from benchmarks.trial_cache import Cell, FinishedSearch, TrialCache
from optimizers import CandidatePool

X = np.arange(40.0)
LANDSCAPE = Tabulated("bowl", CandidatePool(pd.DataFrame({"x": X})), 1e-3 * (X - 25.0) ** 2)
OURS = METHODS["junkan"]


def finished(seed, *candidates, version="1"):
    cell = Cell("junkan", version, LANDSCAPE.name, LANDSCAPE.fingerprint(), seed)
    return FinishedSearch(cell, candidates, cpu_seconds=0.1)


def goals(rows, method):
    return next(row for row in rows if row["method"] == method)["goals"]


def test_a_table_counts_the_trials_to_both_goals():
    rows = tabulate([finished(0, 3, 26, 25), finished(1, 0, 1, 2, 3, 24)], [OURS], [LANDSCAPE], seeds=2)
    assert goals(rows, "junkan")["1 mJ/m^2"]["median"] == 3.5  # 24, 25 and 26 lie within 1 mJ/m^2
    assert goals(rows, "junkan")["1 mJ/m^2"]["searches"] == 2


def test_random_search_stands_beside_every_boundary():
    rows = tabulate([], [OURS], [LANDSCAPE], seeds=2)
    assert goals(rows, "random, exact")["1 mJ/m^2"]["mean"] == 41 / 4


def test_searches_of_another_version_of_the_landscape_are_not_counted():
    changed = Tabulated("bowl", LANDSCAPE.pool, LANDSCAPE.values + 1.0)
    assert [row["method"] for row in tabulate([finished(0, 25)], [OURS], [changed], seeds=2)] == ["random, exact"]


def test_only_the_version_measured_last_is_shown():
    old, new = finished(0, 1, 25, version="1"), finished(0, 25, version="2")
    assert latest([old, new]) == [new]


def test_only_missing_searches_are_run(tmp_path):
    cache = TrialCache(tmp_path / "trials.jsonl")
    version = PEERS[OURS.peer].version()
    cache.append(finished(0, 7, 25, version=version))
    run_missing(cache, [OURS], [LANDSCAPE], seeds=2, fresh=False)
    found = {cell.seed: search for cell, search in cache.load().items()}
    assert found[0].candidates == (7, 25)
    assert found[1].candidates[-1] in (24, 25, 26)


def test_a_fresh_run_replaces_what_was_measured(tmp_path):
    cache = TrialCache(tmp_path / "trials.jsonl")
    version = PEERS[OURS.peer].version()
    cache.append(finished(0, *range(25), version=version))
    run_missing(cache, [OURS], [LANDSCAPE], seeds=1, fresh=True)
    (found,) = cache.load().values()
    assert len(found.candidates) < 20


def test_a_peer_that_is_not_installed_is_left_out_with_a_word(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(type(PEERS["physbo"]), "installed", lambda peer: False)
    run_missing(TrialCache(tmp_path / "t.jsonl"), [METHODS["physbo, 10 random"]], [LANDSCAPE], seeds=1, fresh=False)
    assert "physbo is not installed" in capsys.readouterr().err
    assert not (tmp_path / "t.jsonl").exists()
