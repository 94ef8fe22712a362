"""Which process has locked a port. Only Linux tells."""

import os
import re
from pathlib import Path

_LOCKS = Path("/proc/locks")
_FLOCK = re.compile(r"^\d+: FLOCK\s+\S+\s+WRITE\s+(\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)\s")


def lock_holder(file: Path, table: Path = _LOCKS) -> int | None:
    """The process that took the lock of `file`, or None if nobody did or nobody can tell.

    A lock that a forked child has inherited still counts as its dead parent's.
    """
    try:
        found = file.stat()
        lines = table.read_text().splitlines()
    except OSError:
        return None
    wanted = (os.major(found.st_dev), os.minor(found.st_dev), found.st_ino)
    for line in lines:
        lock = _FLOCK.match(line)
        if lock and (int(lock[2], 16), int(lock[3], 16), int(lock[4])) == wanted:
            return int(lock[1])
    return None
