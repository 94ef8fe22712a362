import numpy as np
import pandas as pd

from benchmarks.search_run import initial_candidates, search
from benchmarks.tabulated import Tabulated
from optimizers import CandidatePool


def landscape(*values):
    return Tabulated("line", CandidatePool(pd.DataFrame({"x": range(len(values))})), np.array(values, dtype=float))


class Script:
    """Asks for what it was given, and remembers what it was told."""

    def __init__(self, *candidates):
        self.told = []
        self._candidates = iter(candidates)

    def tell(self, candidate, value):
        self.told.append((candidate, value))

    def ask(self):
        return next(self._candidates)


SOLVED = np.array([False, False, False, True])


def test_a_search_ends_with_the_first_solution():
    run = search(Script(1, 3, 2), landscape(4, 3, 2, 1), [0], SOLVED, cap=10)
    assert run.candidates == (0, 1, 3)


def test_a_search_ends_at_the_cap():
    assert search(Script(1, 2), landscape(4, 3, 2, 1), [0], SOLVED, cap=3).candidates == (0, 1, 2)


def test_a_solution_among_the_initial_trials_ends_the_search():
    assert search(Script(), landscape(4, 3, 2, 1), [3, 0], SOLVED, cap=10).candidates == (3,)


def test_initial_trials_are_told_but_not_asked_for():
    script = Script(3)
    run = search(script, landscape(4, 3, 2, 1), [0, 1], SOLVED, cap=10)
    assert script.told == [(0, 4.0), (1, 3.0), (3, 1.0)]
    assert len(run.ask_seconds) == 1


def test_a_trial_without_a_value_is_told_as_the_worst_so_far():
    script = Script(1, 3)
    search(script, landscape(4, np.nan, 2, 1), [0], SOLVED, cap=10)
    assert script.told[1] == (1, 4.0)


def test_every_method_gets_the_same_initial_candidates_for_a_seed_and_others_for_another():
    line = landscape(*range(1000))
    assert initial_candidates(line, seed=3) == initial_candidates(line, seed=3)
    assert initial_candidates(line, seed=3) != initial_candidates(line, seed=4)
    assert len(set(initial_candidates(line, seed=3))) == 10
