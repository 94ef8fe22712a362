"""`kill -9` at every trial of an Ax campaign: it goes on as if nothing had happened, to the last bit.

`make test-kill` runs this. Real processes, real Prefect, real Ax.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.ledger.home import Home
from orchestrator.loop.server import server

pytestmark = [pytest.mark.kill, pytest.mark.timeout(3600)]

TRIALS = 30
CAMPAIGN = f"""
campaign: killed
seed: 11
objective: {{name: height, goal: minimize}}
space:
  kind: parameters
  parameters:
    - {{name: x, range: [-5, 10]}}
    - {{name: y, range: [0, 15], step: 0.05}}
optimizer: {{kind: ax, initial: 4}}
executor: {{kind: test_function, problem: branin}}
stop: {{trials: {TRIALS}}}
"""
COMPARED = ("trial", "status", "parameters", "predicted", "score", "reasons", "objectives")


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for all campaigns of this file."""
    before = dict(os.environ)
    with server(Home(tmp_path_factory.mktemp("prefect"))):
        yield os.environ["PREFECT_API_URL"]
    os.environ.clear()
    os.environ.update(before)


class Shell:
    """The `junkan` command in a home of its own, and a look into the ledger there."""

    def __init__(self, home: Path, api: str) -> None:
        self.home = home
        self.environment = os.environ | {"JUNKAN_HOME": str(home), "PREFECT_API_URL": api}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from orchestrator.cli.main import main; main()", *arguments]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def json(self, *arguments: str):
        process = self.start(*arguments, "--json")
        said, _ = process.communicate(timeout=600)
        assert process.returncode == 0, said
        return json.loads(said)

    def trials(self) -> list[dict]:
        return [{key: trial[key] for key in COMPARED} for trial in self.json("trials", "killed")]

    def proposed(self) -> int:
        """How many trials the ledger holds."""
        if not (self.home / "ledger.db").exists():
            return 0
        with sqlite3.connect(f"file:{self.home / 'ledger.db'}?mode=ro", uri=True) as ledger:
            try:
                return ledger.execute("SELECT count(*) FROM trial").fetchone()[0]
            except sqlite3.OperationalError:  # the tables are being made
                return 0


def kill_when(process: subprocess.Popen[str], shell: Shell, trials: int, delay: float) -> bool:
    """SIGKILL `delay` seconds after the ledger holds so many trials; whether that hit a living process."""
    while shell.proposed() < trials and process.poll() is None:
        time.sleep(0.002)
    time.sleep(delay)
    was_alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    return was_alive


def test_killed_at_every_trial_an_ax_campaign_proposes_what_it_would_have_proposed(tmp_path, prefect, capsys):
    file = tmp_path / "killed.yaml"
    file.write_text(CAMPAIGN)
    quiet, killed = (Shell(tmp_path / name, prefect) for name in ("quiet", "killed"))
    whole = quiet.start("run", str(file))
    said, _ = whole.communicate(timeout=1200)
    assert whole.returncode == 0, said
    assert "ax." not in said and "Warning" not in said

    hits = []
    while killed.proposed() < TRIALS:
        # Now in the middle of a trial, now while the next one is thought about.
        number = killed.proposed() + 1
        arguments = ("run", str(file)) if number == 1 else ("resume", "killed")
        if kill_when(killed.start(*arguments), killed, number, 0.05 * (number % 8)):
            hits.append(number)
    last = killed.start("resume", "killed")
    said, _ = last.communicate(timeout=600)
    assert last.returncode == 0, said

    found = killed.trials()
    assert found == quiet.trials()
    assert [trial["trial"] for trial in found] == list(range(1, TRIALS + 1))
    modelled = sum(trial["reasons"]["proposed_by"] == "Ax" for trial in found)
    audited = killed.json("audit", "killed")
    with capsys.disabled():
        print(
            f"\n{len(hits)} kills of a running campaign, at trials {hits}; {TRIALS} of {TRIALS} trials as without; "
            f"{modelled} by Ax; audit: {audited['reproduced']} of {audited['proposals']} reproduced"
        )
    assert audited["proposals"] == audited["reproduced"] == TRIALS and not audited["differences"]
    assert len(hits) >= TRIALS - 4 and modelled == TRIALS - 4
