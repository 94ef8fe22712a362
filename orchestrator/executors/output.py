"""Where the printed words of an evaluation go."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def output_in(log: Path) -> Iterator[None]:
    """Append to `log` what is printed, here, by compiled code and by child processes. No empty log is left behind.

    Afterwards the output goes nowhere. Raises OSError if the log cannot be opened.
    """
    _redirect(log)
    try:
        yield
    finally:
        _redirect(Path(os.devnull))
        with suppress(OSError):
            if log.stat().st_size == 0:
                log.unlink()


def _redirect(path: Path) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a full disk; a stream that the function closed
            stream.flush()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
