"""The whole family in one table: `python -m simulators.ion_migration.survey`.

One row per compound, in the order of the family: descriptors, barriers of the relaxed structure on the fine grid, and
of the unrelaxed prototype on a coarse one. A compound without a value has the reason in the column `failure`.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from simulators.ion_migration.barrier import Engine, migration_barriers
from simulators.ion_migration.descriptors import from_composition, from_structure
from simulators.ion_migration.errors import ImpossibleStructure, NotRelaxed
from simulators.ion_migration.family import compound, family
from simulators.ion_migration.percolation import Barriers
from simulators.ion_migration.prototypes import prototype
from simulators.ion_migration.relaxation import relaxed
from simulators.ion_migration.site_energy import Grid

FINE = Engine(Grid(0.25, 8.0))
COARSE = Engine(Grid(0.3, 8.0))
DIGITS = 6
"""Digits after the decimal point that are kept: far below what the model can mean, above what processors differ by."""
FILE = Path("campaigns/tables/tavorites.parquet")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def row(formula: str) -> dict[str, Any]:
    """One line of the table."""
    wanted = compound(formula)
    about: dict[str, Any] = {"compound": formula, "A": wanted.a, "M": wanted.m, "X": wanted.x, "Z": wanted.z}
    cheap = migration_barriers(prototype(wanted), COARSE)
    line = about | from_composition(wanted) | {"prototype_barrier": cheap.one}
    try:
        found = relaxed(prototype(wanted))
    except ImpossibleStructure as impossible:
        return line | {"failure": f"infeasible: {impossible}"}
    except NotRelaxed as stopped:
        return line | {"failure": f"unconverged: {stopped}"}
    line |= from_structure(found)
    return line | _measured(migration_barriers(found.crystal, FINE))


def rows(formulas: Iterable[str], processes: int) -> Iterator[dict[str, Any]]:
    """The lines of these compounds, in their order."""
    if processes == 1:
        yield from map(row, formulas)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(row, formulas)


def write(lines: list[dict[str, Any]], file: Path) -> None:
    """The table as Parquet: first under another name, so that a table is whole or absent."""
    import pandas as pd

    table = pd.DataFrame(lines).round(DIGITS)
    if "failure" not in table:
        table["failure"] = None
    table["failure"] = table["failure"].astype("string")
    partial = file.with_suffix(".part")
    table.to_parquet(partial, index=False, compression="zstd")
    partial.replace(file)


def _measured(found: Barriers) -> dict[str, Any]:
    if found.one is None:
        return {"failure": f"infeasible: no percolation below {found.limit:g} eV"}
    return {"barrier": found.one, "barrier_2d": found.two, "barrier_3d": found.three}


def _with_one_thread() -> None:
    """Run this command again with one thread per process: the matrices are small, and threads only get in the way."""
    if all(os.environ.get(name) == "1" for name in THREADS):
        return
    command = [sys.executable, "-m", "simulators.ion_migration.survey", *sys.argv[1:]]
    sys.exit(subprocess.call(command, env={**os.environ, **dict.fromkeys(THREADS, "1")}))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=FILE, help="the table to write (Parquet)")
    parser.add_argument("--processes", type=int, default=2, choices=range(1, 65), metavar="N")
    parser.add_argument("--first", type=int, default=None, metavar="N", help="only the first N compounds")
    options = parser.parse_args()
    _with_one_thread()
    from rich.progress import track

    formulas = [one.formula for one in family()][: options.first]
    progress = track(rows(formulas, options.processes), "tavorites", total=len(formulas))
    write(list(progress), options.to)


if __name__ == "__main__":
    main()
