"""Kills campaigns of the peers and resumes them as their documentation says: `python -m benchmarks.crash`.

Writes `results/crash.json`. A peer that is not installed is left out with a word.
"""

import argparse
import sys
import tempfile
from dataclasses import asdict, fields
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from benchmarks.crash import optuna_sqlite, physbo_files
from benchmarks.crash.verdict import Verdict
from benchmarks.machine import caption, describe_machine
from benchmarks.record import RESULTS, write_json
from benchmarks.sheet import Sheet, write_markdown
from benchmarks.single_thread import relaunch_with_one_thread

CASES = {"optuna": optuna_sqlite.crash_and_resume, "physbo": physbo_files.crash_and_resume}


def main() -> int:
    """The command line."""
    relaunch_with_one_thread("benchmarks.crash")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the table")
    options = parser.parse_args()
    console = Console(width=180)
    verdicts: list[Verdict] = []
    for name, crash_and_resume in CASES.items():
        if find_spec(name) is None:
            console.print(f"{name} is not installed (pip install -e .[peers]); left out")
            continue
        with tempfile.TemporaryDirectory() as folder:
            verdicts.append(crash_and_resume(Path(folder)))
    headings = tuple(field.name for field in fields(Verdict))
    sheet = Sheet(headings, tuple(tuple(asdict(verdict).values()) for verdict in verdicts))
    sheet.show(console)
    machine = describe_machine()
    write_markdown(options.results / "crash.md", [sheet], caption(machine))
    write_json(options.results / "crash.json", {"machine": machine, "rows": [asdict(it) for it in verdicts]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
