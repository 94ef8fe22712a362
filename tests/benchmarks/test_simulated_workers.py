import numpy as np
import pandas as pd
import pytest

from benchmarks.simulated_workers import run_time, simulate
from benchmarks.tabulated import Tabulated
from optimizers import CandidatePool, Proposal

LINE = Tabulated("line", CandidatePool(pd.DataFrame({"x": range(50)})), np.arange(50, dtype=float)[::-1])
LAST_IS_GOOD = np.arange(50) == 49


class InOrder:
    """Proposes candidates in pool order, and remembers the histories it was given."""

    def __init__(self):
        self.histories = []

    def propose(self, history, count):
        self.histories.append(history)
        return [Proposal({"x": len(history)}, len(history))]


def finish(workers, cap=50, optimizer=None):
    return simulate(optimizer or InOrder(), "value", LINE, LAST_IS_GOOD, workers=workers, seed=1, cap=cap)


def test_one_worker_takes_the_sum_of_all_run_times():
    found = finish(workers=1)
    assert found.trials == 50
    assert found.time == pytest.approx(sum(run_time(1, number) for number in range(50)))


def test_as_many_workers_as_trials_take_the_longest_of_those_up_to_the_good_one():
    assert finish(workers=50).time == pytest.approx(run_time(1, 49))


def test_four_workers_are_at_most_four_times_faster():
    assert finish(workers=1).time / 4.0 <= finish(workers=4).time < finish(workers=1).time / 3.0


def test_the_history_holds_the_ended_trials_in_the_order_they_ended_then_the_pending_by_number():
    optimizer = InOrder()
    finish(workers=4, optimizer=optimizer)
    for history in optimizer.histories:
        standings = [trial.standing for trial in history]
        assert standings == sorted(standings)  # "completed" before "pending"
        pending = [trial.number for trial in history.standing("pending")]
        assert pending == sorted(pending)
        assert len(pending) < 4
    ended = [trial.number for trial in optimizer.histories[-1].standing("completed")]
    assert ended != sorted(ended)


def test_a_search_that_reaches_the_cap_is_unsolved():
    found = finish(workers=4, cap=8)
    assert (found.trials, found.solved) == (8, False)


def test_a_candidate_proposed_twice_stops_the_simulation():
    class Stubborn:
        def propose(self, history, count):
            return [Proposal({"x": 7}, 7)]

    with pytest.raises(RuntimeError, match="candidate 7 was proposed twice"):
        finish(workers=2, optimizer=Stubborn())


def test_run_times_have_mean_one():
    assert np.mean([run_time(0, number) for number in range(4_000)]) == pytest.approx(1.0, abs=0.03)
