from dataclasses import replace

import pytest

from benchmarks.contests import CONTESTS, fingerprint
from benchmarks.parameter_run import RunCell, RunFile, run
from benchmarks.peers_parameters.random_search import RandomSearcher

FILM = replace(CONTESTS["film"], trials=6)
BRANIN = replace(CONTESTS["branin"], trials=6)


class Remembering(RandomSearcher):
    def __init__(self, contest, seed):
        super().__init__(contest, seed)
        self.told = []

    def tell(self, measured):
        self.told.append(dict(measured))


def finished(contest, seed=0, searcher=None):
    cell = RunCell(contest.name, fingerprint(contest), "random", "1", seed)
    return run(contest, searcher or RandomSearcher(contest, seed), cell)


def test_exact_values_are_told_as_they_are():
    searcher = Remembering(BRANIN, 0)
    done = finished(BRANIN, searcher=searcher)
    assert [it["height"] for it in searcher.told] == pytest.approx([answer[0] for answer in done.answers], rel=1e-6)
    assert done.measured == ()


def test_noisy_values_are_told_and_the_truth_is_kept_beside_them():
    searcher = Remembering(FILM, 0)
    done = finished(FILM, searcher=searcher)
    assert [round(it["loss"], 6) for it in searcher.told] == [round(row[0], 6) for row in done.measured]
    assert all(abs(told[0] - true[0]) < 0.3 for told, true in zip(done.measured, done.answers, strict=True))
    assert done.measured != done.answers
    assert [len(row) for row in done.settings] == [4] * 6


def test_the_noise_of_a_trial_is_the_same_for_every_method():
    one, other = finished(FILM), finished(FILM, searcher=RandomSearcher(FILM, 99))
    noise = [[told[0] - true[0] for told, true in zip(it.measured, it.answers, strict=True)] for it in (one, other)]
    assert all(abs(a - b) < 1e-6 for a, b in zip(*noise, strict=True))


def test_finished_searches_come_back_from_the_file(tmp_path):
    file = RunFile(tmp_path / "results" / "regret.jsonl")
    assert file.load() == {}
    done = [finished(FILM), finished(BRANIN, 1)]
    for one in done:
        file.append(one)
    assert list(file.load().values()) == done


def test_a_line_that_was_cut_off_is_skipped(tmp_path):
    path = tmp_path / "regret.jsonl"
    RunFile(path).append(finished(BRANIN))
    path.write_text(path.read_text() + '{"cell": {"prob')
    assert len(RunFile(path).load()) == 1
