"""How much of a landscape must be known to certify its lowest path: `python -m benchmarks.tavorite_paths`.

For every compound the bond-valence landscape of the mobile ion is computed on the whole grid, and its exact lowest
path from the lowest point to the image of that point. The optimizer `optimistic_path` then finds the path trial by
trial. Five compounds are fixed; `--more N` adds N others, drawn at random from the rest of the family.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from benchmarks.single_thread import relaunch_with_one_thread
from optimizers import History, Objective, Observation, Problem, Trial
from optimizers.optimistic_path.grid import PeriodicGrid
from optimizers.optimistic_path.settings import OptimisticPathSettings
from orchestrator.kinds.ion_migration_path import OVERLAP, SiteGrid
from simulators.ion_migration.family import family
from simulators.ion_migration.site_energy import Grid, SiteEnergies

FIXED = ("LiMgSO4F", "LiGaSO5", "NaInSO5", "LiAlPO4F", "LiTiSiO4Cl")
MOST = 0.3
"""Part of the reduced grid after which a search without a certificate is given up."""
CUTOFF = 8.0
OBJECTIVE = Objective("energy", "eV")


def explore(formula: str, spacing: float, exploration: float) -> dict[str, Any]:
    """One search, as a JSON object; `difference` is the certified minus the true barrier, eV."""
    space = SiteGrid(compound=formula, spacing=spacing)
    pool, crystal = space.build(), space.crystal()
    energies = SiteEnergies(crystal, CUTOFF).on(Grid(spacing).shape(crystal.cell[:3])).ravel()
    exact = PeriodicGrid(pool).way(energies, int(energies.argmin()))
    assert exact is not None
    reduced = (len(pool) + _fixed_points(pool.table.to_numpy())) // 2
    optimizer = OptimisticPathSettings(exploration=exploration).build(Problem(pool, (OBJECTIVE,), 1))
    trials: list[Trial] = []
    started, found = time.process_time(), None
    while len(trials) < MOST * reduced and found is None:
        (proposal,) = optimizer.propose(History(tuple(trials)), 1)
        if proposal.reasons.get("certified"):
            found = float(proposal.reasons["barrier"])
        trials.append(_trial(len(trials) + 1, proposal.parameters, proposal.candidate or 0, energies))
    true = exact.top - float(energies.min())
    return {
        "compound": formula,
        "spacing": spacing,
        "exploration": exploration,
        "points": reduced,
        "true": true,
        "found": found,
        "difference": None if found is None else found - true,
        "evaluations": len(trials),
        "share": len(trials) / reduced,
        "seconds": time.process_time() - started,
    }


def _trial(number: int, parameters: Any, candidate: int, energies: Any) -> Trial:
    energy = float(energies[candidate])
    if energy > OVERLAP:
        return Trial(number, parameters, "infeasible", candidate)
    return Trial(number, parameters, "completed", candidate, {OBJECTIVE.name: Observation(energy, 0.0)})


def _fixed_points(places: Any) -> int:
    """How many points of the grid inversion leaves where they are."""
    return int((np.abs(2.0 * places - np.round(2.0 * places)) < 1e-9).all(axis=1).sum())


def print_table(rows: Iterable[dict[str, Any]], console: Console) -> None:
    """One line per compound."""
    table = Table(
        "compound", "grid (Å)", "deviations", "points", "true (eV)", "difference (eV)", "evaluated", "CPU (s)"
    )
    for row in rows:
        difference = "no certificate" if row["found"] is None else f"{row['difference']:+.4f}"
        names = (row["compound"], f"{row['spacing']:g}", f"{row['exploration']:g}", str(row["points"]))
        evaluated = f"{row['evaluations']} ({100 * row['share']:.1f} %)"
        table.add_row(*names, f"{row['true']:.4f}", difference, evaluated, f"{row['seconds']:.1f}")
    console.print(table)


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.tavorite_paths")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spacing", type=float, default=0.25, help="of the grid, Å")
    parser.add_argument("--explorations", type=float, nargs="+", default=[2.0], help="deviations of the optimism")
    parser.add_argument("--more", type=int, default=0, help="compounds beside the five fixed ones")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table")
    options = parser.parse_args()
    others = [one.formula for one in family() if one.formula not in FIXED]
    drawn = np.random.default_rng(0).permutation(others)[: options.more].tolist()
    rows = [
        explore(formula, options.spacing, exploration)
        for exploration in options.explorations
        for formula in (*FIXED, *drawn)
    ]
    print_table(rows, Console(width=140))
    write_json(options.results / "tavorite_paths.json", {"machine": describe_machine(), "rows": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
