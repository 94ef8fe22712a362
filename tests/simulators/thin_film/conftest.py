import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulators.thin_film.control import Control


@dataclass
class RunningLaboratory:
    """A laboratory in a process of its own."""

    folder: Path
    process: subprocess.Popen[str]

    @property
    def control(self) -> Control:
        return Control(self.folder)

    def port(self, name: str) -> str:
        return str(self.folder / name)

    def end(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.terminate()
        return self.process.wait(timeout=20)


def start_laboratory(folder: Path, *options: str) -> RunningLaboratory:
    """Start one and wait until it says that it is ready."""
    command = [sys.executable, "-m", "simulators.thin_film.laboratory", str(folder), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"ready {folder}\n"
    return RunningLaboratory(folder, process)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLaboratory]:
    """One laboratory for all tests that leave it as they found it; its time runs a thousand times as fast as ours."""
    laboratory = start_laboratory(tmp_path_factory.mktemp("laboratory") / "lab", "--speed", "1000")
    yield laboratory
    assert laboratory.end() == 0
    assert laboratory.process.stdout is not None
    laboratory.process.stdout.close()
