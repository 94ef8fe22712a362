from benchmarks.ask_cost import WINDOWS, measure_ask_cost
from benchmarks.peers.registry import PEERS
from benchmarks.synthetic import morse_slabs


def test_every_optimizer_is_timed_on_every_ask_of_every_window():
    (cost,) = measure_ask_cost([PEERS["random"]], morse_slabs((10, 10, 20), seed=0), "own")
    assert {window: times.count for window, times in cost.milliseconds.items()} == {
        window: last - first + 1 for window, (first, last) in WINDOWS.items()
    }
    assert cost.milliseconds["10-105"].mean > 0.0
