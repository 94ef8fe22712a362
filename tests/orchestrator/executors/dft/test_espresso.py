"""Quantum ESPRESSO itself, from Debian's packages: energies, failures and repairs that the code really makes."""

import shutil
from pathlib import Path

import pytest

from orchestrator.executors.ase_run import ase_function
from orchestrator.executors.ase_settings import AseSettings

PSEUDO = Path("/usr/share/espresso/pseudo")
SILICON = """Si
1.0
0.0 {{ a / 2 }} {{ a / 2 }}
{{ a / 2 }} 0.0 {{ a / 2 }}
{{ a / 2 }} {{ a / 2 }} 0.0
Si
2
Direct
0.0 0.0 0.0
0.25 0.25 0.25
"""
REFERENCE = -214.9890
"""eV, at 5.43 Å with Si.pz-vbc.UPF, 20 Ry and 3 x 3 x 3 k-points."""

pytestmark = [
    pytest.mark.dft,
    pytest.mark.usefixtures("adopts_nobody"),
    pytest.mark.skipif(
        shutil.which("pw.x") is None or not (PSEUDO / "Si.pz-vbc.UPF").exists(),
        reason="needs Quantum ESPRESSO: apt-get install quantum-espresso quantum-espresso-data",
    ),
]


@pytest.fixture
def silicon(tmp_path):
    """The outcome of silicon with some settings of the electrons changed, and its folder."""
    template = tmp_path / "POSCAR.j2"
    template.write_text(SILICON)

    def calculate(electrons=None, number=1, potential="Si.pz-vbc.UPF", ecutwfc=20, **changed):
        folder = tmp_path / f"trial-{number}"
        folder.mkdir()
        (folder / "request.json").write_text(f'{{"key": "campaign/{number}/1"}}')
        settings = AseSettings(
            **{
                "calculator": "espresso",
                "profile": {"command": "pw.x", "pseudo_dir": str(PSEUDO)},
                "settings": {
                    "pseudopotentials": {"Si": potential},
                    "kpts": [3, 3, 3],
                    "input_data": {"system": {"ecutwfc": ecutwfc}, "electrons": electrons or {}},
                },
                "structure": {"template": template, "format": "vasp"},
                "environment": {"OMP_NUM_THREADS": "1"},
                "cache": "none",
                **changed,
            }
        )
        prepared = {
            "executor": settings.model_dump(mode="json"),
            "quantities": {"energy": "energy"},
            "cache": str(tmp_path / "calculations"),
            "frozen": {},
        }
        return ase_function(prepared)({"a": 5.43}, folder), folder

    return calculate


def test_silicon_has_its_reference_energy(silicon):
    outcome, _ = silicon()
    assert outcome.values["energy"].value == pytest.approx(REFERENCE, abs=5e-4)


def test_a_cycle_of_two_steps_is_repaired_to_the_same_energy_and_the_patches_are_kept(silicon):
    outcome, _ = silicon({"electron_maxstep": 2, "conv_thr": 1e-11})
    assert outcome.values["energy"].value == pytest.approx(REFERENCE, abs=5e-4)
    steps = [patch["to"]["input_data.electrons.electron_maxstep"] for patch in outcome.details["corrections"]]
    assert steps == [6, 18][: len(steps)]
    assert steps
    assert "convergence NOT achieved" in outcome.details["corrections"][0]["seen"]


def test_a_cycle_that_cannot_converge_ends_unconverged_with_the_words_of_the_code(silicon):
    # No remedy raises the limit far enough, and this one tightens the goal beyond what arithmetic can do.
    outcome, _ = silicon({"electron_maxstep": 2, "conv_thr": 1e-30}, budget=2)
    assert outcome.failure.kind == "unconverged"
    assert "convergence NOT achieved" in outcome.failure.reason
    assert len(outcome.details["corrections"]) == 2
    assert not outcome.values


def test_without_a_budget_nothing_is_repaired(silicon):
    outcome, _ = silicon({"electron_maxstep": 2}, budget=0)
    assert outcome.failure.kind == "unconverged"


def test_a_missing_potential_is_a_fault_that_names_the_file(silicon):
    outcome, _ = silicon(potential="Si.none.UPF")
    assert outcome.failure.kind == "fault"
    assert "Si.none.UPF not found" in outcome.failure.reason


def test_a_missing_program_is_a_fault_that_names_it(silicon):
    outcome, _ = silicon(profile={"command": "no-pw.x", "pseudo_dir": str(PSEUDO)})
    assert outcome.failure.kind == "fault"
    assert "no-pw.x" in outcome.failure.reason


def test_a_second_campaign_over_the_same_compounds_calculates_nothing(silicon):
    first, _ = silicon(cache="use")
    second, folder = silicon(number=2, cache="use")
    assert second.values == first.values
    assert second.details["cached"]["source"] == "campaign/1/1"
    assert not (folder / "espresso.pwo").exists()


def test_another_cutoff_is_another_calculation(silicon):
    silicon(cache="use")
    assert "cached" not in silicon(number=2, cache="use", ecutwfc=22)[0].details


def test_users_profiles_come_from_the_configuration_of_ase(silicon, tmp_path, monkeypatch):
    configuration = tmp_path / "config.ini"
    configuration.write_text(f"[espresso]\ncommand = pw.x\npseudo_dir = {PSEUDO}\n")
    monkeypatch.setenv("ASE_CONFIG_PATH", str(configuration))
    outcome, _ = silicon(profile=None)
    assert outcome.values["energy"].value == pytest.approx(REFERENCE, abs=5e-4)


def test_atoms_are_relaxed(silicon):
    outcome, _ = silicon(task="relax", fmax=0.02)
    assert outcome.details["max_force"] < 0.02
    assert "relax.traj" in outcome.files


def test_output_that_was_cut_off_is_no_energy(silicon, tmp_path):
    """A disk that is full after a few kilobytes: pw.x dies, or its output ends in the middle."""
    limited = tmp_path / "limited-pw.x"
    limited.write_text('#!/bin/bash\nulimit -f 2\nexec pw.x "$@"\n')
    limited.chmod(0o755)
    outcome, _ = silicon(profile={"command": str(limited), "pseudo_dir": str(PSEUDO)})
    assert outcome.failure.kind == "fault"
