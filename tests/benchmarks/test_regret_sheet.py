from dataclasses import replace

from benchmarks.parameter_run import FinishedRun, RunCell
from benchmarks.regret_sheet import Score, beats_the_peers, score, sheet_of_costs, sheet_of_losses


def row(method, median, problem="branin", seeds=20):
    return Score(problem, method, seeds, median, median, median, median, 0.25)


def test_ours_is_compared_with_the_best_peer_and_not_with_our_other_methods():
    rows = {it.method: it for it in (row("junkan", 0.2), row("junkan ax", 0.1), row("ax default", 0.3))}
    assert beats_the_peers(rows, "junkan") is True
    rows["optuna GP"] = row("optuna GP", 0.15)
    assert beats_the_peers(rows, "junkan") is False


def test_a_search_that_found_nothing_admissible_beats_nobody_and_is_beaten_by_all():
    rows = {it.method: it for it in (row("junkan", None), row("random", 0.5))}
    assert beats_the_peers(rows, "junkan") is False
    rows = {it.method: it for it in (row("junkan", 0.5), row("random", None))}
    assert beats_the_peers(rows, "junkan") is True


def test_the_best_median_is_bold_and_few_seeds_are_told():
    sheet = sheet_of_losses([row("junkan", 0.1), row("ax default", 0.2, seeds=7)], "junkan")
    (line,) = sheet.rows
    assert line[2] == "**0.1** [0.1, 0.1]"
    assert line[3] == "0.2 [0.2, 0.2, 7 seeds]"
    assert line[4] == "no worse, 0.1 : 0.2 (ax default)"


def test_costs_are_milliseconds():
    assert sheet_of_costs([row("junkan", 0.1)], "junkan").rows == (("branin", "250", "-"),)


def test_our_cost_is_compared_with_that_of_ax():
    rows = [row("junkan", 0.1), replace(row("ax default", 0.1), cpu_seconds=5.0)]
    assert sheet_of_costs(rows, "junkan").rows == (("branin", "250", "5,000", "20"),)


def test_a_score_is_the_median_over_seeds():
    runs = [
        FinishedRun(RunCell("branin", "f", "m", "1", seed), ((0.39788735772973816 + gap,),) * 30, (0.1,) * 30)
        for seed, gap in enumerate((1.0, 2.0, 9.0))
    ]
    found = score(runs)
    assert (round(found.median, 9), found.seeds, round(found.cpu_seconds, 9)) == (2.0, 3, 0.1)
