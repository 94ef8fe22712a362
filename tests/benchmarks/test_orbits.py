import numpy as np
import pandas as pd
import pytest

from benchmarks.orbits import representatives
from optimizers import CandidatePool, SymmetryOperation


def grid(columns: int, rows: int, symmetry) -> CandidatePool:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij"))
    table = pd.DataFrame({"x": x * 0.1, "y": y * 0.1, "z": 1.0})
    return CandidatePool(table, periods={"x": columns * 0.1, "y": rows * 0.1}, symmetry=symmetry)


def test_without_symmetry_every_candidate_stands_for_itself():
    assert representatives(grid(4, 6, ())).tolist() == list(range(24))


def test_two_mirrors_leave_a_quarter_and_its_edges():
    mirrors = (SymmetryOperation(sign={"x": -1}), SymmetryOperation(sign={"y": -1}))
    assert len(set(representatives(grid(4, 6, mirrors)))) == 3 * 4


def test_an_inversion_leaves_half_and_the_fixed_points():
    inversion = (SymmetryOperation(sign={"x": -1, "y": -1}),)
    assert len(set(representatives(grid(4, 6, inversion)))) == (24 - 4) / 2 + 4


def test_centring_halves_the_candidates():
    assert len(set(representatives(grid(4, 6, (SymmetryOperation(shift={"x": 0.2, "y": 0.3}),))))) == 12


def test_equal_candidates_share_the_first_of_them():
    first = representatives(grid(4, 6, (SymmetryOperation(sign={"x": -1}),)))
    assert np.array_equal(first[first], first)
    assert np.all(first <= np.arange(24))


def test_an_operation_that_leads_out_of_the_candidates_is_refused():
    with pytest.raises(KeyError):
        representatives(grid(4, 6, (SymmetryOperation(shift={"x": 0.05}),)))
