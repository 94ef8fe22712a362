"""The least time a step over the whole pool can take: its bytes divided by the memory bandwidth.

One step of an exact Gaussian process over N candidates reads the n x N matrix V once and touches about
twelve vectors of length N, all in float64.
"""

import time

import numpy as np

VECTORS_PER_STEP = 12
BYTES = 8


class BandwidthProbe:
    """A matrix-vector product over 100 x 200,000 numbers (160 MB), repeated whenever a measurement needs its floor."""

    def __init__(self, rows: int = 100, columns: int = 200_000) -> None:
        self._matrix = np.random.default_rng(0).random((rows, columns))
        self._vector = np.linspace(0.5, 1.5, rows)

    def measure(self) -> float:
        """Bandwidth in bytes per second of one product, process CPU time."""
        started = time.process_time()
        self._vector @ self._matrix
        return self._matrix.nbytes / (time.process_time() - started)


def step_bytes(observations: int, candidates: int) -> int:
    """Bytes that one tell and ask must move: 8 (n N + 12 N)."""
    return BYTES * candidates * (observations + VECTORS_PER_STEP)


def floor_seconds(observations: int, candidates: int, bandwidth: float) -> float:
    """Seconds that one tell and ask cannot undercut at `bandwidth` bytes per second.

    Raises ValueError if the bandwidth is not positive.
    """
    if bandwidth <= 0.0:
        raise ValueError(f"a bandwidth is positive, in bytes per second, not {bandwidth=}")
    return step_bytes(observations, candidates) / bandwidth
