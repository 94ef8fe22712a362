import numpy as np
import pytest

from optimizers import SymmetryOperation
from optimizers.errors import UnusableSymmetry
from optimizers.kriging.group import SymmetryGroup

PERIODS = {"x": 2.0, "y": 6.0}
COLUMNS = ("x", "y", "z")


def group(*operations, constants=None):
    return SymmetryGroup.generated(operations, COLUMNS, constants or {}, PERIODS)


def test_a_mirror_of_one_column_is_folded_away():
    found = group(SymmetryOperation(sign={"x": -1}, shift={"x": 1.0}))
    assert found.mirrors == {"x": 0.5}
    assert len(found.residual) == 1


def test_a_centring_beside_two_mirrors_leaves_one_image():
    mirrors = SymmetryOperation(sign={"x": -1}), SymmetryOperation(sign={"y": -1})
    found = group(*mirrors, SymmetryOperation(shift={"x": 1.0, "y": 3.0}))
    assert set(found.mirrors) == {"x", "y"}
    assert len(found.residual) == 2


def test_an_inversion_of_two_columns_cannot_be_folded():
    found = group(SymmetryOperation(sign={"x": -1, "y": -1}))
    assert found.mirrors == {}
    assert len(found.residual) == 2


def test_an_inversion_beside_a_mirror_is_a_second_mirror():
    found = group(SymmetryOperation(sign={"x": -1}), SymmetryOperation(sign={"x": -1, "y": -1}))
    assert set(found.mirrors) == {"x", "y"}
    assert len(found.residual) == 1


def test_a_mirror_is_not_folded_if_a_translation_moves_its_plane():
    found = group(SymmetryOperation(sign={"x": -1}), SymmetryOperation(shift={"x": 0.5}))
    assert found.mirrors == {}
    assert len(found.residual) == 8  # four translations, each with and without the mirror


def test_residual_operations_map_points_as_declared():
    found = group(SymmetryOperation(sign={"x": -1, "y": -1}, shift={"y": 1.5}))
    image = found.residual[1].apply(np.array([[0.25], [1.0], [7.0]]))
    assert image[:, 0] == pytest.approx([-0.25, 0.5, 7.0])


def test_a_translation_without_a_period_never_closes():
    with pytest.raises(UnusableSymmetry, match="periods"):
        group(SymmetryOperation(shift={"z": 1.0}))


def test_a_column_that_is_no_feature_is_named():
    with pytest.raises(UnusableSymmetry, match="'w'"):
        group(SymmetryOperation(sign={"w": -1}))


def test_a_sign_is_plus_or_minus_one():
    with pytest.raises(UnusableSymmetry, match="2"):
        group(SymmetryOperation(sign={"x": 2}))


def test_an_operation_that_leaves_a_constant_column_where_it_is_counts():
    found = SymmetryGroup.generated([SymmetryOperation(sign={"x": -1, "y": -1})], ("x",), {"y": 3.0}, PERIODS)
    assert found.mirrors == {"x": 0.0}


def test_an_operation_that_changes_a_constant_column_is_left_out():
    found = SymmetryGroup.generated([SymmetryOperation(sign={"x": -1, "y": -1})], ("x",), {"y": 1.0}, PERIODS)
    assert found.mirrors == {}
