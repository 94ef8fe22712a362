"""One run of a program: in a folder, at the head of a process group of its own, for a limited time."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from orchestrator.executors.leftovers import MARK, kill_leftovers
from orchestrator.executors.output_rules import STANDARD_ERROR, STANDARD_OUTPUT

PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Ended:
    """How a program ended: `code` is its exit code, negative the signal that killed it."""

    code: int
    seconds: float
    over_time: bool

    @property
    def how(self) -> str:
        """For people."""
        if self.code >= 0:
            return f"exit code {self.code}"
        with suppress(ValueError):
            return f"killed by {signal.Signals(-self.code).name}"
        return f"killed by signal {-self.code}"


@dataclass(frozen=True)
class Program:
    """`words` is what to run, with `environment` added to this process's own; `limit` and `grace` in seconds.

    At `limit` the whole group is asked to end (SIGTERM, so that a program can leave a checkpoint); `grace` later,
    and in any case after the program's own end, everything that was started for the folder is killed.
    """

    words: Sequence[str]
    environment: Mapping[str, str]
    limit: float
    grace: float = 10.0

    def run(self, folder: Path) -> Ended:
        """Run it to its end. Standard output and error are appended to files. Raises OSError if it cannot start."""
        adopt_orphans()
        began = time.monotonic()
        environment = {**os.environ, **self.environment, MARK: str(folder.absolute())}
        with (folder / STANDARD_OUTPUT).open("ab") as out, (folder / STANDARD_ERROR).open("ab") as err:
            process = subprocess.Popen(
                list(self.words),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        try:
            over_time = not self._wait(process)
        finally:
            _kill_group(process.pid)
            process.wait()
            kill_leftovers(folder)
            bury_orphans()
        return Ended(process.returncode, time.monotonic() - began, over_time)

    def _wait(self, process: "subprocess.Popen[bytes]") -> bool:
        """Whether it ended by itself within the limit."""
        try:
            process.wait(self.limit)
            return True
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(self.grace)
            return False


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, so that none of them escapes, or stays as a zombie."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def bury_orphans(patience: float = 2.0) -> None:
    """Wait for adopted children that have ended. Children that still live, such as helpers of Python, stay."""
    deadline = time.monotonic() + patience
    ending = True
    while ending:
        ending = time.monotonic() < deadline and any(map(_is_ending, psutil.Process().children(recursive=True)))
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if ending:
            time.sleep(0.005)


def _is_ending(process: psutil.Process) -> bool:
    """Whether a killed process is on its way: it has given up its memory, and is not yet there to be waited for."""
    with suppress(psutil.Error, OSError):
        return process.status() != psutil.STATUS_ZOMBIE and not process.environ()
    return False
