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
from rich.table import Table

from benchmarks.ask_cost import WINDOWS, measure_ask_cost
from benchmarks.floor import BandwidthProbe
from benchmarks.machine import describe_machine
from benchmarks.memory_probe import peak_of
from benchmarks.peers.registry import OURS, PEERS, Peer
from benchmarks.record import RESULTS, write_json
from benchmarks.single_thread import relaunch_with_one_thread
from benchmarks.speed_plot import plot_speed
from benchmarks.step_cost import measure_step_cost
from benchmarks.synthetic import GRIDS, morse_slabs

STEP_SIZES = (20_000, 40_000, 200_000)
ASK_SIZE = 20_000
SCHEDULED = (OURS, "physbo")
"""Optimizers whose users have another schedule than a refit on every ask."""


def measure_steps(console: Console) -> list[dict[str, Any]]:
    """Our tell and ask against the floor, n from 98 to 130, for every pool size."""
    probe = BandwidthProbe()
    table = Table("N", "step / floor: mean", "median", "p95", "step ms, median", "floor ms", "GB/s")
    costs = [measure_step_cost(size, probe) for size in STEP_SIZES]
    for cost in costs:
        ratio = (f"{cost.ratio.mean:.2f}", f"{cost.ratio.median:.2f}", f"{cost.ratio.p95:.2f}")
        step, floor = f"{cost.milliseconds.median:.2f}", f"{cost.floor_milliseconds.median:.2f}"
        table.add_row(f"{cost.candidates:,}", *ratio, step, floor, f"{cost.bandwidth.median / 1e9:.1f}")
    console.print(table)
    return [asdict(cost) for cost in costs]


def measure_asks(peers: list[Peer], console: Console) -> list[dict[str, Any]]:
    """Milliseconds per trial at N = 20,000: a refit on every ask, then each with its own schedule."""
    landscape = morse_slabs(GRIDS[ASK_SIZE], seed=0)
    costs = measure_ask_cost(peers, landscape, "every")
    costs += measure_ask_cost([peer for peer in peers if peer.name in SCHEDULED], landscape, "own")
    table = Table("optimizer", "schedule", *(f"n = {window}: mean / median / p95 ms" for window in WINDOWS), "ratio")
    for cost in costs:
        ours = next(it for it in costs if it.peer == OURS and it.schedule == cost.schedule)
        ratio = cost.milliseconds["95-105"].mean / ours.milliseconds["95-105"].mean
        cells = [f"{it.mean:.1f} / {it.median:.1f} / {it.p95:.1f}" for it in cost.milliseconds.values()]
        table.add_row(cost.peer, cost.schedule, *cells, f"{ratio:.1f}")
    console.print(table)
    return [asdict(cost) for cost in costs]


def measure_memory(peers: list[Peer], sizes: tuple[int, ...], console: Console) -> list[dict[str, Any]]:
    """Peak resident memory with 100 observations, each optimizer in a process of its own."""
    table = Table("optimizer", *(f"N = {size:,}: peak MiB (of it before)" for size in sizes))
    rows = []
    for peer in peers:
        peaks = {size: peak_of(peer.name, size) for size in sizes}
        rows += [{"peer": peer.name, "candidates": size, **asdict(peak)} for size, peak in peaks.items()]
        table.add_row(peer.name, *(f"{peak.peak_mib:.0f} ({peak.before_mib:.0f})" for peak in peaks.values()))
    console.print(table)
    return rows


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
    console = Console(width=160)
    machine = describe_machine()
    record: dict[str, Any] = {"machine": machine, "ours": PEERS[OURS].version(), "steps": measure_steps(console)}
    if not options.quick:
        chosen = _chosen(options.peers, console)
        record |= {"asks": measure_asks(chosen, console), "memory": measure_memory(chosen, STEP_SIZES, console)}
        record["load_average_after"] = describe_machine()["load_average"]
        write_json(options.results / "optimizers_speed.json", record)
        plot_speed(record, options.results / "optimizers_speed.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
