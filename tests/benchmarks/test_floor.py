import pytest

from benchmarks.floor import BandwidthProbe, floor_seconds, step_bytes


def test_a_step_moves_the_matrix_once_and_twelve_vectors():
    assert step_bytes(observations=105, candidates=20_000) == 8 * (105 * 20_000 + 12 * 20_000)


def test_the_floor_is_bytes_over_bandwidth():
    assert floor_seconds(100, 200_000, bandwidth=8 * 200_000 * 112.0) == pytest.approx(1.0)


def test_a_bandwidth_of_nothing_is_refused():
    with pytest.raises(ValueError, match="bandwidth is positive"):
        floor_seconds(100, 200_000, bandwidth=0.0)


def test_the_probe_finds_a_bandwidth_that_a_computer_can_have():
    assert 1e8 < BandwidthProbe(rows=100, columns=20_000).measure() < 1e13
