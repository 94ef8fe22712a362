import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-P", "-m", "orchestrator.executors.worker", str(os.getpid())]


def test_it_imports_nothing_heavy():
    code = "import sys, orchestrator.executors.worker; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"numpy", "pandas", "scipy", "prefect", "sqlmodel", "sqlalchemy", "ase", "torch", "psutil", "pyarrow"}
    assert not heavy & set(loaded)


def test_it_ends_when_its_line_ends():
    assert subprocess.run(COMMAND, stdin=subprocess.DEVNULL, timeout=20, check=False).returncode == 0


def test_it_ignores_half_a_line():
    done = subprocess.run(COMMAND, input=b'{"key": "campaign/1/1", "fol', timeout=20, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_it_ends_when_its_owner_has_died_although_somebody_holds_the_line_open():
    reading, writing = os.pipe()
    code = f"import os, subprocess; print(subprocess.Popen([*{COMMAND[:-1]!r}, str(os.getpid())]).pid, flush=True)"
    owner = subprocess.run([sys.executable, "-c", code], stdin=reading, capture_output=True, text=True, check=True)
    deadline = time.monotonic() + 15
    while Path("/proc", owner.stdout.strip()).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.close(reading)
    os.close(writing)


@pytest.mark.slow
def test_it_is_ready_within_three_tenths_of_a_second():
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(COMMAND, stdin=subprocess.DEVNULL, check=True)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.3
