"""A quantum impurity for an external continuous-time hybridization solver: its input files, its report read back.

S = −∫∫ d†(τ) Δ(τ−τ') d(τ') + local part, H_local = U n↑ n↓ − μ (n↑ + n↓). Conventions and file formats are those
of the segment solver of ALPS (Hafermann, Werner and Gull 2013, Comput. Phys. Commun. 184, 1280): density-density
interaction and a hybridization that is diagonal in the two spins. It cannot treat a rotated basis.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulators.quantum_monte_carlo.errors import UnusableImpurity, UnusableReport

LEVELS = 400
"""Nodes of the quadrature over the band."""
STEPS = 1000
"""Intervals of imaginary time of the Δ and G that are exchanged with the solver."""
MEASURED_EVERY = 50
"""Updates between two measurements of the solver."""
DELTA, INPUT, DRIVER, REPORT, OBSERVABLES, ARCHIVE = (
    "delta.dat",
    "input.json",
    "solve.py",
    "simulation.dat",
    "observables.dat",
    "results.out.h5",
)
DRIVER_TEXT = f"""import json
import pyalps.cthyb
pyalps.cthyb.solve(json.load(open("{INPUT}")))
"""
NUMBER = r"([-+0-9.eE]+|nan|-?inf)"


@dataclass(frozen=True)
class Impurity:
    """One orbital with the interaction U, at chemical potential μ, coupled with V² to a band of semicircular shape.

    Energies in one unit, β in its inverse; `bandwidth` is the full width. Raises UnusableImpurity.
    """

    interaction: float
    mu: float
    beta: float
    bandwidth: float
    coupling: float

    def __post_init__(self) -> None:
        for name in ("interaction", "mu", "beta", "bandwidth", "coupling"):
            value = getattr(self, name)
            if not np.isfinite(value):
                raise UnusableImpurity(f"{name} is {value}; give a finite number.")
            if name in ("beta", "bandwidth", "coupling") and value <= 0:
                raise UnusableImpurity(f"{name} is {value:g}; it must be positive.")

    def levels(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Energies and weights of a quadrature over the band, shape (400,) each; the weights sum to V².

        Gauss and Chebyshev, second kind: exact for the semicircle times a polynomial.
        """
        angles = np.pi * np.arange(1, LEVELS + 1) / (LEVELS + 1)
        weights = 2.0 / (LEVELS + 1) * np.sin(angles) ** 2
        return 0.5 * self.bandwidth * np.cos(angles), self.coupling * weights

    def delta(self) -> npt.NDArray[np.float64]:
        """Δ(τ) = −Σ_k V_k² exp(−τ ε_k) / (1 + exp(−β ε_k)) at 1001 times from 0 to β."""
        energies, weights = self.levels()
        times = np.linspace(0.0, self.beta, STEPS + 1)
        hybridization: npt.NDArray[np.float64] = -(
            np.exp(-times[:, None] * energies - np.logaddexp(0.0, -self.beta * energies)) @ weights
        )
        return hybridization

    def files(self, sweeps: int, thermalization: int, seed: int, seconds: float) -> dict[str, Any]:
        """The input files by name: the text of each, or the JSON object that it holds."""
        rows = (f"{index} {value:.15g} {value:.15g}\n" for index, value in enumerate(self.delta()))
        parameters = {
            "N_ORBITALS": 2,
            "U": self.interaction,
            "MU": self.mu,
            "BETA": self.beta,
            "N_TAU": STEPS,
            "DELTA": DELTA,
            "N_MEAS": MEASURED_EVERY,
            "SWEEPS": sweeps,
            "THERMALIZATION": thermalization,
            "SEED": seed,
            "MAX_TIME": max(1, int(seconds)),
            "TEXT_OUTPUT": 1,
            "VERBOSE": 0,
        }
        return {DELTA: "".join(rows), INPUT: parameters, DRIVER: DRIVER_TEXT}


@dataclass(frozen=True)
class SolverReport:
    """What one run of the solver says. `acceptance` is the share of all proposed updates that were accepted."""

    average_sign: float
    measurements: int
    perturbation_order: float
    """Hybridization events, both spins together."""
    occupation: float
    """Electrons, both spins together."""
    acceptance: float | None


def read_report(folder: Path) -> SolverReport:
    """The report that the solver left in `folder`. Raises UnusableReport."""
    simulation, observables = _text(folder / REPORT), _text(folder / OBSERVABLES)
    orders = _numbers(rf"^orbital \d+: {NUMBER}", simulation)
    occupations = _numbers(rf"^n\d+={NUMBER};", observables)
    if len(orders) != 2 or len(occupations) != 2:
        raise UnusableReport(
            f"{REPORT} and {OBSERVABLES} in {folder} name {len(orders)} perturbation orders and {len(occupations)} "
            "occupations; 2 of each were expected. Is this pyalps 3?"
        )
    acceptance = _numbers(rf"Total acceptance rate = {NUMBER}%", simulation)
    found = SolverReport(
        average_sign=_number(rf"^average sign: {NUMBER}", simulation, folder),
        measurements=int(_number(rf"^total number of Monte Carlo measurements: {NUMBER}", simulation, folder)),
        perturbation_order=sum(orders),
        occupation=sum(occupations),
        acceptance=acceptance[0] / 100.0 if acceptance else None,
    )
    for name in ("average_sign", "perturbation_order", "occupation"):
        if not np.isfinite(getattr(found, name)):
            raise UnusableReport(f"{REPORT} in {folder} says that the {name.replace('_', ' ')} is no finite number.")
    if found.measurements < 1:
        raise UnusableReport(f"{REPORT} in {folder} says that nothing was measured. Give it more sweeps or more time.")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableReport(f"the solver left no {path.name}: {error}") from error


def _numbers(pattern: str, text: str) -> list[float]:
    try:
        return [float(found) for found in re.findall(pattern, text, re.MULTILINE)]
    except ValueError as error:
        raise UnusableReport(f"the solver wrote something that is no number: {error}") from error


def _number(pattern: str, text: str, folder: Path) -> float:
    numbers = _numbers(pattern, text)
    if not numbers:
        raise UnusableReport(f"{REPORT} in {folder} has no line that fits {pattern!r}. Is this pyalps 3?")
    return numbers[0]
