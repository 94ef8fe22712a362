"""What a basis costs: exact reports in milliseconds, Monte Carlo in sweeps per second, the first call of a process.

    python -m benchmarks.qmc_speed [--repeats 30]

CPU time of one core: other processes disturb it less than wall-clock, but not nothing. Medians of all repeats, and the
best of them. Writes `results/qmc_speed.json` and `.md`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from benchmarks.sheet import Sheet, write_markdown
from benchmarks.single_thread import environment, relaunch_with_one_thread
from simulators.quantum_monte_carlo.bases import named_basis, random_rotation
from simulators.quantum_monte_carlo.cluster import Cluster, HalfFilling, hopping_matrix, triangle
from simulators.quantum_monte_carlo.compilation import COMPILED
from simulators.quantum_monte_carlo.exact import ExactCluster
from simulators.quantum_monte_carlo.sampling import SignChain
from simulators.quantum_monte_carlo.vertices import vertices

SWEEPS = 1000
FIRST_CALL = """
import time
from simulators.quantum_monte_carlo.cluster import ChemicalPotential, Cluster, triangle
from simulators.quantum_monte_carlo.sampling import SignChain
from simulators.quantum_monte_carlo.vertices import vertices
import numpy as np
cluster = Cluster(triangle(1, 1, 1), 5.0, 1.0, ChemicalPotential(2.0))
SignChain.begin(vertices(cluster, np.eye(3), 2.0), 1.0, (1,), 100)
print(time.process_time())
"""


def seconds(function: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median and smallest CPU time of a call."""
    measured = []
    for _ in range(repeats):
        started = time.process_time()
        function()
        measured.append(time.process_time() - started)
    return float(np.median(measured)), min(measured)


def exact_rows(repeats: int) -> list[dict[str, Any]]:
    """An exact report of a random basis, for 2 to 5 sites."""
    rows = []
    for sites in (2, 3, 4, 5):
        exact = ExactCluster(Cluster(hopping_matrix(np.ones((sites, sites))), 5.0, 10.0, HalfFilling()))
        basis = random_rotation(sites, np.random.default_rng(sites))
        exact.report(basis)
        median, best = seconds(partial(exact.report, basis), repeats)
        rows.append(_row(f"exact report, {sites} sites", 1e3 * median, 1e3 * best, "ms"))
    return rows


def sampling_rows(repeats: int) -> list[dict[str, Any]]:
    """Sweeps per second of three sites in two bases at two temperatures, warm-up not counted."""
    rows = []
    for beta in (2.0, 10.0):
        exact = ExactCluster(Cluster(triangle(0.5, 1, 1), 5.0, beta, HalfFilling()))
        for name in ("localized", "PW"):
            chain = SignChain.begin(vertices(exact.cluster, named_basis(name, 3), exact.mu), beta, (1,), 2000)
            median, best = seconds(lambda chain=chain: chain.extend(chain.sweeps + SWEEPS), repeats)  # type: ignore[misc]
            rows.append(_row(f"sweeps, {name}, beta = {beta:g}", SWEEPS / median, SWEEPS / best, "1/s"))
    return rows


def first_call_rows() -> list[dict[str, Any]]:
    """Seconds until a new process has its first chain: without machine code on disk, then with what that one left."""
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        for what in ("nothing compiled before", "compiled by another process"):
            done = subprocess.run(
                [sys.executable, "-c", FIRST_CALL],
                env={**environment(), "NUMBA_CACHE_DIR": cache},
                check=True,
                capture_output=True,
                text=True,
            )
            took = float(done.stdout)
            rows.append(_row(f"first chain of a process, {what}", took, took, "s"))
    return rows


def _row(what: str, median: float, best: float, unit: str) -> dict[str, Any]:
    return {"what": what, "median": median, "best": best, "unit": unit}


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.qmc_speed")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table")
    options = parser.parse_args()
    rows = [*exact_rows(options.repeats), *sampling_rows(options.repeats), *first_call_rows()]
    cells = tuple((row["what"], f"{row['median']:,.4g}", f"{row['best']:,.4g}", row["unit"]) for row in rows)
    sheet = Sheet(("one core", "median", "best", "unit"), cells)
    sheet.show(Console(width=100))
    write_markdown(options.results / "qmc_speed.md", [sheet], "`python -m benchmarks.qmc_speed`")
    record = {"machine": describe_machine(), "compiled": COMPILED, "rows": rows}
    write_json(options.results / "qmc_speed.json", record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
