"""How fast the commands that people type while waiting answer: `python -m benchmarks.command_latency`.

Each command runs in a process of its own on a campaign of 200 trials; wall time, median of 10. Beside it: the bare
interpreter, and another command-line program of the same family.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bench_campaign import NAME, drive_without_prefect, write_campaign
from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from orchestrator.ledger.home import Home

TRIALS = 200
PROMISED = 0.5
"""Seconds in which a command should answer on a quiet machine."""


@dataclass(frozen=True)
class Latency:
    """Seconds that a command took: median, quickest and slowest of some runs, and the processor time of the median."""

    command: str
    median: float
    quickest: float
    slowest: float
    processor: float


def main() -> None:
    """Measure, print a table, write the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10, help="runs of each command (default 10)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        file = write_campaign(Path(folder), trials=TRIALS)
        drive_without_prefect(Home(Path(folder) / "home"), file)
        environment = os.environ | {"JUNKAN_HOME": str(Path(folder) / "home")}
        latencies = [measure(command, environment, runs) for command in commands(file)]
    machine = describe_machine()
    write_json(
        RESULTS / "command_latency.json", {"machine": machine, "latencies": [asdict(latency) for latency in latencies]}
    )
    show(latencies, machine)


def commands(file: Path) -> list[list[str]]:
    """What is measured: first the two yardsticks, then our own."""
    scripts = Path(sys.executable).parent
    ours = [["status"], ["trials", NAME], ["best", NAME], ["validate", str(file)], ["--help"]]
    yardsticks = [[sys.executable, "-c", "pass"], [str(scripts / "prefect"), "version"]]
    return [*yardsticks, *([str(scripts / "junkan"), *words] for words in ours)]


def measure(command: list[str], environment: dict[str, str], runs: int) -> Latency:
    """Run a command `runs` times, after once for the caches. Raises CalledProcessError if it fails."""
    walls, processors = [], []
    for _ in range(runs + 1):
        before = os.times()
        started = time.perf_counter()
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        walls.append(time.perf_counter() - started)
        after = os.times()
        processors.append(after.children_user + after.children_system - before.children_user - before.children_system)
    walls, processors = walls[1:], processors[1:]
    words = " ".join([Path(command[0]).name, *(Path(word).name for word in command[1:])])
    return Latency(words, statistics.median(walls), min(walls), max(walls), statistics.median(processors))


def show(latencies: list[Latency], machine: dict[str, object]) -> None:
    """The table, and what it was measured on."""
    table = Table("command", *(f"{word} (s)" for word in ("median", "quickest", "slowest", "processor")))
    for latency in latencies:
        figures = (latency.median, latency.quickest, latency.slowest, latency.processor)
        table.add_row(latency.command, *(f"{figure:.3f}" for figure in figures))
    console = Console()
    console.print(table)
    console.print(f"{machine['processor']}, {machine['cores']} cores, load {machine['load_average']}")
    ours = [latency for latency in latencies if latency.command.startswith("junkan")]
    slow = [latency.command for latency in ours if latency.median > PROMISED]
    console.print(f"above {PROMISED} s: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
