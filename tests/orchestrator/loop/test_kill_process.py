"""`kill -9` of the running process, at random moments: nothing is lost, nothing is done twice, the audit is clean.

`make test-kill` runs this; `JUNKAN_KILLS` sets how many moments (20). Real processes, real Prefect, real energies.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from orchestrator.ledger.home import Home
from orchestrator.loop.server import server

pytestmark = [pytest.mark.kill, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("JUNKAN_KILLS", "20"))
CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
TRIALS = 16


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for all campaigns of this file."""
    before = dict(os.environ)
    with server(Home(tmp_path_factory.mktemp("prefect"))):
        yield os.environ["PREFECT_API_URL"]
    os.environ.clear()
    os.environ.update(before)


class Shell:
    """The `junkan` command in a home of its own."""

    def __init__(self, home: Path, api: str) -> None:
        self.home = home
        self.environment = os.environ | {"JUNKAN_HOME": str(home), "PREFECT_API_URL": api}

    def start(self, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-c", "from orchestrator.cli.main import main; main()", *arguments]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=600)
        return process.returncode, said

    def json(self, *arguments: str):
        code, said = self.run(*arguments, "--json")
        assert code == 0, said
        return json.loads(said)


def campaign(parallel: int) -> list[str]:
    """The arguments that run a short real campaign."""
    sets = [f"parallel={parallel}", f"stop={{trials: {TRIALS}}}"]
    return [str(CAMPAIGNS / "cu_sigma5_210.yaml"), *(word for one in sets for word in ("--set", one))]


def proposals(trials: list[dict]) -> list[dict]:
    return [
        {key: trial[key] for key in ("trial", "parameters", "predicted", "score", "objectives")} for trial in trials
    ]


def kill_at(process: subprocess.Popen, moment: float) -> bool:
    """SIGKILL after `moment` seconds; whether that hit a living process."""
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    finally:
        process.stdout.close()
    return False


def check_accounts(shell: Shell, trials: list[dict]) -> int:
    """Every trial completed, every earlier attempt with its reason; returns how many attempts were repeated."""
    assert [trial["trial"] for trial in trials] == list(range(1, TRIALS + 1))
    retries = 0
    for trial in trials:
        assert trial["status"] == "completed", trial
        *earlier, last = trial["attempts"]
        assert last["status"] == "completed"
        for attempt in earlier:
            assert attempt["status"] == "failed" and attempt["failure"]["reason"], attempt
            # Done twice only where the first time brought nothing: no structure was ever written there.
            assert not (Path(attempt["folder"]) / "structure.extxyz").exists(), attempt
        retries += len(earlier)
    return retries


@pytest.mark.parametrize("parallel", [1, 2])
def test_killed_at_random_moments_the_campaign_is_the_uninterrupted_one(tmp_path, prefect, parallel, capsys):
    quiet = Shell(tmp_path / "quiet", prefect)
    began = time.monotonic()
    code, said = quiet.run("run", *campaign(parallel), "--name", f"quiet-{parallel}")
    whole = time.monotonic() - began
    assert code == 0, said
    uninterrupted = proposals(quiet.json("trials", f"quiet-{parallel}"))

    chance = random.Random(parallel)
    hits = retries = 0
    for number in range(KILLS):
        name = f"killed-{parallel}-{number}"
        shell = Shell(tmp_path / name, prefect)
        hits += kill_at(shell.start("run", *campaign(parallel), "--name", name), chance.uniform(0.3, 1.0) * whole)
        entered = (tmp_path / name / "ledger.db").exists() and shell.run("status", name)[0] == 0
        code, said = shell.run("resume", name) if entered else shell.run("run", *campaign(parallel), "--name", name)
        assert code == 0, said
        trials = shell.json("trials", name)
        retries += check_accounts(shell, trials)
        if parallel == 1:
            assert proposals(trials) == uninterrupted
        audited = shell.json("audit", name)
        assert audited["proposals"] == audited["reproduced"] == TRIALS and not audited["differences"]
    with capsys.disabled():
        print(
            f"\nparallel {parallel}: {hits} of {KILLS} kills hit a running campaign; {retries} attempts were repeated"
        )
    assert hits >= KILLS // 2


def test_killed_again_and_again_a_campaign_still_ends(tmp_path, prefect):
    shell = Shell(tmp_path / "home", prefect)
    began = time.monotonic()
    kill_at(shell.start("run", *campaign(2), "--name", "stubborn"), 5.0)
    whole = time.monotonic() - began
    for _ in range(4):
        if shell.run("status", "stubborn")[0] != 0:
            kill_at(shell.start("run", *campaign(2), "--name", "stubborn"), 1.5 * whole)
        else:
            kill_at(shell.start("resume", "stubborn"), whole)
    code, said = shell.run("resume", "stubborn")
    assert code == 0, said
    check_accounts(shell, shell.json("trials", "stubborn"))
    assert shell.json("audit", "stubborn")["differences"] == []


def test_a_second_run_of_a_living_campaign_is_refused_and_harms_nothing(tmp_path, prefect):
    shell = Shell(tmp_path / "home", prefect)
    first = shell.start("run", *campaign(2), "--name", "only-one")
    while (
        not (tmp_path / "home" / "ledger.db").exists()
        or '"owner": {' not in shell.run("status", "only-one", "--json")[1]
    ):
        assert first.poll() is None
        time.sleep(0.05)
    code, said = shell.run("resume", "only-one")
    assert code == 2 and f"process {first.pid} on " in said
    code, said = shell.run("run", *campaign(2), "--name", "only-one")
    assert code == 2 and f"process {first.pid} on " in said
    first.communicate(timeout=300)
    assert first.returncode == 0
    check_accounts(shell, shell.json("trials", "only-one"))


def workers_of(pid: int) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [child] if "orchestrator.executors.worker" in " ".join(child.cmdline()) else []
    return found


def test_no_worker_outlives_a_killed_campaign_for_long(tmp_path, prefect):
    shell = Shell(tmp_path / "home", prefect)
    process = shell.start("run", *campaign(2), "--name", "orphans")
    while not (workers := workers_of(process.pid)):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []
