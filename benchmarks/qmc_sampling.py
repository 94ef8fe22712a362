"""Monte Carlo against exact diagonalisation: are the error bars of `qmc_sse` true?

    python -m benchmarks.qmc_sampling [--seeds 20] [--sweeps 4000]

14 pairs of a basis and a temperature, among them the real plane waves of the ring, where samplers without source terms
report a sign of 1 ± 0. z is the deviation from the exact value in standard errors of one run. `mean |z|` is 0.80 for
Gaussian deviations with true errors, and less where the error is a cautious bound (every sign was +1).
`error · √sweeps` says what a run of another length would give. Writes `results/qmc_sampling.json` and `.md`.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from benchmarks.single_thread import relaunch_with_one_thread
from simulators.quantum_monte_carlo.bases import named_basis, two_angles
from simulators.quantum_monte_carlo.cluster import Cluster, HalfFilling, Matrix, triangle
from simulators.quantum_monte_carlo.exact import ExactCluster
from simulators.quantum_monte_carlo.sampling import SignChain
from simulators.quantum_monte_carlo.vertices import vertices

WARMUP = 2000
TILTED = "G(43,3)"
HOPPINGS = {"ring": (1.0, 1.0, 1.0), "isosceles": (0.5, 1.0, 1.0)}
RING = ("localized", "BA12+3", "realPW", "PW", TILTED)
PAIRS = [
    *(("ring", 10.0, basis) for basis in RING),
    *(("ring", 2.0, basis) for basis in RING),
    *(("isosceles", 2.0, basis) for basis in ("localized", "BA12+3", "BA13+2", "PW")),
]
HEADER = (
    "| model, β | basis | exact ⟨s⟩ | mean \\|z\\| of ⟨s⟩, Ẽ | largest | smallest error of ⟨s⟩, Ẽ | error · √sweeps |\n"
    "|---|---|---|---|---|---|---|"
)


def basis_of(name: str) -> Matrix:
    """The basis of three sites called `name`."""
    return two_angles(43, 3) if name == TILTED else named_basis(name, 3)


def compared(model: str, beta: float, name: str, seeds: int, sweeps: int) -> dict[str, Any]:
    """One row: `seeds` runs of one pair against its exact values."""
    exact = ExactCluster(Cluster(triangle(*HOPPINGS[model]), 5.0, beta, HalfFilling()))
    report, found = exact.report(basis_of(name)), vertices(exact.cluster, basis_of(name), exact.mu)
    z, errors = [], []
    for seed in range(seeds):
        chain = SignChain.begin(found, beta, (seed,), WARMUP)
        chain.extend(sweeps)
        seen = chain.measurement(sweeps)
        deviations = (seen.average_sign - report.average_sign, seen.stoquastic_energy - report.stoquastic_energy)
        errors.append((seen.average_sign_error, seen.stoquastic_energy_error))
        z.append(tuple(deviation / error for deviation, error in zip(deviations, errors[-1], strict=True)))
    size, spread = np.abs(np.array(z)), np.array(errors)
    return {
        "model": model,
        "beta": beta,
        "basis": name,
        "average_sign": report.average_sign,
        "seeds": seeds,
        "mean_z": size.mean(axis=0).tolist(),
        "largest_z": size.max(axis=0).tolist(),
        "smallest_error": spread.min(axis=0).tolist(),
        "error_root_sweeps": (np.median(spread, axis=0) * sweeps**0.5).tolist(),
    }


def as_table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown, with a last line over all of them."""
    lines = [HEADER]
    for row in rows:
        mean, largest, least, scaled = (
            [f"{number:.2g}" for number in row[key]]
            for key in ("mean_z", "largest_z", "smallest_error", "error_root_sweeps")
        )
        lines.append(
            f"| {row['model']}, {row['beta']:g} | {row['basis']} | {row['average_sign']:.4g} | {mean[0]}, {mean[1]} "
            f"| {largest[0]}, {largest[1]} | {least[0]}, {least[1]} | {scaled[0]}, {scaled[1]} |"
        )
    overall = np.mean([row["mean_z"] for row in rows], axis=0)
    worst = np.max([row["largest_z"] for row in rows], axis=0)
    lines.append(
        f"| all | {len(rows)} pairs | | {overall[0]:.2f}, {overall[1]:.2f} | {worst[0]:.2f}, {worst[1]:.2f} | | |"
    )
    return "\n".join(lines) + "\n"


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.qmc_sampling")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sweeps", type=int, default=4000)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table")
    options = parser.parse_args()
    rows = [compared(*pair, options.seeds, options.sweeps) for pair in PAIRS]
    table = as_table(rows)
    sys.stdout.write(table)
    (options.results / "qmc_sampling.md").write_text(table)
    record = {"machine": describe_machine(), "sweeps": options.sweeps, "warmup": WARMUP, "rows": rows}
    write_json(options.results / "qmc_sampling.json", record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
