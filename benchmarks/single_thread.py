"""One thread for every numerical library, decided before any of them is loaded."""

import os
import sys

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def environment() -> dict[str, str]:
    """The environment of this process with one thread per numerical library; for child processes."""
    return {**os.environ, **dict.fromkeys(VARIABLES, "1")}


def relaunch_with_one_thread(module: str) -> None:
    """Replace this process by `python -m module` with one thread, unless it already runs so.

    The libraries read the variables when they are loaded, so setting them later has no effect.
    """
    if all(os.environ.get(name) == "1" for name in VARIABLES):
        return
    os.execve(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]], environment())
