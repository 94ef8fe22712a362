"""CPU time per proposal and memory, ours and the peers, beside the floor that memory bandwidth sets.

    python -m benchmarks.optimizers_speed [--peers physbo botorch ...] [--quick]

Process CPU time, one thread, one run: floor, ours and the peers take turns, so that the load of the machine meets all
alike. Peers that are not installed are left out with a word. Writes `results/optimizers_speed.json` and a plot.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.ask_cost import AskCost, measure_ask_cost
from benchmarks.floor import BandwidthProbe
from benchmarks.machine import caption, describe_machine
from benchmarks.memory_probe import peak_of
from benchmarks.peers.registry import OURS, PEERS, Peer
from benchmarks.record import RESULTS, write_json
from benchmarks.sheet import write_markdown
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.speed_plot import plot_speed
from benchmarks.speed_sheet import sheet_of_asks, sheet_of_memory, sheet_of_steps
from benchmarks.step_cost import STEPS_PER_PROBE, StepCost, measure_step_cost
from benchmarks.synthetic import GRIDS, morse_slabs

SIZES = (20_000, 40_000, 200_000)
ASK_SIZE = 20_000
SCHEDULED = (OURS, "physbo")
"""Optimizers whose users have another schedule than a refit on every ask."""


def measure_steps() -> list[StepCost]:
    """Our tell and ask against the floor, n from 98 to 130, for every pool size."""
    probe = BandwidthProbe()
    return [measure_step_cost(size, caches, probe) for size in SIZES for caches in STEPS_PER_PROBE]


def measure_asks(peers: list[Peer]) -> list[AskCost]:
    """Milliseconds per trial at N = 20,000: a refit on every ask, then each with its own schedule."""
    landscape = morse_slabs(GRIDS[ASK_SIZE], seed=0)
    scheduled = [peer for peer in peers if peer.name in SCHEDULED]
    return measure_ask_cost(peers, landscape, "every") + measure_ask_cost(scheduled, landscape, "own")


def measure_memory(peers: list[Peer]) -> list[dict[str, Any]]:
    """Peak resident memory with 100 observations, each optimizer in a process of its own."""
    return [
        {"peer": peer.name, "candidates": size, **asdict(peak_of(peer.name, size))} for peer in peers for size in SIZES
    ]


def _chosen(names: list[str], console: Console) -> list[Peer]:
    for name in names:
        if not PEERS[name].installed():
            console.print(f"{name} is not installed (pip install -e .[peers]); left out")
    return [PEERS[OURS], *(PEERS[name] for name in names if PEERS[name].installed())]


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.optimizers_speed")
    peers = [name for name in PEERS if name != "random" and PEERS[name].distribution != OURS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="*", default=peers, choices=peers)
    parser.add_argument("--quick", action="store_true", help="only our steps against the floor")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table and the plot")
    options = parser.parse_args()
    console = Console(width=180)
    machine = describe_machine()
    record: dict[str, Any] = {"machine": machine, "ours": PEERS[OURS].version()}
    steps = measure_steps()
    sheets = [sheet_of_steps(steps)]
    if not options.quick:
        chosen = _chosen(options.peers, console)
        asks, memory = measure_asks(chosen), measure_memory(chosen)
        sheets += [sheet_of_asks(asks), sheet_of_memory(memory)]
        record |= {"steps": [asdict(it) for it in steps], "asks": [asdict(it) for it in asks], "memory": memory}
        record["load_average_after"] = describe_machine()["load_average"]
        write_json(options.results / "optimizers_speed.json", record)
        write_markdown(options.results / "optimizers_speed.md", sheets, caption(machine))
        plot_speed(record, options.results / "optimizers_speed.png")
    for sheet in sheets:
        sheet.show(console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
