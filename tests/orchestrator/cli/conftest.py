"""The `junkan` command in this process, on a home and a small campaign of its own."""

import gc
import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator.campaign.loading import load
from orchestrator.cli.main import main
from orchestrator.ledger.home import Home
from orchestrator.loop.drive import Ending, Hands, drive
from orchestrator.loop.recovery import recover
from orchestrator.loop.session import enter, equip, owned

CAMPAIGN = """\
campaign: parabola
seed: 3
objective: {name: height, unit: m^2, goal: minimize}
space: {kind: table, file: pool.csv, parameters: [x, y]}
optimizer: {kind: kriging, initial: 3}
executor: {kind: table, file: pool.csv}
stop: {trials: 6}
"""


def write_campaign(folder: Path, text: str = CAMPAIGN) -> Path:
    """A landscape of 36 candidates and a campaign on it, in `folder`; returns the campaign file."""
    folder.mkdir(exist_ok=True)
    rows = [f"{x / 5},{y / 5},{(x / 5 - 0.6) ** 2 + (y / 5 - 0.2) ** 2!r}" for x in range(6) for y in range(6)]
    (folder / "pool.csv").write_text("\n".join(["x,y,height", *rows]) + "\n")
    file = folder / "parabola.yaml"
    file.write_text(text)
    return file


def drive_without_prefect(home: Home, file: Path) -> Ending:
    """Enter the campaign in `file` and drive it to its end, in this thread."""
    loaded = load(file)
    enter(home, loaded, str(file))
    name = loaded.spec.campaign

    def now(act: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(act(*arguments))
        return future

    with owned(home, name, equip(loaded.spec)) as run:
        run.patience = 0.0
        hands = Hands(
            ask=run.ask,
            carry_out=lambda number: now(run.carry_out, number),
            attend=lambda number, handle: now(run.attend, number, handle),
            seen=lambda _: None,
        )
        return drive(run, hands, recover(run))


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def process_settings() -> Iterator[None]:
    """The command sets these for its whole process; this process has other tests to run."""
    thresholds, handlers, level = gc.get_threshold(), logging.root.handlers[:], logging.root.level
    environment = dict(os.environ)
    yield
    gc.set_threshold(*thresholds)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is not there yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("JUNKAN_HOME", str(folder))
    for variable in ("JUNKAN_DATABASE_URL", "PREFECT_API_URL"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.fixture
def junkan(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Run a command: `junkan("status", "parabola")`."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["junkan", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        said = capsys.readouterr()
        return Answer(code if isinstance(code, int) else 0, said.out, said.err)

    return run


@pytest.fixture
def campaign_file(tmp_path: Path) -> Path:
    return write_campaign(tmp_path / "campaign")


@pytest.fixture
def slow_campaign_file(tmp_path: Path) -> Path:
    """Thirty trials of half a second, one at a time."""
    text = CAMPAIGN.replace("file: pool.csv}\nstop", "file: pool.csv, delay: 0.5}\nstop")
    return write_campaign(tmp_path / "campaign", text.replace("trials: 6", "trials: 30"))


@pytest.fixture(scope="session")
def finished_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the campaign `parabola` is done. Not to be written to."""
    folder = tmp_path_factory.mktemp("finished")
    drive_without_prefect(Home(folder / "home"), write_campaign(folder / "campaign"))
    return folder / "home"


@pytest.fixture
def finished(home: Path, finished_home: Path) -> Path:
    """A home of one's own in which the campaign `parabola` is done."""
    shutil.copytree(finished_home, home)
    return home
