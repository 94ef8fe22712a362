"""Processes that work for an attempt, found by a mark in their environment wherever they have fled to."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

MARK = "JUNKAN_ATTEMPT_FOLDER"
"""The variable that names the folder of the attempt for which a process was started; children inherit it."""


def leftovers(folder: Path) -> "Iterator[psutil.Process]":
    """The processes of this machine that were started for the attempt in `folder`, this one not among them."""
    import psutil

    wanted = str(folder.absolute())
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # other users' processes, and those that end meanwhile
            if process.pid != os.getpid() and process.environ().get(MARK) == wanted:
                yield process


def kill_leftovers(folder: Path, patience: float = 2.0) -> int:
    """Kill them all and wait until they have ended; returns how many there were."""
    import psutil

    killed = 0
    deadline = time.monotonic() + patience
    # Killed and looked for again: a process may have had another one started in the meantime.
    while found := list(leftovers(folder)):
        alive = []
        for process in found:
            with suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE:
                    process.kill()
                    alive.append(process)
        if not alive or time.monotonic() > deadline:
            break
        killed += len(alive)
        time.sleep(0.01)  # not by waiting for them: that would take their exit status from whoever started them
    return killed
