"""Monte Carlo measurement of the average sign and of Ẽ in one basis, with errors that can be believed."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo import chain
from simulators.quantum_monte_carlo.durable import write_arrays
from simulators.quantum_monte_carlo.errors import NotErgodic, StringTruncated, UnusableSampling
from simulators.quantum_monte_carlo.jackknife import jackknife
from simulators.quantum_monte_carlo.random_numbers import generator
from simulators.quantum_monte_carlo.vertices import Vertices, walk

VERSION = 2
BLOCK = 50
"""Sweeps whose sums are kept together; a run is a whole number of blocks."""
TARGET = 0.5
"""Share of configurations without a source vertex that the warm-up aims at."""
ROUNDS = 8
"""Adjustments of the source weights, during the first half of the warm-up."""
ERGODIC = 10
"""Fewer changes of sector than this, and a run is flagged."""
LEAST = 4
"""Blocks that must hold a measurement, or there is no error bar."""
FULL = 0.9
"""A string filled beyond this share is taken as truncated."""


@dataclass(frozen=True)
class Measurement:
    """What a run measured; energies in units of the hopping. Standard errors are never 0.

    `independent` estimates how many independent samples the sign rests on, `sector_changes` counts how often the
    walker was found in another connected component of the Fock graph, `number_changes` in another particle number.
    """

    average_sign: float
    average_sign_error: float
    stoquastic_energy: float
    stoquastic_energy_error: float
    particles: float
    particles_error: float
    autocorrelation: float
    """Integrated autocorrelation time of the sign, in measured configurations."""
    zero_source_fraction: float
    independent: float
    sector_changes: int
    number_changes: int
    components: int
    ergodic: bool
    sweeps: int
    terms: float
    slots: int


class SignChain:
    """A chain of sweeps that can be continued: n sweeps at once are n sweeps in parts, to the last bit."""

    def __init__(self, vertices: Vertices, beta: float, state: "ChainState") -> None:
        self._vertices = vertices
        self._beta = beta
        self._state = state
        self._walk = walk(vertices, state.ladder, state.hop)

    @classmethod
    def begin(cls, vertices: Vertices, beta: float, seed: tuple[int | str | bytes, ...], warmup: int) -> "SignChain":
        """A chain after `warmup` sweeps, in which the source weights and the length of the string were fitted."""
        weight = 0.5 / beta
        state = ChainState(
            string=np.full(16, -1, dtype=np.int64),
            memory=np.array([vertices.start, -1, -1], dtype=np.int64),
            random=generator(*seed),
            ladder=weight,
            hop=weight,
            blocks=np.zeros((0, len(chain.COLUMNS))),
        )
        made = cls(vertices, beta, state)
        for tuning in range(ROUNDS):
            made._tune(made._warm(warmup // (2 * ROUNDS)), gain=1.0 / (1.0 + 0.5 * tuning))
        made._warm(warmup // 2)
        state.string = _longer(state.string, int(1.2 * len(state.string)) + 8)
        state.memory[1:] = -1
        return made

    @property
    def sweeps(self) -> int:
        """How many sweeps were measured."""
        return BLOCK * len(self._state.blocks)

    def extend(self, sweeps: int) -> None:
        """Go on until `sweeps` sweeps were measured in all, rounded up to whole blocks. Raises StringTruncated."""
        missing = math.ceil(sweeps / BLOCK) - len(self._state.blocks)
        if missing <= 0:
            return
        made = np.zeros((missing, len(chain.COLUMNS)))
        for row in made:
            self._run(BLOCK, row)
            if row[8] > FULL * len(self._state.string):
                raise StringTruncated(
                    f"the series needs {row[8]:.0f} vertices, but its string has {len(self._state.string)} slots since "
                    "the warm-up: the warm-up was too short. Use more sweeps."
                )
        self._state.blocks = np.concatenate([self._state.blocks, made])

    def measurement(self, sweeps: int) -> Measurement:
        """What the first `sweeps` sweeps say. Raises NotErgodic if none of their configurations can be measured."""
        count = math.ceil(sweeps / BLOCK)
        if not 2 <= count <= len(self._state.blocks):
            raise UnusableSampling(
                f"{sweeps} sweeps cannot be evaluated: {self.sweeps} were made, and {2 * BLOCK} are the least."
            )
        return _measured(self._state, self._vertices, self._beta, self._state.blocks[:count])

    def save(self, path: Path) -> None:
        """Store the chain in the file `path` (.npz), or leave the old file as it is."""
        state = self._state
        write_arrays(
            path,
            version=np.array(VERSION),
            string=state.string,
            memory=state.memory,
            random=state.random,
            sources=np.array([state.ladder, state.hop]),
            blocks=state.blocks,
        )

    @classmethod
    def load(cls, path: Path, vertices: Vertices, beta: float) -> "SignChain":
        """The chain that `save` stored, for the same vertices. Raises OSError or UnusableSampling."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            ladder, hop = arrays.pop("sources").tolist()
            if arrays.pop("version") != VERSION:
                raise ValueError("another version of this program wrote it")
            state = ChainState(ladder=ladder, hop=hop, **arrays)
        except (ValueError, KeyError, TypeError) as error:
            raise UnusableSampling(
                f"{path} holds no chain: {error}. Remove it; the chain is then made anew."
            ) from error
        return cls(vertices, beta, state)

    def _warm(self, sweeps: int) -> float:
        """Sweeps that are not measured; returns the share of configurations without sources."""
        state, seen, left = self._state, np.zeros(len(chain.COLUMNS)), sweeps
        while left > 0:
            self._run(min(left, BLOCK), seen)
            left -= BLOCK
            if seen[8] > 0.7 * len(state.string):
                state.string = _longer(state.string, int(1.5 * seen[8]) + 8)
        return float(seen[0]) / sweeps if sweeps else TARGET

    def _tune(self, fraction: float, gain: float) -> None:
        """Fit the source weights. Sources come in pairs: −ln(fraction) grows with the square of their weight."""
        wanted = math.log(TARGET) / math.log(min(max(fraction, 0.01), 0.97))
        factor = min(max(math.sqrt(wanted), 0.5), 2.0) ** gain
        self._state.ladder *= factor
        self._state.hop *= factor
        self._walk = walk(self._vertices, self._state.ladder, self._state.hop)

    def _run(self, sweeps: int, block: npt.NDArray[np.float64]) -> None:
        state, found, steps = self._state, self._vertices, self._walk
        chain.run(
            sweeps,
            state.string,
            state.memory,
            self._beta,
            steps.weights,
            steps.share,
            found.phase,
            steps.neighbours,
            steps.count,
            found.particles,
            found.component,
            state.random,
            block,
        )


