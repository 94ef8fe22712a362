"""One Markov chain of the stochastic series expansion, compiled where numba is installed.

Z̃ = Tr exp(−βH̃) is written as a string of L slots, n of them filled with vertices, and a Fock state before each
slot (Sandvik and Kurkijärvi 1991, Phys. Rev. B 43, 5950). `string[p]` is −1 for an empty slot, else the state behind
the vertex in slot p; a vertex is diagonal when it leaves the state as it is.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo.compilation import compiled
from simulators.quantum_monte_carlo.random_numbers import uniform

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

COLUMNS = (
    "measured",
    "sign",
    "sign_squared",
    "terms",
    "energy",
    "particles",
    "changes",
    "departures",
    "longest",
)
"""What a block of sweeps sums up; `energy` is β(C − H̃), and `longest` the largest number of vertices instead."""
PASSES = 2
"""Passes of the local heat bath over the string in every sweep, there and back each time."""
REDRAW_EVERY = 5
"""Every so many sweeps the whole string but one interval is redrawn at once."""


@compiled
def sweep_diagonal(string: Integers, state: int, beta: float, weights: Floats, random: Integers, filled: int) -> int:
    """Insert and remove diagonal vertices; returns how many slots are filled. `state` stands before slot 0."""
    length = len(string)
    for slot in range(length):
        behind = string[slot]
        if behind < 0:
            if uniform(random) * (length - filled) < beta * weights[state, state]:
                string[slot] = state
                filled += 1
        elif behind == state:
            if uniform(random) * beta * weights[state, state] < length - filled + 1:
                string[slot] = -1
                filled -= 1
        else:
            state = behind
    return filled


@compiled
def sweep_locally(
    states: Integers,
    intervals: int,
    weights: Floats,
    neighbours: Integers,
    count: Integers,
    random: Integers,
    sums: Floats,
) -> None:
    """Redraw the state of one interval after the other from its conditional distribution: a local heat bath.

    Between the neighbouring states a and c an interval has state b with probability ∝ W_ba W_cb. `intervals` ≥ 2;
    `sums` (D,) is work space. There and back, because a pass carries a source vertex along with it.
    """
    for step in range(2 * PASSES * intervals):
        forward = (step // intervals) % 2 == 0
        here = step % intervals if forward else intervals - 1 - step % intervals
        before = states[here - 1] if here > 0 else states[intervals - 1]
        after = states[here + 1] if here + 1 < intervals else states[0]
        total = 0.0
        for k in range(count[before]):
            between = neighbours[before, k]
            total += weights[before, between] * weights[after, between]
            sums[k] = total
        states[here] = neighbours[before, drawn(sums, count[before], random)]


@compiled
def redraw(
    states: Integers,
    intervals: int,
    weights: Floats,
    neighbours: Integers,
    count: Integers,
    random: Integers,
    sums: Floats,
) -> None:
    """Redraw the states of all intervals but one from their joint distribution, given that one.

    Forward filtering, backward sampling (Frühwirth-Schnatter 1994, J. Time Ser. Anal. 15, 183): with `forward[i]` the
    weight of all paths from the kept state to each state after i vertices, the states are drawn from the last to the
    first. This crosses at once between sectors that are thousands of local sweeps apart. `intervals` ≥ 2.
    """
    size = len(weights)
    kept = int(uniform(random) * intervals)
    forward = np.zeros((intervals, size))
    forward[0, states[kept]] = 1.0
    for step in range(1, intervals):
        largest = 0.0
        for state in range(size):
            total = 0.0
            for k in range(count[state]):
                other = neighbours[state, k]
                total += weights[state, other] * forward[step - 1, other]
            forward[step, state] = total
            largest = max(largest, total)
        for state in range(size):
            forward[step, state] /= largest
    after = states[kept]
    for step in range(intervals - 1, 0, -1):
        total = 0.0
        for k in range(count[after]):
            between = neighbours[after, k]
            total += weights[after, between] * forward[step, between]
            sums[k] = total
        after = neighbours[after, drawn(sums, count[after], random)]
        states[(kept + step) % intervals] = after


@compiled
def redraw_one(states: Integers, weights: Floats, random: Integers) -> None:
    """The move for a string with a single vertex, which must be diagonal: Metropolis."""
    other = int(uniform(random) * len(weights))
    if uniform(random) * weights[states[0], states[0]] < weights[other, other]:
        states[0] = other


@compiled
def drawn(sums: Floats, count: int, random: Integers) -> int:
    """The index of one of `count` events, whose probabilities are the differences of the cumulated `sums`."""
    level = uniform(random) * sums[count - 1]
    k = 0
    while sums[k] <= level and k + 1 < count:
        k += 1
    return k


@compiled
def sign_of(string: Integers, state: int, share: Floats, phase: Any, random: Integers) -> Any:
    """The product of the phases of all vertices, 0 if one of them is a source."""
    product = phase[0, 0] * 0.0 + 1.0
    for slot in range(len(string)):
        behind = string[slot]
        if behind >= 0 and behind != state:
            if share[behind, state] < 1.0 and uniform(random) >= share[behind, state]:
                return product * 0.0
            product = product * phase[behind, state]
            state = behind
    return product


@compiled
def energy_of(string: Integers, state: int, beta: float, weights: Floats) -> float:
    """β(C − H̃) of a configuration: the hops counted, the diagonal part averaged over all slots.

    The number of all vertices has the same mean. Its diagonal part is a count around β times that average, and the
    noise of this count is most of its noise; the average is what remains when it is integrated out.
    """
    hops, diagonal = 0, 0.0
    for slot in range(len(string)):
        behind = string[slot]
        if behind >= 0 and behind != state:
            hops += 1
            state = behind
        diagonal += weights[state, state]
    return hops + beta * diagonal / len(string)


@compiled
def collect(string: Integers, places: Integers, states: Integers) -> None:
    """Write where the vertices are, and the states behind them, to `places` and `states`."""
    place = 0
    for slot in range(len(string)):
        if string[slot] >= 0:
            places[place] = slot
            states[place] = string[slot]
            place += 1


@compiled
def measure(
    product: Any, filled: int, energy: float, memory: Integers, particles: Integers, component: Integers, block: Floats
) -> None:
    """Add a configuration of sign `product`, which holds no source, to `block`."""
    state, sign = memory[0], product.real
    block[0] += 1.0
    block[1] += sign
    block[2] += sign * sign
    block[3] += filled
    block[4] += energy
    block[5] += particles[state]
    if memory[1] >= 0 and memory[1] != component[state]:
        block[6] += 1.0
    if memory[2] >= 0 and memory[2] != particles[state]:
        block[7] += 1.0
    memory[1] = component[state]
    memory[2] = particles[state]


@compiled
def run(
    sweeps: int,
    string: Integers,
    memory: Integers,
    beta: float,
    weights: Floats,
    share: Floats,
    phase: Any,
    neighbours: Integers,
    count: Integers,
    particles: Integers,
    component: Integers,
    random: Integers,
    block: Floats,
) -> None:
    """Make `sweeps` sweeps and add what they measure to `block`, shape (9,), in the order of `COLUMNS`.

    `memory` holds the state before slot 0, the component and the particle number last measured (−1: none yet).
    """
    length, size = len(string), len(weights)
    places, states = np.empty(length, np.int64), np.empty(length, np.int64)
    sums = np.empty(size, np.float64)
    filled = 0
    for slot in range(length):
        if string[slot] >= 0:
            filled += 1
    for sweep in range(sweeps):
        state = memory[0]
        filled = sweep_diagonal(string, state, beta, weights, random, filled)
        block[8] = max(block[8], filled)
        collect(string, places, states)
        if filled == 0:
            state = int(uniform(random) * size)
        elif filled == 1:
            redraw_one(states, weights, random)
        elif sweep % REDRAW_EVERY == 0:
            redraw(states, filled, weights, neighbours, count, random, sums)
        else:
            sweep_locally(states, filled, weights, neighbours, count, random, sums)
        for place in range(filled):
            string[places[place]] = states[place]
        if filled > 0:
            state = states[filled - 1]
        memory[0] = state
        product = sign_of(string, state, share, phase, random)
        if abs(product) > 0.5:
            energy = energy_of(string, state, beta, weights)
            measure(product, filled, energy, memory, particles, component, block)
