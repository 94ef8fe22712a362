import json
import stat
from types import SimpleNamespace
from typing import ClassVar

import pytest

from orchestrator.executors.ase_run import ase_function
from orchestrator.executors.ase_settings import AseSettings
from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.conformance import ExecutorConformance

COPPER = """1
Lattice="0.0 {{ a/2 }} {{ a/2 }} {{ a/2 }} 0.0 {{ a/2 }} {{ a/2 }} {{ a/2 }} 0.0" pbc="T T T"
Cu 0.0 0.0 0.0
"""
DIMER = """2
Lattice="12 0 0 0 12 0 0 0 12" Properties=species:S:1:pos:R:3 pbc="F F F"
Cu 0.0 0.0 0.0
Cu {{ a }} 0.0 0.0
"""


class Lattices:
    """A space of one parameter: the lattice parameter, Å."""

    @staticmethod
    def build():
        return SimpleNamespace(names=("a",))


CONTEXT = ExecutorContext("c", Lattices, ("energy",), parallel=2)


def _settings(folder, text=COPPER, **changed):
    template = folder / "copper.xyz.j2"
    template.write_text(text)
    given = {"calculator": "emt", "structure": {"template": template}, "cache": "none", "walltime": 60.0}
    return AseSettings(**{**given, **changed})


def _slow(folder, **changed):
    slow = folder / "slow-python"
    slow.write_text("#!/bin/sh\nsleep 600\n")
    slow.chmod(slow.stat().st_mode | stat.S_IXUSR)
    return _settings(folder, interpreter=str(slow), walltime=600.0, **changed)


class TestAseExecutor(ExecutorConformance):
    good: ClassVar = {"a": 3.6}
    other: ClassVar = {"a": 3.7}
    bad: ClassVar = {"a": 0.3}

    def build(self, folder):
        return _settings(folder).build(CONTEXT)

    def build_slow(self, folder):
        return _slow(folder).build(CONTEXT)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("JUNKAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def perform(tmp_path, home, adopts_nobody):
    """The outcome of one attempt, and the folder it was done in. One function serves all attempts of equal settings."""
    functions = {}

    def run(number=1, a=3.6, text=COPPER, objectives=("energy",), folder=None, **changed):
        made = folder or tmp_path / f"trial-{number}"
        made.mkdir(parents=True, exist_ok=True)
        key = f"campaign/1/{number}" if folder else f"campaign/{number}/1"
        (made / "request.json").write_text(f'{{"key": "{key}"}}')
        settings = _settings(tmp_path, text, **changed)
        prepared = {
            "executor": settings.model_dump(mode="json"),
            "quantities": settings.quantities(objectives),
            "cache": str(home / "calculations"),
            "frozen": {},
        }
        function = functions.setdefault(settings.model_dump_json(), ase_function(prepared))
        return function({"a": a}, made), made

    return run


def test_the_energy_is_that_of_the_calculator(perform):
    from ase.build import bulk
    from ase.calculators.emt import EMT

    atoms = bulk("Cu", a=3.6)
    atoms.calc = EMT()
    outcome, folder = perform()
    assert outcome.values["energy"].value == pytest.approx(atoms.get_potential_energy(), abs=1e-12)
    assert "final.extxyz" in outcome.files
    assert (folder / "initial_copper.xyz").exists()


def test_an_objective_says_which_quantity_it_is(perform):
    outcome, _ = perform(objectives=("density",), measure={"density": "volume_per_atom"})
    assert outcome.values["density"].value == pytest.approx(3.6**3 / 4)


def test_a_relaxed_structure_has_small_forces(perform):
    outcome, folder = perform(text=DIMER, a=2.6, task="relax", fmax=0.01, objectives=("max_force", "energy"))
    assert outcome.values["max_force"].value < 0.01
    assert outcome.details["steps"] > 0
    assert (folder / "relax.traj").exists()


def test_a_relaxation_that_stops_short_is_unconverged_with_its_last_force(perform):
    outcome, _ = perform(text=DIMER, a=3.0, task="relax", fmax=1e-6, steps=1)
    assert outcome.failure.kind == "unconverged"
    assert outcome.details["max_force"] > 1e-6
    assert not outcome.values


def test_a_new_attempt_goes_on_with_a_relaxation_where_the_last_one_was(perform, tmp_path):
    folders = [tmp_path / "trial" / f"attempt-{number}" for number in (1, 2)]
    for folder in folders:
        folder.mkdir(parents=True)
    given = {"text": DIMER, "a": 2.6, "task": "relax", "fmax": 0.01}
    first, _ = perform(folder=folders[0], walltime=0.001, **given)
    assert first.failure.kind == "timeout"
    second, _ = perform(number=2, folder=folders[1], **given)
    assert second.values["energy"].value < 7
    assert json.loads((folders[1] / "calculation.json").read_text())["is_restart"]


def test_atoms_on_top_of_each_other_are_infeasible(perform):
    outcome, _ = perform(text=DIMER, a=0.2)
    assert outcome.failure.kind == "infeasible"
    assert "atoms Cu 1 and Cu 2 are 0.200 Å apart" in outcome.failure.reason


def test_a_structure_that_cannot_be_read_is_a_fault(perform):
    outcome, _ = perform(text="2\n\nCu {{ a }} 0 0\n")
    assert outcome.failure.kind == "fault"
    assert "cannot be read as atoms" in outcome.failure.reason


def test_what_a_calculator_says_is_the_reason(perform):
    outcome, _ = perform(text=DIMER.replace("Cu", "Si"), a=2.5)
    assert outcome.failure.kind == "fault"
    assert "EMT" in outcome.failure.reason


def test_the_campaign_can_name_further_signs_of_failure(perform):
    sign = {"file": "calculation.json", "regex": "emt", "kind": "unconverged"}
    outcome, _ = perform(unconverged=(sign,))
    assert outcome.failure.kind == "unconverged"
    assert outcome.details["last_energy"] < 0


class TestCache:
    def test_a_second_campaign_does_not_calculate_again_and_names_its_source(self, perform, home):
        first, _ = perform(1, cache="use")
        second, folder = perform(2, cache="use")
        assert second.values == first.values
        assert second.details["cached"]["source"] == "campaign/1/1"
        assert not (folder / "result.json").exists()

    def test_another_question_is_another_calculation(self, perform):
        perform(1, cache="use")
        for number, changed in enumerate([{"a": 3.61}, {"task": "relax"}, {"settings": {"asap_cutoff": True}}], 2):
            outcome, _ = perform(number, cache="use", **changed)
            assert "cached" not in outcome.details

    def test_failures_are_never_kept(self, perform, home):
        for number in (1, 2):
            outcome, _ = perform(number, text=DIMER.replace("Cu", "Si"), a=2.5, cache="use")
            assert outcome.failure is not None
            assert "cached" not in outcome.details
        assert not list(home.glob("calculations/**/*.json"))

    def test_a_refreshed_calculation_takes_the_place_of_the_old_one(self, perform):
        perform(1, cache="use")
        outcome, _ = perform(2, cache="refresh")
        assert "cached" not in outcome.details
        assert perform(3, cache="use")[0].details["cached"]["source"] == "campaign/2/1"
