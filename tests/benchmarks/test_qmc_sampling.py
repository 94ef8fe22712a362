from benchmarks.qmc_sampling import PAIRS, as_table, compared


def test_the_pairs_hold_the_real_plane_waves_of_the_ring_and_two_temperatures():
    assert ("ring", 10.0, "realPW") in PAIRS
    assert {beta for _, beta, _ in PAIRS} == {2.0, 10.0}
    assert len(set(PAIRS)) == len(PAIRS) >= 8


def test_a_row_compares_every_seed_with_the_exact_values():
    row = compared("isosceles", 2.0, "localized", seeds=2, sweeps=500)
    assert abs(row["average_sign"] - 0.7596418817) < 1e-8
    assert all(0.0 < mean <= largest < 5.0 for mean, largest in zip(row["mean_z"], row["largest_z"], strict=True))
    assert all(error > 0.0 for error in row["smallest_error"])


def test_the_last_line_of_the_table_is_over_all_pairs():
    row = {
        "model": "ring",
        "beta": 10.0,
        "basis": "PW",
        "average_sign": 0.9972,
        "mean_z": [0.5, 0.7],
        "largest_z": [2.0, 3.0],
        "smallest_error": [0.01, 0.02],
        "error_root_sweeps": [1.0, 1.1],
    }
    last = as_table([row, {**row, "mean_z": [0.7, 0.9], "largest_z": [3.5, 1.0]}]).splitlines()[-1]
    assert last == "| all | 2 pairs | | 0.60, 0.80 | 3.50, 3.00 | | |"
