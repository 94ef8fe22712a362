"""Which process exactly: a number alone is used again for another process after a while."""

import os
import signal
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Standing = Literal["alive", "dead", "elsewhere"]


class ProcessIdentity(BaseModel):
    """One process of one machine. `created` differs between two processes that were given the same `pid`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    created: str
    host: str

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity":
        """The process that has the number `pid` now, which may have ended but not been waited for.

        Raises ProcessLookupError if there is none.
        """
        seen = _look_at(pid)
        if seen is None:
            raise ProcessLookupError(f"no process has the number {pid}")
        return cls(pid=pid, created=seen[0], host=os.uname().nodename)

    @property
    def standing(self) -> Standing:
        """Whether the process runs; `elsewhere` when it belongs to another machine and cannot be seen from here."""
        if self.host != os.uname().nodename:
            return "elsewhere"
        seen = _look_at(self.pid)
        return "alive" if seen is not None and seen == (self.created, True) else "dead"

    def kill_with_descendants(self) -> None:
        """Kill the process group that this process leads, and every descendant that has left the group.

        Does nothing unless the process is alive on this machine. Returns when it has ended, within a second
        unless the system holds it back.
        """
        import psutil

        if self.standing != "alive":
            return
        with suppress(psutil.NoSuchProcess):
            descendants = psutil.Process(self.pid).children(recursive=True)
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            for descendant in descendants:
                with suppress(psutil.NoSuchProcess):
                    descendant.kill()
        deadline = time.monotonic() + 1.0
        while self.standing == "alive" and time.monotonic() < deadline:
            time.sleep(0.001)


def _look_at(pid: int) -> tuple[str, bool] | None:
    """When the process was created, and whether it has not ended; None if there is no such process."""
    return _look_in_proc(pid) if sys.platform == "linux" else _ask_psutil(pid)


def _look_in_proc(pid: int) -> tuple[str, bool] | None:
    # The creation time of psutil moves when the clock is set. Clock ticks since the boot, and which boot, do not.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return f"{_boot()}+{fields[18]}", state not in "ZX"


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _ask_psutil(pid: int) -> tuple[str, bool] | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return repr(process.create_time()), process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
