"""A campaign on a real Slurm cluster while everything goes wrong. `make test-slurm` runs this."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from orchestrator.executors.attempt import AttemptFolder
from orchestrator.executors.base import ExecutorContext, NeverStarted
from orchestrator.executors.outcome import Outcome
from orchestrator.executors.place import Errand, FolderWork, Gone
from orchestrator.executors.slurm import SlurmSettings
from orchestrator.executors.slurm_queue import SlurmPlace
from orchestrator.ledger.home import Home
from orchestrator.loop.server import server

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(1200)]

PLUGINS = Path(__file__).parents[1] / "plugins"
TRIALS, ENDLESS = 20, 13.0
FILE = """
campaign: queue
seed: 5
objective: {{name: height, goal: minimize}}
space: {{kind: table, file: pool.csv}}
optimizer: {{kind: random}}
executor:
  kind: function
  function: logged_quadratic
  settings: {{log: {log}, delay: 6.0, endless: [{endless}]}}
  timeout: 45
  runs_on: {{kind: slurm, poll: 0.5, visibility: 2}}
parallel: 4
failures: {{retries: 0}}
stop: {{trials: 20}}
"""


@pytest.fixture
def prefect(tmp_path, monkeypatch) -> Iterator[str]:
    before = dict(os.environ)
    with server(Home(tmp_path / "prefect")):
        yield os.environ["PREFECT_API_URL"]
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def plugins(monkeypatch):
    """The functions of tests/plugins are registered, here and in the jobs."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    monkeypatch.setenv("PYTHONPATH", str(PLUGINS), prepend=":")


