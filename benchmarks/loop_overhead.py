"""What the loop costs beside the executor: `python -m benchmarks.loop_overhead`.

Random search over a table: proposing and measuring cost next to nothing, so what remains is the loop. Driven once
with plain threads and once as a Prefect flow on a server of its own; the start of that server is not counted.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bench_campaign import drive_without_prefect, write_campaign
from benchmarks.machine import describe_machine
from benchmarks.record import RESULTS, write_json
from orchestrator.campaign.loading import load
from orchestrator.ledger.home import Home
from orchestrator.loop.server import server
from orchestrator.loop.session import enter, equip, owned


@dataclass(frozen=True)
class Overhead:
    """A drive of `trials` trials, `parallel` at a time: seconds of wall and processor time of this process."""

    driver: str
    parallel: int
    trials: int
    wall: float
    processor: float


def main() -> None:
    """Measure, print a table, write the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200, help="trials of each drive (default 200)")
    trials = parser.parse_args().trials
    measured = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = Home(folder / "home")
        for parallel in (1, 4):
            file = write_campaign(folder, trials, parallel, f"threads-{parallel}")
            measured.append(timed("threads", parallel, trials, drive_without_prefect, home, file))
        with server(home):
            drive_with_prefect(home, write_campaign(folder, 3, 1, "warm-up"))
            for parallel in (1, 4):
                file = write_campaign(folder, trials, parallel, f"prefect-{parallel}")
                measured.append(timed("Prefect", parallel, trials, drive_with_prefect, home, file))
    machine = describe_machine()
    write_json(RESULTS / "loop_overhead.json", {"machine": machine, "overheads": [asdict(one) for one in measured]})
    show(measured, machine)


def drive_with_prefect(home: Home, file: Path) -> None:
    """Enter the campaign in `file` and drive it to its end as `junkan run` does, without its artifacts."""
    from orchestrator.loop.flow import run_flow

    loaded = load(file)
    enter(home, loaded, str(file))
    with owned(home, loaded.spec.campaign, equip(loaded.spec)) as run:
        run_flow(run, lambda _: None, lambda: None)


def timed(
    driver: str, parallel: int, trials: int, drive: Callable[[Home, Path], None], home: Home, file: Path
) -> Overhead:
    """Time one drive, from the campaign file to its end."""
    wall, processor = time.perf_counter(), time.process_time()
    drive(home, file)
    return Overhead(driver, parallel, trials, time.perf_counter() - wall, time.process_time() - processor)


def show(measured: list[Overhead], machine: dict[str, object]) -> None:
    """The table, and what it was measured on."""
    table = Table("driver", "in flight", "trials", "wall per trial (ms)", "processor per trial (ms)")
    for one in measured:
        per_trial = (1e3 * one.wall / one.trials, 1e3 * one.processor / one.trials)
        table.add_row(one.driver, str(one.parallel), str(one.trials), *(f"{figure:.1f}" for figure in per_trial))
    console = Console()
    console.print(table)
    console.print(f"{machine['processor']}, {machine['cores']} cores, load {machine['load_average']}")


if __name__ == "__main__":
    main()
