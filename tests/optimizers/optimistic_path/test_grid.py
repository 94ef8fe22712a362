import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers import CandidatePool
from optimizers.errors import UnusablePool
from optimizers.optimistic_path.grid import PeriodicGrid


def pool(*shape, order=None):
    places = np.indices(shape).reshape(len(shape), -1)
    table = pd.DataFrame({name: row / n for name, row, n in zip("xyz", places, shape, strict=False)})
    if order is not None:
        table = table.iloc[order].reset_index(drop=True)
    return CandidatePool(table, periods=dict.fromkeys(table.columns, 1.0))


def test_a_way_leads_from_a_point_to_its_image_by_neighbours():
    grid = PeriodicGrid(pool(5, 6))
    way = grid.way(np.zeros(30), start=7)
    assert way.points[0] == way.points[-1] == 7
    assert any(way.across)
    assert len(way.points) == 6


def test_the_way_goes_round_a_wall_through_its_lowest_gap():
    values = np.zeros((6, 6))
    values[3, :] = 5.0
    values[:, 3] = 7.0
    values[3, 4], values[0, 3] = 2.0, 3.0
    way = PeriodicGrid(pool(6, 6)).way(values.ravel(), start=0)
    assert way.top == 2.0
    assert way.across in {(1, 0), (-1, 0)}


def test_where_every_way_is_closed_there_is_none():
    values = np.full((5, 5), np.inf)
    values[1:4, 1:4] = 0.0
    assert PeriodicGrid(pool(5, 5)).way(values.ravel(), start=12) is None


def test_the_cheapest_way_stays_below_the_top():
    values, costs = np.zeros((5, 5)), np.ones((5, 5))
    values[2, :] = 1.0
    values[2, 2] = 0.5
    costs[2, 2] = 100.0
    way = PeriodicGrid(pool(5, 5)).cheapest_way(values.ravel(), costs.ravel(), 0, top=0.5)
    assert way.across in {(0, 1), (0, -1)}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_no_flooding_below_the_top_leads_out_of_the_cell(seed):
    values = np.random.default_rng(seed).random((4, 5))
    start = int(values.argmin())
    top = PeriodicGrid(pool(4, 5)).way(values.ravel(), start).top
    assert leads_out(values <= top, start)
    assert not leads_out(values < top, start)


def leads_out(allowed, start):
    """Whether a flood from the start reaches one of its images, in 5 x 5 cells without periodicity."""
    from scipy.ndimage import label

    labels, _ = label(np.tile(allowed, (5, 5)), structure=np.ones((3, 3)))
    rows, columns = allowed.shape
    i, j = divmod(start, columns)
    images = [labels[i + a * rows, j + b * columns] for a in (1, 2, 3) for b in (1, 2, 3)]
    return images[4] > 0 and images.count(images[4]) > 1


def test_the_order_of_the_candidates_does_not_matter():
    values = np.random.default_rng(4).random(30)
    order = np.random.default_rng(5).permutation(30)
    straight = PeriodicGrid(pool(5, 6)).way(values, int(values.argmin()))
    mixed = PeriodicGrid(pool(5, 6, order=order)).way(values[order], int(values[order].argmin()))
    assert mixed.top == straight.top


def test_a_pool_that_is_no_periodic_grid_is_refused():
    table = pd.DataFrame({"x": [0.0, 0.5, 0.0], "y": [0.0, 0.0, 0.5]})
    with pytest.raises(UnusablePool, match="3 candidates do not fill a grid of 2 x 2 points"):
        PeriodicGrid(CandidatePool(table, periods={"x": 1.0, "y": 1.0}))
    with pytest.raises(UnusablePool, match="'y' has no period"):
        PeriodicGrid(CandidatePool(table, periods={"x": 1.0}))
    uneven = pd.DataFrame({"x": [0.0, 0.3]})
    with pytest.raises(UnusablePool, match="not evenly spaced"):
        PeriodicGrid(CandidatePool(uneven, periods={"x": 1.0}))
