import numpy as np

from benchmarks.incumbent import incumbent


def bowl(points):
    return ((points - 0.4) ** 2).sum(axis=1)


def test_one_lucky_measurement_is_not_believed_where_others_contradict_it():
    generator = np.random.default_rng(3)
    good, bad = np.full((6, 2), 0.4), np.full((6, 2), 0.8)
    points = np.vstack([good, bad, generator.random((12, 2))])
    measured = bowl(points) + 0.05 * generator.standard_normal(len(points))
    measured[8] = measured.min() - 0.05
    assert int(np.argmin(measured)) == 8
    assert bowl(points)[incumbent(points, list(measured), 0.1)] < bowl(bad)[0] / 2


def test_without_noise_the_smallest_value_is_the_incumbent():
    points = np.random.default_rng(0).random((15, 2))
    assert incumbent(points, list(bowl(points)), 1e-6) == int(np.argmin(bowl(points)))


def test_equal_values_everywhere_are_no_error():
    points = np.random.default_rng(0).random((6, 2))
    assert 0 <= incumbent(points, [1.0] * 6, 0.1) < 6
