"""The campaigns on parameter spaces that ship, and docs/parameter_spaces.md: every example is run."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from orchestrator.campaign.loading import load, loads
from orchestrator.ledger import views
from orchestrator.ledger.home import Home
from orchestrator.loop.audit import audit
from orchestrator.loop.drive import Hands, drive
from orchestrator.loop.recovery import recover
from orchestrator.loop.session import enter, equip, owned

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "parameter_spaces.md").read_text(encoding="utf-8")
SPACE = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL).group(1)
LIGHT = ("branin_box", "film_noisy", "mixed6", "prism")
HEAVY = ("constrained", "two_objectives")
FRAME = """
campaign: page
objective: {name: height, goal: minimize}
optimizer: {kind: random}
executor: {kind: function, function: test_function}
stop: {trials: 5}
"""


class Bench:
    """A campaign that is driven to its end without Prefect, and what the ledger then holds."""

    def __init__(self, folder, file, *overrides):
        self.home = Home(folder)
        self.loaded = load(ROOT / "campaigns" / f"{file}.yaml", overrides)
        self.name = self.loaded.spec.campaign
        enter(self.home, self.loaded, f"{file}.yaml")
        with (
            ThreadPoolExecutor(1) as threads,
            owned(self.home, self.name, equip(self.loaded.spec)) as run,
        ):
            carry_out, attend = partial(threads.submit, run.carry_out), partial(threads.submit, run.attend)
            self.ending = drive(
                run, Hands(ask=run.ask, carry_out=carry_out, attend=attend, seen=lambda _: None), recover(run)
            )

    def read(self, view):
        database = self.home.database()
        with database.reading() as session:
            found = view(session, self.name)
        database.close()
        return found

    def audit(self):
        database = self.home.database()
        found = audit(database, self.name, self.loaded.spec)
        database.close()
        return found


@pytest.mark.parametrize("file", [*LIGHT, *HEAVY])
def test_an_example_runs_with_random_search_and_every_proposal_can_be_set(tmp_path, file):
    bench = Bench(tmp_path, file, "optimizer={kind: random}", "stop={trials: 6}")
    space = bench.loaded.spec.space.build()
    trials = bench.read(views.trials)
    assert [trial["status"] for trial in trials] == ["completed"] * 6
    assert [space.refusal(trial["parameters"]) for trial in trials] == [None] * 6


@pytest.mark.parametrize("file", [*LIGHT, *(pytest.param(it, marks=pytest.mark.slow) for it in HEAVY)])
def test_an_example_runs_with_its_own_optimizer_and_can_be_audited(tmp_path, file):
    bench = Bench(tmp_path, file, "stop={trials: 9}")
    assert [trial["status"] for trial in bench.read(views.trials)] == ["completed"] * 9
    assert bench.audit()["differences"] == []


def test_the_small_example_finds_its_optimum(tmp_path):
    bench = Bench(tmp_path, "branin_box", "stop.trials=25")
    assert bench.read(views.best)["objectives"]["height"]["value"] < 0.41


def test_values_of_the_noisy_example_carry_their_standard_error(tmp_path):
    bench = Bench(tmp_path, "film_noisy", "optimizer={kind: random}", "stop={trials: 3}")
    errors = [trial["objectives"]["loss"]["standard_error"] for trial in bench.read(views.trials)]
    assert errors == [0.05] * 3


def test_settings_of_the_noisy_example_are_steps_of_the_instrument(tmp_path):
    bench = Bench(tmp_path, "film_noisy", "optimizer={kind: random}", "stop={trials: 5}")
    for trial in bench.read(views.trials):
        assert trial["parameters"]["temperature"] % 5 == 0
        assert round(trial["parameters"]["oxygen"] * 100, 9) % 1 == 0


def test_fractions_of_the_prism_sum_to_one_and_leave_room_for_nickel(tmp_path):
    bench = Bench(tmp_path, "prism", "optimizer={kind: random}", "stop={trials: 5}")
    for trial in bench.read(views.trials):
        found = trial["parameters"]
        assert found["iron"] + found["cobalt"] + found["nickel"] == pytest.approx(1.0, abs=1e-12)
        assert found["iron"] + found["cobalt"] <= 0.95 + 1e-12


def test_the_space_on_the_page_holds_everything_the_page_explains():
    space = loads(f"{FRAME}{SPACE}", ROOT).spec.space.build()
    explained = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert {"range", "integers", "choices", "fixed", "composition", "when", "constraints"} <= set(explained)
    assert all(f"{word}:" in SPACE for word in explained)
    for settings in space.sample(50, seed=0):
        assert (settings["anneal_time"] is None) == (settings["anneal"] is False)
        assert settings["temperature"] + 20 * settings["layers"] <= 1000


def test_every_campaign_that_the_page_names_ships():
    named = re.findall(r"\(\.\./campaigns/(\w+\.yaml)\)", PAGE)
    assert {f"{it}.yaml" for it in (*LIGHT, *HEAVY)} <= set(named)
    assert [name for name in named if not (ROOT / "campaigns" / name).exists()] == []
