"""What a measurement was taken on: processor, load, threads, versions."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.single_thread import VARIABLES

PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "torch",
    "gpytorch",
    "botorch",
    "physbo",
    "baybe",
    "optuna",
    "ax-platform",
    "nimo",
)


def describe_machine() -> dict[str, Any]:
    """A JSON object that states where and with what a measurement was taken."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "threads": {name: os.environ.get(name, "unset") for name in VARIABLES},
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := installed_version(name)) is not None},
    }


def caption(machine: dict[str, Any]) -> str:
    """One line for below a table, from `describe_machine`."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    load = " / ".join(map(str, machine["load_average"]))
    return (
        f"{machine['processor']}, {machine['cores']} cores, one thread, load average {load}; "
        f"Python {machine['python']}, {versions}; {machine['date'][:10]}"
    )


def installed_version(distribution: str) -> str | None:
    """The installed version of a distribution, None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def peak_memory_bytes() -> int:
    """Largest resident size of this process so far.

    Read from /proc, since `getrusage` also counts what the parent held when it started this process.
    Raises RuntimeError where the system has no such file.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        raise RuntimeError("peak memory is read from /proc/self/status, which this system does not have; use Linux")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
