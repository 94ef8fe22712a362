"""The proposal is the candidate with the largest expected improvement, found again by dense linear algebra."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from optimizers import CandidatePool, History, Objective, Observation, Problem, Trial
from optimizers.kriging.settings import KrigingSettings

PROBLEMS = 1000
QUIET = 1e-4
"""Up to this noise the value to beat is the smallest value, above it the smallest posterior mean."""


def covariance(kernel, left, right):
    squares = np.square(left[:, None, :] - right[None, :, :]).sum(axis=2)
    distance = np.sqrt(5.0 * squares)
    return np.exp(-0.5 * squares) if kernel == "rbf" else (1 + distance + distance**2 / 3) * np.exp(-distance)


def posterior(kernel, points, targets, noise, pool):
    """Mean and variance at `pool`, with the constant mean of generalised least squares."""
    matrix = covariance(kernel, points, points) + np.diag(noise)
    across = covariance(kernel, pool, points)
    ones = np.ones(len(points))
    constant = (ones @ np.linalg.solve(matrix, targets)) / (ones @ np.linalg.solve(matrix, ones))
    mean = constant + across @ np.linalg.solve(matrix, targets - constant)
    return mean, 1.0 - np.einsum("ij,ji->i", across, np.linalg.solve(matrix, across.T))


def expected_improvements(kernel, pool, rows, values, pending, noise):
    """Of every candidate, in units of the standard deviation of the values; `pool` in units of the length-scales."""
    targets = (values - values.mean()) / values.std(ddof=1)
    sizes = np.full(len(rows), noise + 1e-10)
    mean, _ = posterior(kernel, pool[rows], targets, sizes, pool)
    best = min([targets.min() if noise < QUIET else mean[rows].min(), *mean[pending]])
    every, believed = [*rows, *pending], np.concatenate([targets, mean[pending]])
    _, variance = posterior(kernel, pool[every], believed, np.full(len(every), noise + 1e-10), pool)
    deviation = np.sqrt(np.maximum(variance, 1e-12))
    z = (best - mean) / deviation
    return deviation * (z * norm.cdf(z) + norm.pdf(z))


def test_the_proposal_has_the_largest_expected_improvement_on_a_thousand_random_problems():
    chance, told_apart = np.random.default_rng(21), 0
    for seed in range(PROBLEMS):
        size, columns = int(chance.integers(15, 80)), [f"x{k}" for k in range(int(chance.integers(1, 4)))]
        table = pd.DataFrame(chance.random((size, len(columns))) * 10.0 ** chance.integers(-2, 3), columns=columns)
        kernel, noise = str(chance.choice(["matern52", "rbf"])), float(10.0 ** chance.uniform(-5, -2))
        settings = KrigingSettings(kernel=kernel, noise=noise, transform="none")
        *rows, first, second = chance.permutation(size)[: int(chance.integers(7, 14))].tolist()
        pending = [first, second][: int(chance.integers(0, 3))]
        slopes = chance.normal(size=len(columns)) * 4.0 / table.to_numpy().max()
        values = np.sin(table.to_numpy()[rows] @ slopes) + 0.1 * chance.normal(size=len(rows))
        ended = [
            Trial(number, {}, "completed", row, {"e": Observation(float(value))})
            for number, (row, value) in enumerate(zip(rows, values, strict=True), start=1)
        ]
        under_way = [Trial(len(ended) + 1 + number, {}, "pending", row) for number, row in enumerate(pending)]
        optimizer = settings.build(Problem(CandidatePool(table), (Objective("e"),), seed))
        (proposal,) = optimizer.propose(History((*ended, *under_way)), 1)

        lengths = np.array([proposal.reasons["length_scales"][name] for name in columns])
        expected = expected_improvements(kernel, table.to_numpy() / lengths, rows, values, pending, noise)
        expected[[*rows, *pending]] = 0.0
        if expected.max() > 1e-9:
            assert expected[proposal.candidate] >= expected.max() * (1.0 - 1e-6)
            told_apart += expected.max() > 1.001 * np.sort(expected)[-2]
    assert told_apart > 0.9 * PROBLEMS
