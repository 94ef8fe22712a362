import numpy as np
import pytest

from benchmarks.reliability import EDGES, Statement, Told, reliability, sheet_of_bins, sheet_of_stops, stops


def run(seed, *statements):
    """One campaign on the landscape `hill`: chance and truth after 6, 8, ... trials."""
    return [
        Statement("hills", "hill", seed, 6 + 2 * n, chance, better, better)
        for n, (chance, better) in enumerate(statements)
    ]


def test_honest_statements_come_true_as_often_as_they_say():
    generator = np.random.default_rng(2)
    chances = generator.random(20_000)
    told = run(1, *((float(chance), bool(generator.random() < chance)) for chance in chances))
    for found in reliability(told):
        low, high = found.interval
        assert low < found.stated < high or abs(found.stated - found.true / found.statements) < 0.02


def test_every_statement_is_in_one_bin():
    told = run(1, *((float(chance), False) for chance in (*EDGES, 0.001, 0.999)))
    assert sum(found.statements for found in reliability(told)) == len(told)


def test_the_interval_of_a_rate_that_was_never_seen_reaches_to_what_could_be():
    (found,) = reliability(run(1, *[(0.01, False)] * 29))
    assert found.interval[0] == 0.0
    assert found.interval[1] == pytest.approx(1.0 - 0.025 ** (1 / 29))  # (1 - p)^29 = 2.5 %


def test_a_run_stops_at_its_first_small_chance_and_is_judged_there():
    told = [
        *run(1, (0.9, True), (0.03, True), (0.01, False)),
        *run(2, (0.9, True), (0.2, False), (0.04, False)),
        *run(3, (0.9, True), (0.6, True)),
    ]
    found = stops(told, 0.05)
    assert (found.runs, found.stopped, found.wrong, found.median_trials) == (3, 2, 1, 10)
    assert stops(told, 0.02).wrong == 0


def test_tables_say_what_is_missing():
    told = run(1, (0.01, False), (0.95, True))
    cells = [row[1] for row in sheet_of_bins({"hills": reliability(told)}).rows]
    assert cells.count("-") == len(EDGES) - 3
    assert sheet_of_stops({"hills": [stops(told, 0.005)]}).rows[0][4:] == ("-", "-")


def test_a_campaign_told_as_one_line_is_the_same_statements():
    statements = run(7, (0.9, True), (0.1, False))
    told = Told("hills", "hill", 7, (6, 8), (0.9, 0.1), (True, False), (True, False))
    assert told.statements() == statements
