import numpy as np
import pandas as pd

from benchmarks.tabulated import Tabulated
from optimizers import CandidatePool


def landscape(values):
    return Tabulated("line", CandidatePool(pd.DataFrame({"x": range(len(values))})), np.array(values))


def test_one_per_cent_is_of_the_range_from_median_to_minimum():
    line = landscape([0.0, 0.9, 1.1, 100.0, 200.0, 300.0, 1e9])
    assert line.good_within_range(0.01).tolist() == [True, True, False, False, False, False, False]


def test_a_millijoule_is_counted_from_the_minimum():
    assert landscape([0.9511, 0.9518, 0.9522]).good_within().tolist() == [True, True, False]


def test_a_trial_without_a_value_is_never_good():
    assert landscape([np.nan, 1.0, 2.0]).good_within(10.0).tolist() == [False, True, True]


def test_the_fingerprint_changes_with_a_single_value():
    assert landscape([1.0, 2.0]).fingerprint() != landscape([1.0, 2.0 + 1e-12]).fingerprint()
