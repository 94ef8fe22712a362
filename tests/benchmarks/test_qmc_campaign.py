import pytest

from benchmarks import qmc_campaign
from benchmarks.qmc_campaign import Laboratory, OutOfBudget, as_sheet, run, summarised

ROW = {"model": "ring", "noise": "0.01", "seed": 0, "best": 1.0, "seconds": 1.0}


@pytest.fixture
def budget(monkeypatch):
    """A small budget."""
    monkeypatch.setattr(qmc_campaign, "BUDGET", 20)
    return 20


def test_random_search_uses_its_whole_budget_and_names_the_best_it_measured(budget):
    row = run("ring", "exact", 0, "random", seed=1)
    assert row["evaluations"] == row["units"] == budget
    assert row["found"] is None
    assert 0.0 < row["recommended"] <= row["best"] < 0.9


def test_a_library_minimiser_stops_at_the_budget(budget):
    assert run("isosceles", "exact", 0, "nelder-mead restarts", seed=1)["evaluations"] == budget


def test_nothing_is_measured_beyond_the_budget(tmp_path, monkeypatch):
    monkeypatch.setattr(qmc_campaign, "BUDGET", 1)
    laboratory = Laboratory("ring", "exact", 0, 0, tmp_path)
    laboratory.observe({"w12": 0.1, "w13": 0.2, "w23": 0.3})
    with pytest.raises(OutOfBudget):
        laboratory.observe({"w12": 0.1, "w13": 0.2, "w23": 0.3})


def test_peers_of_a_monte_carlo_run_get_the_noise_of_twice_its_sweeps(tmp_path):
    laboratory = Laboratory("ring", "like sse", 5000, 0, tmp_path)
    seen = laboratory.observe({"w12": 0.1, "w13": 0.2, "w23": 0.3})
    assert seen["stoquastic_energy"].standard_error == pytest.approx(0.95 / 10_000**0.5)
    assert seen["average_sign"].standard_error == pytest.approx(1.4 / 10_000**0.5)


def test_a_summary_counts_what_was_found_and_what_would_be_named():
    rows = [
        {**ROW, "method": "random", "found": None, "recommended": 0.1},
        {**ROW, "method": "junkan", "found": 110, "recommended": 0.95},
        {**ROW, "method": "junkan", "found": 120, "recommended": 0.5},
    ]
    ours, theirs = summarised(rows)
    assert (ours["method"], ours["seeds"], ours["found"], ours["recommended"]) == ("junkan", 2, 2, 1)
    assert ours["median_found"] == 115
    assert theirs["median_found"] is None
    assert as_sheet([ours, theirs]).rows[0] == ("ring", "0.01", "junkan", "2", "2", "1", "0.725", "115")
