"""Seconds until a resumed campaign of 1,000 trials on 40,000 candidates makes its first proposal.

    python -m benchmarks.resume_speed [--trials 1000]

A warm optimizer first runs the campaign; then a fresh object is given the whole history, as after a restart, and must
make the proposal that the warm one makes. Writes `results/resume_speed.json`.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.machine import caption, describe_machine, peak_memory_bytes
from benchmarks.peers.junkan import JunkanSearcher
from benchmarks.peers.registry import OURS, PEERS
from benchmarks.peers.searcher import Search
from benchmarks.record import RESULTS, write_json
from benchmarks.sheet import Sheet, write_markdown
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.synthetic import GRIDS, morse_slabs

CANDIDATES = 40_000


def measure(trials: int) -> dict[str, Any]:
    """CPU and wall seconds of rebuild and first proposal, and whether it is the uninterrupted campaign's."""
    landscape = morse_slabs(GRIDS[CANDIDATES], seed=0)
    search = Search(landscape.pool, seed=0)
    warm, measured = JunkanSearcher(search), []
    for _ in range(trials):
        candidate = warm.ask()
        measured.append((candidate, float(landscape.values[candidate])))
        warm.tell(*measured[-1])
    uninterrupted = warm.ask()
    started, started_cpu = time.perf_counter(), time.process_time()
    fresh = JunkanSearcher(search)
    for candidate, value in measured:
        fresh.tell(candidate, value)
    resumed = fresh.ask()
    return {
        "trials": trials,
        "candidates": CANDIDATES,
        "wall_seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - started_cpu,
        "same_proposal": resumed == uninterrupted,
        "peak_mib": peak_memory_bytes() / 2**20,
    }


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.resume_speed")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the figures")
    options = parser.parse_args()
    found = measure(options.trials)
    sheet = Sheet(
        (
            "trials",
            "candidates",
            "rebuild and first proposal, s",
            "CPU s",
            "same proposal as uninterrupted",
            "peak MiB",
        ),
        (
            (
                f"{found['trials']:,}",
                f"{found['candidates']:,}",
                f"{found['wall_seconds']:.2f}",
                f"{found['cpu_seconds']:.2f}",
                "yes" if found["same_proposal"] else "NO",
                f"{found['peak_mib']:.0f}",
            ),
        ),
    )
    sheet.show(Console(width=180))
    machine = describe_machine()
    write_markdown(options.results / "resume_speed.md", [sheet], caption(machine))
    write_json(options.results / "resume_speed.json", {"machine": machine, "ours": PEERS[OURS].version(), **found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
