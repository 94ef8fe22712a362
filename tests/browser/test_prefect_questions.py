"""A person approves the first growth of a film on Prefect's page, as a real browser shows it.

Leaves its pictures in build/screenshots, for people to judge: `make test-browser`.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.ledger.home import Home
from orchestrator.loop.server import server

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
JUNKAN = Path(sys.executable).with_name("junkan")
NAME = "nb-tio2-oxygen"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def load_chromium() -> Any:
    spec = importlib.util.spec_from_file_location("chromium", Path(__file__).with_name("chromium.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with load_chromium().chromium(1200, 1250) as opened:
        yield opened


class Campaign:
    """A campaign that waits for the approval of its first trial, in a process of its own."""

    def __init__(self, ui: str, home: Path) -> None:
        self.ui = ui
        self.environment = os.environ | {"JUNKAN_HOME": str(home), "PREFECT_API_URL": f"{ui}/api"}
        file = ROOT / "campaigns" / "nb_tio2_oxygen.yaml"
        asked = ["--set", "approval={first: 1}", "--set", "stop={trials: 1}"]
        self.process = subprocess.Popen([JUNKAN, "run", file, *asked], env=self.environment, stdout=subprocess.DEVNULL)

    def junkan(self, *words: str) -> Any:
        told = subprocess.run(
            [JUNKAN, *words, "--json"], env=self.environment, capture_output=True, text=True, check=True
        )
        return json.loads(told.stdout)

    def paused(self) -> str:
        """The id of its flow run, once that waits for a person."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            header = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{self.ui}/api/flow_runs/filter", data=b"{}", headers=header)
            with urllib.request.urlopen(request, timeout=30) as answer:
                found = [run["id"] for run in json.load(answer) if run["state_type"] == "PAUSED"]
            if found:
                return str(found[0])
            time.sleep(0.5)
        raise AssertionError("no flow run is paused")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    home = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    os.environ.pop("PREFECT_API_URL", None)
    try:
        with server(Home(home)) as ui:
            made = Campaign(ui, home)
            yield made
            made.process.kill()
            made.process.wait()
    finally:
        os.environ.clear()
        os.environ.update(before)


def choose(page: Any, answer: str) -> None:
    """Choose in the form's list as a person would."""
    chosen = page.evaluate(
        "(() => { const lists = [...document.querySelectorAll('select')];"
        f" const list = lists.find(one => [...one.options].some(option => option.value === {answer!r}));"
        f" list.value = {answer!r}; list.dispatchEvent(new Event('change', {{bubbles: true}}));"
        " return list.value; })()"
    )
    assert chosen == answer


def test_r21_the_page_of_the_run_shows_the_question_with_the_steps_and_takes_the_answer(campaign, page):
    page.open(f"{campaign.ui}/runs/flow-run/{campaign.paused()}")
    page.wait_for(NAME, "Paused", "Resume", "waiting for a person")
    page.picture(PICTURES / "paused.png", settle=3)
    page.click("Resume")
    page.wait_for("May trial 1 be started?", "log_oxygen", "What would be done:", "gun.plasma = true", "Submit")
    choose(page, "approve")
    page.picture(PICTURES / "question.png", settle=2)
    page.click("Submit")
    assert campaign.process.wait(timeout=240) == 0
    (trial,) = campaign.junkan("trials", NAME)
    assert trial["status"] == "completed"
    page.wait_for("Done")
    page.picture(PICTURES / "answered.png", settle=3)
