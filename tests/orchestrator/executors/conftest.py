"""Registered functions, a lab that counts, and patience."""

import ctypes
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from orchestrator.executors.process import ProcessExecutor
from orchestrator.executors.program import PR_SET_CHILD_SUBREAPER

PLUGINS = Path(__file__).parents[2] / "plugins"


@pytest.fixture(autouse=True)
def plugins(monkeypatch):
    """The functions of tests/plugins are registered, here and in the processes that a test starts."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    monkeypatch.setenv("PYTHONPATH", str(PLUGINS), prepend=":")
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@pytest.fixture
def executor() -> Iterator[Callable[..., ProcessExecutor]]:
    """Builds process executors for a registered function and its settings; they are closed after the test."""
    with ExitStack() as stack:

        def build(function, timeout=60.0, workers=1, **settings):
            return stack.enter_context(closing(ProcessExecutor(function, settings, workers, timeout, ("energy",))))

        yield build


@pytest.fixture
def attempt(tmp_path):
    """The key and the new folder of trial `number`."""

    def make(number=1):
        folder = tmp_path / f"trial-{number}"
        folder.mkdir()
        return f"campaign/{number}/1", folder

    return make


class Lab:
    """What was really evaluated, from the log that `logged_quadratic` writes."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def count(self, what: str, folder: Path) -> int:
        """How often an evaluation in `folder` did `what`: start or end."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return sum(line.split()[:2] == [str(folder), what] for line in lines)


@pytest.fixture
def lab(tmp_path):
    return Lab(tmp_path / "lab.log")


@pytest.fixture
def wait_for():
    """Waits for a condition, returns its first true value, fails after 20 s."""

    def wait(condition, limit=20.0):
        deadline = time.monotonic() + limit
        while not (value := condition()):
            assert time.monotonic() < deadline, f"nothing happened within {limit} s"
            time.sleep(0.002)
        return value

    return wait


@pytest.fixture
def follow(wait_for):
    """Polls until there is an outcome."""
    return lambda executor, handle: wait_for(lambda: executor.poll(handle))


@pytest.fixture
def evaluate(executor, attempt, follow):
    """The outcome of one evaluation of a registered function, and the folder it was done in."""

    def run(function, parameters=None, timeout=60.0, **settings):
        key, folder = attempt()
        here = executor(function, timeout=timeout, **settings)
        return follow(here, here.start(key, parameters or {"x": 0.5}, folder)), folder

    return run


@pytest.fixture
def adopts_nobody():
    """A worker process becomes the parent of orphans for good. Where a test does a worker's work, that is undone."""
    yield
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
