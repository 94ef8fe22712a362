"""What a crash did to a campaign, told by the notebook of the instrument."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.single_thread import environment

NOTEBOOK = "lab.log"
TIME_LIMIT = 300.0


@dataclass(frozen=True)
class Verdict:
    """One system: where it was killed, how it was resumed, what was found; `evidence` are the figures behind it."""

    system: str
    killed: str
    resumed: str
    found: str
    evidence: str


def note(folder: Path, entry: str) -> None:
    """Write down what the instrument is told to do, before it does it."""
    with (folder / NOTEBOOK).open("a") as notebook:
        notebook.write(entry + "\n")


def notes(folder: Path) -> list[str]:
    """Everything the instrument was ever told, in order."""
    return (folder / NOTEBOOK).read_text().splitlines()


def run_child(module: str, arguments: Sequence[str]) -> str:
    """Run `python -m module arguments` until it ends or kills itself; what it printed.

    Raises CalledProcessError if it fails in another way, TimeoutExpired after 5 minutes.
    """
    command = [sys.executable, "-m", module, *arguments]
    child = subprocess.run(
        command, env=environment(), stdout=subprocess.PIPE, text=True, check=False, timeout=TIME_LIMIT
    )
    if child.returncode not in (0, -signal.SIGKILL):
        raise subprocess.CalledProcessError(child.returncode, command)
    return child.stdout
