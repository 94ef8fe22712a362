import pandas as pd
import pytest

from benchmarks.peers.grid import Grid, NotAGrid
from optimizers import CandidatePool

ROWS = [(x, y) for y in (0.5, 0.1, 0.9) for x in (2, 1)]


def pool(rows):
    return CandidatePool(pd.DataFrame(rows, columns=["x", "y"]))


def test_every_candidate_is_found_again_by_its_levels():
    grid = Grid(pool(ROWS))
    assert grid.sizes == (2, 3)
    assert [grid.candidate(grid.levels(candidate)) for candidate in range(6)] == list(range(6))


def test_levels_count_the_values_of_a_column_upwards():
    assert Grid(pool(ROWS)).levels(0) == (1, 1)


@pytest.mark.parametrize("rows", [ROWS[:-1], [*ROWS[:-1], ROWS[0]]])
def test_a_pool_with_a_hole_is_refused(rows):
    with pytest.raises(NotAGrid, match="do not fill a 2 x 3 grid"):
        Grid(pool(rows))