@dataclass
class ChainState:
    """All that a chain needs to go on: see `chain.run`. `blocks` has one row of sums for every `BLOCK` sweeps."""

    string: npt.NDArray[np.int64]
    memory: npt.NDArray[np.int64]
    random: npt.NDArray[np.int64]
    ladder: float
    hop: float
    blocks: npt.NDArray[np.float64]


def _longer(string: npt.NDArray[np.int64], slots: int) -> npt.NDArray[np.int64]:
    return np.concatenate([string, np.full(max(0, slots - len(string)), -1, dtype=np.int64)])


def _measured(state: ChainState, found: Vertices, beta: float, blocks: npt.NDArray[np.float64]) -> Measurement:
    sums: Any = dict(zip(chain.COLUMNS, blocks.T, strict=True))
    total = {name: float(column.sum()) for name, column in sums.items()}
    if np.count_nonzero(sums["measured"]) < LEAST:
        raise NotErgodic(
            f"hardly a configuration was free of source vertices ({total['measured']:.0f} in {BLOCK * len(blocks)} "
            "sweeps): there is no error to give. Use more sweeps."
        )
    sign, sign_error = jackknife(sums["sign"], sums["measured"])
    energy, energy_error = jackknife(sums["energy"], sums["measured"])
    particles, particles_error = jackknife(sums["particles"], sums["measured"])
    components = int(found.component.max()) + 1
    variance = max(total["sign_squared"] / total["measured"] - sign**2, 0.0)
    autocorrelation = 0.5 if variance == 0.0 else max(0.5, 0.5 * sign_error**2 * total["measured"] / variance)
    # Samples are independent only as far as the walker has left its sector: in one sector every sign may be +1.
    independent = max(1.0, total["changes"] if components > 1 else total["measured"] / (2.0 * autocorrelation))
    return Measurement(
        average_sign=sign,
        average_sign_error=max(sign_error, 1.0 / independent),
        stoquastic_energy=found.shift - energy / beta,
        # Where no hop was ever seen all energies are equal: one hop in as many configurations may have been missed.
        stoquastic_energy_error=max(energy_error, 1.0 / total["measured"]) / beta,
        particles=particles,
        particles_error=particles_error,
        autocorrelation=autocorrelation,
        zero_source_fraction=total["measured"] / (BLOCK * len(blocks)),
        independent=independent,
        sector_changes=int(total["changes"]),
        number_changes=int(total["departures"]),
        components=components,
        ergodic=components == 1 or total["changes"] >= ERGODIC,
        sweeps=BLOCK * len(blocks),
        terms=total["terms"] / total["measured"],
        slots=len(state.string),
    )
