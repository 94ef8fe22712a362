"""Whole campaigns whose trials are programs and calculators, driven without Prefect."""

import json
import shutil
import subprocess
from concurrent.futures import Future
from pathlib import Path

import pytest

from orchestrator.campaign.loading import load
from orchestrator.executors.outcome import Outcome
from orchestrator.ledger.home import Home
from orchestrator.loop.drive import Hands, drive
from orchestrator.loop.recovery import recover
from orchestrator.loop.session import enter, equip, owned

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
COPPER = """campaign: NAME
objective: {name: energy, unit: eV, goal: minimize}
space: {kind: table, file: lattices.csv}
optimizer: {kind: random}
executor:
  kind: ase
  calculator: emt
  structure: {template: copper.xyz.j2}
stop: {trials: 4}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("JUNKAN_HOME", str(tmp_path / "home"))
    return Home.from_environment()


def _now(act, *arguments):
    """Do it in this thread; the future has ended."""
    future = Future()
    future.set_result(act(*arguments))
    return future


@pytest.fixture
def run(home):
    """Runs a campaign to its end; returns the folder with its trials."""

    def to_the_end(file, *overrides):
        loaded = load(file, overrides)
        name = loaded.spec.campaign
        enter(home, loaded, str(file))
        with owned(home, name, equip(loaded.spec)) as campaign:
            hands = Hands(
                ask=campaign.ask,
                carry_out=lambda number: _now(campaign.carry_out, number),
                attend=lambda number, handle: _now(campaign.attend, number, handle),
                seen=lambda snapshot: None,
            )
            drive(campaign, hands, recover(campaign))
        return home.folder / "campaigns" / name

    return to_the_end


def _outcomes(folder):
    files = sorted(folder.glob("trial-*/attempt-*/outcome.json"))
    return [Outcome.model_validate(json.loads(file.read_text())["outcome"]) for file in files]


def test_a_second_campaign_over_the_same_compounds_calculates_nothing(run, tmp_path):
    (tmp_path / "lattices.csv").write_text("a\n3.5\n3.6\n3.7\n3.8\n")
    (tmp_path / "copper.xyz.j2").write_text(
        '1\nLattice="0 {{a/2}} {{a/2}} {{a/2}} 0 {{a/2}} {{a/2}} {{a/2}} 0" pbc="T T T"\nCu 0 0 0\n'
    )
    calculated = []
    for name in ("first", "second"):
        file = tmp_path / f"{name}.yaml"
        file.write_text(COPPER.replace("NAME", name))
        folder = run(file)
        calculated.append(len(list(folder.glob("trial-*/attempt-*/result.json"))))
        assert [outcome.failure for outcome in _outcomes(folder)] == [None] * 4
    assert calculated == [4, 0]


def test_the_template_for_programs_of_ones_own_runs_as_it_is(run, home):
    outcomes = _outcomes(run(CAMPAIGNS / "my_code.yaml", "stop.trials=6", "executor.variables.shells=3"))
    assert len(outcomes) == 6
    assert any(outcome.failure is None and outcome.values["energy"].value < 0 for outcome in outcomes)
    assert not any(outcome.failure and outcome.failure.kind == "fault" for outcome in outcomes)


@pytest.mark.dft
@pytest.mark.slow
@pytest.mark.timeout(5400)
@pytest.mark.skipif(
    shutil.which("gpaw") is None
    or subprocess.run(["/usr/bin/python3", "-c", "import gpaw"], capture_output=True, check=False).returncode != 0,
    reason="needs GPAW: apt-get install gpaw gpaw-data",
)
def test_a_real_barrier_is_a_trial_like_any_other(run, home):
    """Some minutes of one core."""
    (outcome,) = _outcomes(run(CAMPAIGNS / "tavorite_dft.yaml"))
    assert 0.1 < outcome.values["barrier"].value < 1.0
    assert outcome.details["fmax"] < 0.15
