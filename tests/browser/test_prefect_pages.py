"""The shipped grain-boundary campaign in the real Prefect UI, seen by a real browser.

Leaves its pictures in build/screenshots, for people to judge: `make test-browser`.
"""

import importlib.util
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.ledger.home import Home
from orchestrator.loop.server import server

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
NAME = "cu-sigma5-210"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def load_chromium() -> Any:
    spec = importlib.util.spec_from_file_location("chromium", Path(__file__).with_name("chromium.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The UI of a server that has seen the campaign from its beginning to its end."""
    home = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    os.environ.pop("PREFECT_API_URL", None)
    try:
        with server(Home(home)) as url:
            ran = subprocess.run(
                [Path(sys.executable).with_name("junkan"), "run", ROOT / "campaigns" / "cu_sigma5_210.yaml"],
                env=os.environ | {"JUNKAN_HOME": str(home), "PREFECT_API_URL": f"{url}/api"},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert ran.returncode == 0, ran.stderr
            yield url
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module")
def page(ui: str) -> Iterator[Any]:
    with load_chromium().chromium() as opened:
        yield opened


def ask(ui: str, what: str) -> list[dict[str, Any]]:
    request = urllib.request.Request(f"{ui}/api/{what}", data=b"{}", headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return list(json.load(answer))


def artifact(ui: str, panel: str) -> str:
    """The address of the newest version of an artifact."""
    found = next(one for one in ask(ui, "artifacts/latest/filter") if one["key"] == f"{NAME}-{panel}")
    return f"{ui}/artifacts/artifact/{found['latest_id']}"


def test_the_dashboard_knows_one_completed_flow_run(ui, page):
    page.open(f"{ui}/dashboard")
    page.wait_for("Flow Runs", "total", "Completed", "campaign:cu-sigma5-210")
    page.picture(PICTURES / "dashboard.png", settle=3)


def test_the_run_has_the_name_of_the_campaign_and_a_timeline_of_trials(ui, page):
    (run,) = ask(ui, "flow_runs/filter")
    page.open(f"{ui}/runs/flow-run/{run['id']}")
    page.wait_for(NAME, "executor:grain_boundary", "optimizer:kriging", "Done", "Task Runs")
    page.picture(PICTURES / "run.png", settle=4)
    page.click("Task Runs")
    page.wait_for("trial 5")
    page.picture(PICTURES / "task-runs.png")
    page.click("Artifacts")
    page.wait_for("gb_energy = 0.9511", "J/m²")
    page.evaluate("document.querySelector('[class*=artifact-card]')?.scrollIntoView()")
    page.picture(PICTURES / "artifacts.png")


def test_the_best_is_told_with_its_parameters_and_its_structure_file(ui, page):
    page.open(artifact(ui, "best"))
    page.wait_for("gb_energy = 0.9511", "J/m²", "tx", "ty", "gap", "structure.extxyz")
    page.picture(PICTURES / "best.png")


def test_the_table_has_a_line_for_every_trial(ui, page):
    page.open(artifact(ui, "trials"))
    page.wait_for("gb_energy (J/m²)", "predicted", "expected improvement", "space-filling start")
    page.picture(PICTURES / "trials.png")


def test_the_plot_is_drawn(ui, page):
    page.open(artifact(ui, "convergence"))
    page.wait_for("gb_energy = 0.9511")
    drawn = "[...document.images].some(one => one.src.startsWith('data:image/png') && one.naturalWidth > 500)"
    assert page.evaluate(f"new Promise(done => setTimeout(() => done({drawn}), 2000))")
    page.picture(PICTURES / "convergence.png")


def test_progress_is_a_sentence(ui, page):
    page.open(artifact(ui, "progress"))
    page.wait_for("done after", "trials", "100%")
    page.picture(PICTURES / "progress.png")
