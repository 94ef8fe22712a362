"""A random generator that gives the same numbers compiled and not.

xoshiro128++ (Blackman and Vigna 2021, ACM Trans. Math. Softw. 47, 36) on 32-bit words that are held in 64-bit
integers, so that nothing overflows in either world.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo.compilation import compiled

WORD = 0xFFFFFFFF
UNIT = 1.0 / 4294967296.0


def generator(*seed: int | str | bytes) -> npt.NDArray[np.int64]:
    """The state of a generator that depends on all of `seed`: four words, shape (4,)."""
    digest = hashlib.sha256(b"\0".join(part if isinstance(part, bytes) else str(part).encode() for part in seed))
    return np.frombuffer(digest.digest()[:16], dtype="<u4").astype(np.int64)


@compiled
def uniform(state: npt.NDArray[np.int64]) -> float:
    """A number in [0, 1), a multiple of 2⁻³². Advances `state`."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    total = (s0 + s3) & WORD
    drawn = ((((total << 7) & WORD) | (total >> 25)) + s0) & WORD
    shifted = (s1 << 9) & WORD
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = ((s3 << 11) & WORD) | (s3 >> 21)
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3
    number: float = drawn * UNIT
    return number
