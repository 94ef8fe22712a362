import math

import pytest

from benchmarks.quantile import quantile

INF = math.inf


@pytest.mark.parametrize(
    ("values", "median"),
    [([3, 1, 2], 2), ([4, 1, 2, 3], 2.5), ([1, 2, INF], 2), ([1, INF, INF], INF)],
)
def test_the_median_stands_in_the_middle_whatever_is_infinite(values, median):
    assert quantile(values, 0.5) == median


def test_quantiles_are_taken_along_the_first_axis():
    assert quantile([[1, 10], [2, 20], [3, 30]], 0.5).tolist() == [2, 20]


def test_the_outermost_quantiles_are_the_outermost_values():
    assert (quantile([5, 1, 3], 0.0), quantile([5, 1, 3], 1.0)) == (1, 5)