class Shell:
    """The `junkan` command, with a home and a lab log in one folder."""

    def __init__(self, folder: Path, api: str) -> None:
        self.folder, self.log = folder, folder / "lab.log"
        self.environment = os.environ | {"JUNKAN_HOME": str(folder / "home"), "PREFECT_API_URL": api}
        rows = "\n".join(f"{float(x)}" for x in range(TRIALS))
        (folder / "pool.csv").write_text(f"x\n{rows}\n")
        (folder / "queue.yaml").write_text(FILE.format(log=self.log, endless=ENDLESS))

    def start(self, *words: str) -> subprocess.Popen:
        command = [sys.executable, "-c", "from orchestrator.cli.main import main; main()", *words]
        with (self.folder / "terminal.log").open("ab") as terminal:
            return subprocess.Popen(command, env=self.environment, stdout=terminal, stderr=terminal, cwd=self.folder)

    def json(self, *words: str):
        command = [sys.executable, "-c", "from orchestrator.cli.main import main; main()", *words, "--json"]
        return json.loads(subprocess.run(command, env=self.environment, capture_output=True, check=True).stdout)

    def count(self, what: str) -> Counter:
        """How often each attempt did `what`, by its folder."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return Counter(line.split()[0] for line in lines if line.split()[1] == what)


def wait(condition: Callable[[], object], limit: float = 240.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.1)


def test_a_campaign_survives_its_controller_its_owner_its_walltime_and_a_stranger(cluster, tmp_path, prefect):
    shell = Shell(tmp_path, prefect)
    run = shell.start("run", "queue.yaml")
    wait(lambda: shell.count("end").total() >= 2)
    # A controller that dies loses what it has not saved, and gives the same numbers again: not what is tested here.
    wait(cluster.has_saved_its_jobs)
    cluster.kill_controller()
    time.sleep(6.0)
    cluster.start_controller()
    ended = shell.count("end").total()
    wait(lambda: shell.count("end").total() >= ended + 4)
    run.send_signal(signal.SIGKILL)
    run.wait()
    run = shell.start("resume", "queue")
    ended = shell.count("end").total()
    wait(lambda: shell.count("end").total() > ended)
    cancelled = cancel_one(cluster, shell)
    while (code := run.wait()) == 3:
        # The one over its walltime waits for a person, who gives it up.
        late = [
            one["trial"] for one in shell.json("trials", "queue") if (one["failure"] or {}).get("kind") == "timeout"
        ]
        for trial in late:
            assert shell.start("tell", "queue", str(trial), "--abandon", "it never ends").wait() == 0
        run = shell.start("resume", "queue")
    assert code == 0, (tmp_path / "terminal.log").read_text()

    trials = shell.json("trials", "queue")
    standings = Counter(trial["status"] for trial in trials)
    assert standings == {"completed": TRIALS - 2, "failed": 1, "abandoned": 1}
    [failed] = [trial for trial in trials if trial["status"] == "failed"]
    assert (f"queue/{failed['trial']}/1", failed["failure"]["kind"]) == (cancelled, "cancelled")
    assert [trial["parameters"]["x"] for trial in trials if trial["status"] == "abandoned"] == [ENDLESS]
    assert all(len(trial["attempts"]) == 1 for trial in trials)
    assert Counter(job["JobName"] for job in cluster.jobs()) == {f"queue/{trial['trial']}/1": 1 for trial in trials}
    assert set(shell.count("start").values()) == {1}
    audit = shell.json("audit", "queue")
    assert audit["reproduced"] == audit["proposals"] == TRIALS


def cancel_one(cluster, shell: Shell) -> str:
    """Cancel a job in the middle of its evaluation, as a stranger would; its name."""
    busy: list[dict] = []

    def find() -> bool:
        begun, ended = shell.count("start"), shell.count("end")
        endless = [
            f"queue/{one['trial']}/1" for one in shell.json("trials", "queue") if one["parameters"]["x"] == ENDLESS
        ]
        busy[:] = [
            job
            for job in cluster.jobs()
            if job["JobState"] == "RUNNING" and job["JobName"] not in endless and job["WorkDir"] in begun - ended
        ]
        return bool(busy)

    while True:
        wait(find)
        name, number, folder = busy[0]["JobName"], busy[0]["JobId"], busy[0]["WorkDir"]
        subprocess.run(["scancel", number], check=True)
        time.sleep(1.5)
        if folder not in shell.count("end"):
            return name


def test_an_owner_killed_around_sbatch_leaves_each_attempt_evaluated_exactly_once(cluster, tmp_path):
    log = tmp_path / "lab.log"
    work = FolderWork("logged_quadratic", {"log": str(log)}, 60.0, ("height",))
    context = ExecutorContext("around", None, ("height",), 1)
    settings = SlurmSettings(poll=0.2, visibility=1.0)
    found_again = 0
    for number in range(1, 21):
        key, folder = f"around/{number}/1", tmp_path / f"trial-{number}"
        folder.mkdir()
        child = os.fork()
        if child == 0:
            settings.build(work, context).start(key, {"x": 0.5}, folder)
            os._exit(0)
        wait(AttemptFolder(key, folder).request)
        time.sleep(0.004 * number)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        executor = settings.build(work, context)
        match executor.reconcile(key, folder):
            case NeverStarted():
                handle = executor.start(key, {"x": 0.5}, folder)
            case Outcome():
                continue
            case handle:
                found_again += 1
        wait(partial(executor.poll, handle))
        assert executor.poll(handle).values
    begun = Counter(line.split()[0] for line in log.read_text().splitlines() if line.split()[1] == "start")
    assert len(begun) == 20 and set(begun.values()) == {1}
    print(f"{found_again} of 20 submissions were found again by their name")


def test_a_job_that_slurm_ends_at_its_time_limit_is_a_timeout(cluster, tmp_path, monkeypatch):
    from orchestrator.executors import slurm_queue

    monkeypatch.setattr(slurm_queue, "GRACE", 0.0)
    place = SlurmPlace(SlurmSettings(poll=0.5))
    ticket = place.begin(Errand("late/1/1", tmp_path, ("sleep", "600"), 20.0))
    wait(lambda: isinstance(place.standing(ticket), Gone))
    assert place.standing(ticket).kind == "timeout"


def test_the_example_campaign_runs_on_the_cluster(cluster, tmp_path, prefect):
    examples = Path(__file__).parents[2] / "campaigns"
    shell = Shell(tmp_path, prefect)
    words = ("--set", "stop.trials=6", "--set", "executor.runs_on={kind: slurm, poll: 0.5, visibility: 2}")
    assert shell.start("run", str(examples / "slurm_example.yaml"), *words).wait() == 0
    assert Counter(one["status"] for one in shell.json("trials", "slurm-example")) == {"completed": 6}
    named = [job["JobName"] for job in cluster.jobs() if job["JobName"].startswith("slurm-example/")]
    assert sorted(named) == [f"slurm-example/{number}/1" for number in range(1, 7)]
