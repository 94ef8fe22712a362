"""`junkan run` and `junkan resume` with a real Prefect server, each command in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from orchestrator.ledger.home import Home
from orchestrator.loop.server import server

JUNKAN = Path(sys.executable).with_name("junkan")
DEADLINE = 120.0

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that is there already."""
    before = dict(os.environ)
    os.environ.pop("PREFECT_API_URL", None)
    try:
        with server(Home(tmp_path_factory.mktemp("prefect"))) as ui:
            yield f"{ui}/api"
    finally:
        os.environ.clear()
        os.environ.update(before)


class Shell:
    """Starts `junkan` as a person at a terminal would; kills what still runs in the end."""

    def __init__(self, home: Path, **variables: str) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "JUNKAN_"))}
        self.environment = plain | {"JUNKAN_HOME": str(home)} | variables
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *words: object) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [JUNKAN, *map(str, words)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def __call__(self, *words: object) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words)
        out, err = process.communicate(timeout=DEADLINE)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def status(self) -> dict[str, Any]:
        return json.loads(self("status", "parabola", "--json").stdout)

    def wait_for_trials(self, count: int, process: "subprocess.Popen[str]") -> None:
        deadline = time.monotonic() + DEADLINE
        while True:
            answer = self("status", "parabola", "--json")
            if answer.returncode == 0 and json.loads(answer.stdout)["trials"].get("completed", 0) >= count:
                return
            assert process.poll() is None, f"it ended before: {process.communicate()}"
            assert time.monotonic() < deadline, answer
            time.sleep(0.2)


@pytest.fixture
def shells() -> Iterator[Callable[..., Shell]]:
    made: list[Shell] = []

    def shell(home: Path, **variables: str) -> Shell:
        made.append(Shell(home, **variables))
        return made[-1]

    yield shell
    for process in (process for one in made for process in one.started if process.poll() is None):
        process.kill()
        process.wait(timeout=10)


@pytest.fixture
def shell(shells, tmp_path, prefect_api) -> Shell:
    return shells(tmp_path / "home", PREFECT_API_URL=prefect_api)


def test_one_command_runs_a_campaign_with_a_server_of_its_own_and_cleans_up(shells, tmp_path, campaign_file):
    shell = shells(tmp_path / "home")
    ran = shell("run", campaign_file)
    assert ran.returncode == 0, ran
    assert ran.stderr == ""
    lines = ran.stdout.splitlines()
    assert lines[0] == "campaign parabola: 36 candidates, 1 in flight; starting Prefect"
    assert sum(line.startswith("trial ") for line in lines) == 6
    assert "campaign parabola: done, the budget of 6 trials is used" in lines
    assert any(line.startswith("  trials         6 of 36 candidates") for line in lines)
    assert shell.status()["owner"] is None
    address = json.loads((tmp_path / "home" / "prefect" / "server.json").read_text())
    assert str(address["port"]) in ran.stdout
    assert not psutil.pid_exists(address["pid"])

    again = shell("run", campaign_file, "--resume")
    assert again.returncode == 0
    assert again.stdout.startswith("campaign parabola is done; nothing is left to do\n")


def test_a_second_run_is_refused_by_name_of_the_first_which_goes_on_until_it_is_stopped(shell, slow_campaign_file):
    first = shell.start("run", slow_campaign_file)
    shell.wait_for_trials(1, first)
    second = shell("run", slow_campaign_file)
    assert second.returncode == 2
    assert f"campaign 'parabola' is being run by process {first.pid} on " in second.stderr
    assert shell.status()["owner"]["pid"] == first.pid

    assert shell("stop", "parabola").stdout.startswith(f"asked process {first.pid} on ")
    out, _ = first.communicate(timeout=DEADLINE)
    assert first.returncode == 0
    assert "campaign parabola: done, stopped by a person" in out
    assert shell.status()["status"] == "done"


def test_a_campaign_is_paused_interrupted_and_finished_and_nobody_can_tell(shell, slow_campaign_file):
    started = shell.start("run", slow_campaign_file, "--set", "stop.trials=12")
    shell.wait_for_trials(2, started)
    shell("pause", "parabola")
    out, _ = started.communicate(timeout=DEADLINE)
    assert started.returncode == 3
    assert "Go on with `junkan resume parabola`" in out
    assert shell.status()["status"] == "paused"

    resumed = shell.start("resume", "parabola")
    shell.wait_for_trials(shell.status()["trials"]["completed"] + 1, resumed)
    resumed.send_signal(signal.SIGINT)
    _, err = resumed.communicate(timeout=DEADLINE)
    assert resumed.returncode == 1, err
    assert "left in good order" in err
    assert shell.status()["status"] == "interrupted"

    finished = shell("resume", "parabola")
    assert finished.returncode == 0
    assert shell.status()["trials"] == {"completed": 12}
    assert all(len(trial["attempts"]) == 1 for trial in json.loads(shell("trials", "parabola", "--json").stdout))
    assert shell("audit", "parabola").returncode == 0

    runs = flow_runs(shell.environment["PREFECT_API_URL"])
    assert {run["name"] for run in runs} == {"parabola"}
    assert "RUNNING" not in {run["state_type"] for run in runs}
    assert all({"junkan", "campaign:parabola", "executor:table"} <= set(run["tags"]) for run in runs)


@pytest.mark.slow
def test_a_campaign_waits_for_its_approval_and_is_left_and_taken_up_while_it_does(shell, campaign_file):
    asked = ("run", campaign_file, "--set", "approval={first: 1}", "--set", "stop={trials: 1}")
    impatient = shell(*asked, "--patience", "0")
    assert impatient.returncode == 3, impatient
    assert "waiting for a person" not in impatient.stdout  # it did not wait
    assert "A person is needed: `junkan review parabola` says what for" in impatient.stdout
    assert shell.status()["status"] == "review"

    patient = shell.start("resume", "parabola")
    while (line := patient.stdout.readline()) and "junkan review parabola --approve 1" not in line:
        pass
    assert shell.status()["owner"]["pid"] == patient.pid
    patient.send_signal(signal.SIGINT)
    patient.communicate(timeout=DEADLINE)
    assert patient.returncode == 3

    assert shell("review", "parabola", "--approve", "1").returncode == 0
    done = shell("resume", "parabola", "--patience", "0")
    assert done.returncode == 0, done
    assert "campaign parabola: done, the budget of 1 trials is used" in done.stdout


@pytest.mark.slow  # on a loaded machine one Ctrl-C in some twenty is swallowed by an import under way
def test_control_c_while_the_server_starts_leaves_nothing_running(shells, tmp_path, campaign_file):
    shell = shells(tmp_path / "home")
    process = shell.start("run", campaign_file)
    assert process.stdout is not None
    assert process.stdout.readline().endswith("starting Prefect\n")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert err.strip().endswith("interrupted")
    assert [one for one in psutil.process_iter(["environ"]) if belongs_to(one, tmp_path / "home")] == []


def belongs_to(process: psutil.Process, home: Path) -> bool:
    """Whether a process works for the Prefect server of `home`."""
    return (process.info["environ"] or {}).get("PREFECT_HOME") == str(home / "prefect")


def flow_runs(api: str) -> list[dict[str, Any]]:
    request = urllib.request.Request(
        f"{api}/flow_runs/filter", data=b"{}", headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return list(json.load(answer))
