import numpy as np
import pytest

from simulators.quantum_monte_carlo.random_numbers import generator, uniform


def test_the_sequence_is_that_of_the_published_generator():
    state = np.array([1, 2, 3, 4], dtype=np.int64)
    drawn = [round(uniform(state) * 2**32) for _ in range(4)]
    words, expected = [1, 2, 3, 4], []
    for _ in range(4):
        expected.append(_published(words))
    assert drawn == expected


def _published(s):
    """xoshiro128++ as its authors wrote it in C, on Python's own integers."""
    mask = 2**32 - 1

    def rotl(x, k):
        return ((x << k) | (x >> (32 - k))) & mask

    result = (rotl((s[0] + s[3]) & mask, 7) + s[0]) & mask
    t = (s[1] << 9) & mask
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotl(s[3], 11)
    return result


def test_numbers_are_uniform():
    state = generator("uniform", 5)
    drawn = np.array([uniform(state) for _ in range(20_000)])
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert np.corrcoef(drawn[:-1], drawn[1:])[0, 1] == pytest.approx(0.0, abs=0.03)


def test_every_part_of_a_seed_counts():
    seeds = [(1, "a"), (2, "a"), (1, "b"), (1, b"a", 0)]
    assert len({tuple(generator(*seed)) for seed in seeds}) == len(seeds)
