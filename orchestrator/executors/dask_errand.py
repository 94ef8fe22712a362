"""What a Dask worker does for an errand: start its process, and wait for it."""

import subprocess
import threading
from pathlib import Path

from orchestrator.executors.identity import ProcessIdentity

_running: dict[str, ProcessIdentity] = {}
_lock = threading.Lock()


def perform(name: str, folder: str, command: list[str]) -> int:
    """Run `command` in `folder` to its end, as a process group of its own; returns its exit code.

    The process decides through the claim of its attempt whether it still may begin, so that a task that the
    scheduler gives to a second worker does nothing there.
    """
    with (Path(folder) / "dask.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    identity = ProcessIdentity.of(process.pid)
    with _lock:
        _running[name] = identity
    try:
        return process.wait()
    finally:
        with _lock:
            _running.pop(name, None)


def end(name: str) -> bool:
    """Kill the process of an errand, with everything it started; whether this worker had it."""
    with _lock:
        identity = _running.get(name)
    if identity is not None:
        identity.kill_with_descendants()
    return identity is not None
