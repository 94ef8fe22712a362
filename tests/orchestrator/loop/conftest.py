import shutil
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from orchestrator.campaign.loading import loads
from orchestrator.executors.base import NeverStarted, Unknown
from orchestrator.executors.outcome import Outcome, Value
from orchestrator.executors.table import TableSettings
from orchestrator.kinds.stations import station_of
from orchestrator.ledger.home import Home
from orchestrator.ledger.upgrade import upgrade
from orchestrator.loop.audit import audit
from orchestrator.loop.drive import Ending, Hands, drive
from orchestrator.loop.questions import Questions
from orchestrator.loop.recovery import recover
from orchestrator.loop.session import Equipment, enter, equip, owned

FILE = """
campaign: parabola
seed: 3
objective: {name: height, unit: m, goal: minimize}
space: {kind: table, file: pool.csv, parameters: [x, y]}
optimizer: {kind: kriging, initial: 3}
executor: {kind: table, file: pool.csv}
parallel: 1
stop: {trials: 6}
"""


@pytest.fixture(scope="session")
def pool_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small landscape."""
    folder = tmp_path_factory.mktemp("landscape")
    rows = ["x,y,height"]
    rows += [f"{x / 5},{y / 5},{(x / 5 - 0.6) ** 2 + (y / 5 - 0.2) ** 2!r}" for x in range(6) for y in range(6)]
    (folder / "pool.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger without campaigns, migrated once and copied for every test."""
    home = Home(tmp_path_factory.mktemp("ledger"))
    database = home.database()
    upgrade(database)
    database.close()
    assert database.sqlite_file is not None
    return database.sqlite_file


@pytest.fixture
def home(tmp_path: Path, empty_ledger: Path) -> Home:
    (tmp_path / "home").mkdir()
    shutil.copy(empty_ledger, tmp_path / "home")
    return Home(tmp_path / "home")


class Lab:
    """An outside world: a folder that remembers what it was told to start, whoever told it.

    `answer` maps parameters to an outcome. `forgetful` labs cannot say whether they have heard of a key.
    """

    def __init__(
        self, folder: Path, answer: Callable[[dict], Outcome] | None = None, *, forgetful: bool = False
    ) -> None:
        self.folder = folder
        self.answer = answer or (
            lambda seen: Outcome(values={"height": Value(value=(seen["x"] - 0.6) ** 2 + seen["y"])})
        )
        self.forgetful = forgetful
        self.polls = 0

    def start(self, key, parameters, folder):
        with (self.folder / "lab.log").open("a") as log:
            log.write(key + "\n")
        outcome = self.answer(dict(parameters))
        (self.folder / key.replace("/", "_")).write_text(outcome.model_dump_json())
        return {"key": key}

    def poll(self, handle):
        self.polls += 1
        return Outcome.model_validate_json((self.folder / handle["key"].replace("/", "_")).read_text())

    def cancel(self, handle):
        raise AssertionError("nobody asked for that")

    def reconcile(self, key, folder):
        if self.forgetful:
            return Unknown("the laboratory keeps no book")
        return {"key": key} if key in self.starts() else NeverStarted()

    def close(self):
        """Nothing to close."""

    def starts(self) -> list[str]:
        log = self.folder / "lab.log"
        return log.read_text().split() if log.exists() else []

    def starts_of(self, trial: int) -> int:
        return sum(key.split("/")[1] == str(trial) for key in self.starts())


def done(act: Callable, *arguments) -> "Future":
    """Do it now, in this thread; the future has ended."""
    future: Future = Future()
    try:
        future.set_result(act(*arguments))
    except Exception as error:
        future.set_exception(error)
    return future


class Bench:
    """A campaign in a home of its own, driven without Prefect and without threads."""

    def __init__(self, home: Home, folder: Path, lab: Lab, text: str = FILE) -> None:
        self.home, self.folder, self.lab, self.text = home, folder, lab, text
        self.name = "parabola"
        self.sources: dict[str, int] = {}
        self.settings: type[TableSettings] | None = None  # in place of those that the file names

    @property
    def spec(self):
        spec = loads(self.text, self.folder).spec
        if self.settings is None:
            return spec
        return spec.model_copy(update={"executor": self.settings.model_validate(dict(spec.executor))})

    def enter(self) -> None:
        enter(self.home, loads(self.text, self.folder), "parabola.yaml", self.sources)

    def equipment(self) -> Equipment:
        built = equip(self.spec)
        return Equipment(built.spec, built.space, built.optimizer, self.lab)

    def drive(self, patience: float | None = 0.0, asks: Callable = lambda questions: None) -> Ending:
        with owned(self.home, self.name, self.equipment()) as run:
            run.patience = patience
            hands = Hands(
                ask=run.ask,
                carry_out=lambda number: done(run.carry_out, number),
                attend=lambda number, handle: done(run.attend, number, handle),
                seen=lambda snapshot: None,
                asks=asks,
            )
            return drive(run, hands, recover(run))

    def questions(self) -> Questions:
        return Questions(self.home.database(), self.name, self.spec)

    def audit(self) -> dict:
        return audit(self.home.database(), self.name, self.spec)

    def trials(self) -> list[dict]:
        from orchestrator.ledger import views

        database = self.home.database()
        with database.reading() as session:
            found = views.trials(session, self.name)
        database.close()
        return found

    def status(self) -> dict:
        from orchestrator.ledger import views

        database = self.home.database()
        with database.reading() as session:
            found = views.status(session, self.name)
        database.close()
        return found


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    (tmp_path / "lab").mkdir()
    return Lab(tmp_path / "lab")


@pytest.fixture
def bench(home: Home, pool_folder: Path, lab: Lab) -> Bench:
    """A campaign that has been entered and not begun."""
    made = Bench(home, pool_folder, lab)
    made.enter()
    return made


@pytest.fixture
def bench_with(home: Home, pool_folder: Path, lab: Lab) -> Callable[..., Bench]:
    """A bench whose campaign file has other lines: `bench_with(stop="{trials: 2}")`."""

    def make(**changes: str) -> Bench:
        lines = FILE.strip().splitlines()
        for key, value in changes.items():
            lines = [line for line in lines if not line.startswith(f"{key}:")] + [f"{key}: {value}"]
        made = Bench(home, pool_folder, lab, "\n".join(lines) + "\n")
        made.enter()
        return made

    return make


class StationedTable(TableSettings):
    """A table that works with a station. (A patched class would stay what it was patched to for `isinstance`.)"""

    def station_name(self) -> str:
        return "sputter"

    def rig_file(self) -> Path:
        return Path(__file__).parents[3] / "campaigns" / "rigs" / "sputter_simulated.yaml"


@pytest.fixture
def stationed(bench):
    """The campaign of the bench then works with a station; this is the memory of that."""
    bench.settings = StationedTable
    return station_of(bench.home.database(), "sputter", bench.spec.executor.rig_file())
