"""GPAW itself, from Debian's packages: it belongs to the system's Python, so it runs under that interpreter."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from orchestrator.executors.ase_run import ase_function
from orchestrator.executors.ase_settings import AseSettings

PYTHON, SETUPS = "/usr/bin/python3", "/usr/share/gpaw-setups"
ROCK_SALT = """LiF
1.0
0.0 {{ a / 2 }} {{ a / 2 }}
{{ a / 2 }} 0.0 {{ a / 2 }}
{{ a / 2 }} {{ a / 2 }} 0.0
Li {{ anion | default("F") }}
1 1
Direct
0.0 0.0 0.0
0.5 0.5 0.5
"""


@cache
def _is_there():
    done = subprocess.run([PYTHON, "-c", "import gpaw"], capture_output=True, check=False)
    return done.returncode == 0 and Path(SETUPS).is_dir()


pytestmark = [
    pytest.mark.dft,
    pytest.mark.usefixtures("adopts_nobody"),
    pytest.mark.skipif(not _is_there(), reason="needs GPAW: apt-get install gpaw gpaw-data"),
]


@pytest.fixture
def fluoride(tmp_path):
    """The outcome of lithium fluoride with some settings of GPAW changed."""
    template = tmp_path / "POSCAR.j2"

    def calculate(anion="F", **changed):
        template.write_text(ROCK_SALT.replace('{{ anion | default("F") }}', anion))
        folder = tmp_path / "trial"
        folder.mkdir(exist_ok=True)
        given = {"mode": {"name": "pw", "ecut": 300}, "xc": "PBE", "kpts": [2, 2, 2]}
        settings = AseSettings(
            calculator="gpaw",
            interpreter=PYTHON,
            environment={"GPAW_SETUP_PATH": SETUPS, "OMP_NUM_THREADS": "1"},
            settings={**given, **changed},
            structure={"template": template, "format": "vasp"},
            cache="use",
            budget=2,
        )
        prepared = {
            "executor": settings.model_dump(mode="json"),
            "quantities": {"energy": "energy"},
            "cache": str(tmp_path / "calculations"),
            "frozen": {},
        }
        return ase_function(prepared)({"a": 4.03}, folder)

    return calculate


def test_the_energy_of_lithium_fluoride_does_not_depend_on_how_it_was_found(fluoride):
    usual = fluoride()
    repaired = fluoride(maxiter=4)
    assert repaired.values["energy"].value == pytest.approx(usual.values["energy"].value, abs=2e-3)
    assert repaired.details["corrections"][0]["to"] == {"maxiter": 12}
    assert "corrections" not in usual.details


def test_a_cycle_that_is_not_given_enough_steps_ends_unconverged(fluoride):
    outcome = fluoride(maxiter=1, convergence={"energy": 1e-14, "density": 1e-14})
    assert outcome.failure.kind == "unconverged"
    assert len(outcome.details["corrections"]) == 2


def test_an_element_without_a_setup_is_a_fault_that_says_so(fluoride):
    outcome = fluoride(anion="At")
    assert outcome.failure.kind == "fault"
    assert "At" in outcome.failure.reason


def test_the_second_time_nothing_is_calculated(fluoride):
    first, second = fluoride(), fluoride()
    assert second.details["cached"]
    assert second.values == first.values
