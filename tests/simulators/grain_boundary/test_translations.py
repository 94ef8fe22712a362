import numpy as np
import pytest

from simulators.grain_boundary.coincidence import tilt_boundary
from simulators.grain_boundary.translations import GAPS, Invariance, count, invariances, periods, table

COPPER = 3.61493


@pytest.mark.parametrize(
    ("axis", "plane", "step", "gaps", "candidates"),
    [
        ((0, 0, 1), (2, 1, 0), 0.1, GAPS, 36 * 80 * 8),
        ((0, 0, 1), (3, 1, 0), 0.1, GAPS, 36 * 58 * 8),
        ((0, 0, 1), (5, 1, 0), 0.1, GAPS, 36 * 92 * 8),
        ((1, -1, 0), (2, 2, 1), 0.1, GAPS, 26 * 76 * 8),
        ((1, -1, 0), (1, 1, 2), 0.1, GAPS, 26 * 62 * 8),
        ((0, 0, 1), (2, 1, 0), 0.2, GAPS[:6], 18 * 40 * 6),
        ((0, 0, 1), (3, 1, 0), 0.2, GAPS[:6], 18 * 28 * 6),
        ((0, 0, 1), (5, 1, 0), 0.2, GAPS[:6], 18 * 46 * 6),
    ],
)
def test_the_grid_has_the_known_size(axis, plane, step, gaps, candidates):
    boundary = tilt_boundary(axis, plane)
    assert len(table(boundary, COPPER, step, gaps)) == candidates
    assert count(boundary, COPPER, step, gaps) == candidates


def test_candidates_cover_the_cell_once(sigma5):
    candidates = table(sigma5, COPPER, 0.2)
    edges = periods(sigma5, COPPER)
    assert list(candidates.columns) == ["tx", "ty", "gap"]
    assert not candidates.duplicated().any()
    assert candidates["tx"].between(0, edges["tx"], inclusive="left").all()
    assert candidates["ty"].between(0, edges["ty"], inclusive="left").all()
    assert candidates["gap"].head(len(GAPS)).tolist() == list(GAPS)


def test_a_step_larger_than_the_cell_still_leaves_two_points(sigma5):
    assert table(sigma5, COPPER, 50.0)["tx"].nunique() == 2


@pytest.mark.parametrize(
    ("axis", "plane", "signs", "centred"),
    [
        ((0, 0, 1), (3, 1, 0), [{"tx": -1}, {"ty": -1}], False),
        ((0, 0, 1), (2, 1, 0), [{"tx": -1}, {"ty": -1}], True),
        ((1, -1, 0), (1, 1, 3), [{"tx": -1}, {"ty": -1}], True),
        ((1, 1, 1), (3, -2, -1), [{"tx": -1, "ty": -1}], False),
    ],
)
def test_symmetry_follows_from_axis_and_plane(axis, plane, signs, centred):
    boundary = tilt_boundary(axis, plane)
    edges = periods(boundary, COPPER)
    expected = [Invariance(sign=sign) for sign in signs]
    if centred:
        expected.append(Invariance(shift={"tx": edges["tx"] / 2, "ty": edges["ty"] / 2}))
    assert invariances(boundary, COPPER) == tuple(expected)


@pytest.mark.parametrize(("axis", "plane"), [((0, 0, 1), (2, 1, 0)), ((1, 1, 1), (3, -2, -1))])
def test_every_image_of_a_candidate_is_a_candidate(axis, plane):
    boundary = tilt_boundary(axis, plane)
    edges = periods(boundary, COPPER)
    candidates = table(boundary, COPPER, 0.3, (1.0,))
    grid = {name: np.unique(candidates[name]) for name in edges}
    for it in invariances(boundary, COPPER):
        for name, period in edges.items():
            image = (it.sign.get(name, 1) * grid[name] + it.shift.get(name, 0.0)) % period
            distance = np.abs(image[:, None] - grid[name])
            assert np.allclose(np.minimum(distance, period - distance).min(axis=1), 0)
