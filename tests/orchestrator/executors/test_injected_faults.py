"""Faults of programs, machines and files, injected one by one: each is repaired, or fails as what it is."""

import time

import psutil
import pytest

from orchestrator.executors.ase_run import ase_function
from orchestrator.executors.ase_settings import AseSettings
from orchestrator.executors.command import CommandSettings
from orchestrator.executors.command_run import command_function
from orchestrator.executors.leftovers import leftovers

pytestmark = pytest.mark.usefixtures("adopts_nobody")

SAY = "echo 'energy = -214.989'; echo JOB DONE"
GOOD = "good"
FAULTS = {
    "a missing binary": ("exec no-such-program", "fault"),
    "a missing binary among several": ("no-such-program || exit 127", "fault"),
    "a binary that is no binary": ("printf 'x' > tool; chmod +x tool; ./tool", "fault"),
    "a missing potential": ("echo 'file Si.UPF not found'; exit 1", "fault"),
    "a cycle that is repaired": ("[ $STEPS -gt 2 ] || { echo 'NOT converged'; exit 2; }; " + SAY, GOOD),
    "an input that is refused": ("echo 'bad input' >&2; exit 64", "fault"),
    "a file size limit in the middle of the output": ("ulimit -f 1; yes 'energy = 1' | head -n 9999; " + SAY, "fault"),
    "a disk that is full before the output": ("ulimit -f 0; " + SAY, "fault"),
    "a disk that is full for a file of its own": (
        "ulimit -f 1; head -c 9999 /dev/zero > waves || exit 1; " + SAY,
        "fault",
    ),
    "output that ends in the middle of the number": ("printf 'energy = -21'", "fault"),
    "output that ends before the number": ("echo 'energy ='", "fault"),
    "output that ends before the sign of the end": ("echo 'energy = -214.989'", "fault"),
    "no output at all": ("exit 0", "fault"),
    "a number that is none": ("echo 'energy = NaN'; echo JOB DONE", "unconverged"),
    "an infinite number": ("echo 'energy = -Infinity'; echo JOB DONE", "unconverged"),
    "a number too large for its field": ("echo 'energy = ********'; echo JOB DONE", "unconverged"),
    "a cycle that does not converge": ("echo 'NOT converged'; exit 2", "unconverged"),
    "a cycle that does not converge and says it is fine": ("echo 'NOT converged'; " + SAY, "unconverged"),
    "an impossible structure": ("echo 'atoms overlap'; exit 3", "infeasible"),
    "a child that nobody waits for": ("(exit 1) & sleep 0.1; " + SAY, GOOD),
    "a zombie while the program goes on": ("sh -c 'sleep 0.01 & exec sleep 0.3'; " + SAY, GOOD),
    "a child in a session of its own": ("setsid sleep 99 & " + SAY, GOOD),
    "a daemon": ("(setsid sh -c 'sleep 99 & sleep 99' &) ; " + SAY, GOOD),
    "a child that holds the output open": ("sleep 99 & " + SAY, GOOD),
    "a crash": ("kill -SEGV $$", "fault"),
    "an abort of a child": ("sh -c 'kill -ABRT $$' || exit 1", "fault"),
    "lack of memory": ("kill -KILL $$", "fault"),
    "a program that never ends": ("sleep 99", "timeout"),
    "a program that never ends and ignores requests": ("trap '' TERM; sleep 99 & wait; sleep 99", "timeout"),
    "a program whose child never ends": ("setsid sleep 99", "timeout"),
}


@pytest.fixture
def inject(tmp_path):
    """What comes of one attempt by a shell script."""

    def run(script, number=1):
        settings = CommandSettings(
            command=("sh", "-c", script, "{{ x }}"),
            outputs={"energy": {"regex": r"energy = (\S+)"}},
            complete={"regex": "^JOB DONE$"},
            failures=({"regex": "NOT converged", "kind": "unconverged"},),
            exit_codes={"infeasible": (3,)},
            variables={"steps": 2},
            environment={"STEPS": "{{ steps }}"},
            corrections=({"regex": "NOT converged", "multiply": {"steps": 3}, "times": 1},),
            walltime=2.0 if "99" in script and "never" in run.name else 20.0,
            grace=0.2,
        )
        folder = tmp_path / f"trial-{number}"
        folder.mkdir()
        dumped = settings.model_dump(mode="json", by_alias=True)
        outcome = command_function({"executor": dumped, "frozen": {}})({"x": 1.0}, folder)
        return outcome, folder

    run.name = ""
    return run


def _came_to(outcome):
    return GOOD if outcome.failure is None else outcome.failure.kind


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_repaired_or_fails_as_what_it_is_and_leaves_no_process(inject, name):
    script, expected = FAULTS[name]
    inject.name = name
    outcome, folder = inject(script)
    assert _came_to(outcome) == expected
    assert outcome.failure is None or outcome.failure.reason
    assert outcome.failure is not None or outcome.values["energy"].value == -214.989
    assert not list(leftovers(folder))
    assert not [it for it in psutil.Process().children(recursive=True) if it.status() == psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("cut", range(1, 41, 3))
def test_output_that_was_cut_anywhere_never_gives_another_number(inject, cut):
    whole = "energy = -214.98901071\nJOB DONE\n"
    outcome, _ = inject(f"printf %s {whole[: max(len(whole) - cut, 0)]!r}".replace("\\n", "'\"\n\"'"))
    assert _came_to(outcome) == "fault" or outcome.values["energy"].value == -214.98901071


class TestCalculators:
    @pytest.fixture
    def copper(self, tmp_path):
        template = tmp_path / "cu.xyz"
        template.write_text('1\nLattice="0 1.8 1.8 1.8 0 1.8 1.8 1.8 0" pbc="T T T"\nCu {{ x }} 0 0\n')

        def calculate(**changed):
            folder = tmp_path / "trial"
            folder.mkdir()
            given = {"calculator": "emt", "structure": {"template": template}, "cache": "none"}
            settings = AseSettings(**{**given, **changed})
            prepared = {"executor": settings.model_dump(mode="json"), "quantities": {"energy": "energy"}}
            prepared |= {"cache": "", "frozen": {}}
            return ase_function(prepared)({"x": 0.0}, folder), folder

        return calculate

    def _python(self, folder, body):
        path = folder / "python"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def test_an_interpreter_that_is_not_there(self, copper):
        outcome, _ = copper(interpreter="/no/python")
        assert outcome.failure.kind == "fault"
        assert "/no/python" in outcome.failure.reason

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ("echo half > result.json", "fault"),
            ('printf \'{"energy": -1.0, "ato\' > result.json', "fault"),
            ("exit 0", "fault"),
            ("kill -KILL $$", "fault"),
            ("echo 'ImportError: no gpaw' >&2; exit 1", "fault"),
        ],
    )
    def test_a_calculation_that_leaves_no_whole_result(self, copper, tmp_path, body, kind):
        outcome, _ = copper(interpreter=self._python(tmp_path, body))
        assert outcome.failure.kind == kind

    def test_an_energy_that_is_no_number(self, copper, tmp_path):
        body = 'printf \'{"trouble": {"kind": "unconverged", "reason": "the energy is nan"}}\' > result.json'
        outcome, _ = copper(interpreter=self._python(tmp_path, body))
        assert outcome.failure.kind == "unconverged"

    def test_a_calculation_that_never_ends_is_gone_with_its_children(self, copper, tmp_path, monkeypatch):
        monkeypatch.setattr("orchestrator.executors.ase_run.MARGIN", 0.3)
        body = "setsid sleep 99 & sleep 99"
        outcome, folder = copper(interpreter=self._python(tmp_path, body), walltime=0.2)
        assert outcome.failure.kind == "timeout"
        deadline = time.monotonic() + 5
        while list(leftovers(folder)):
            assert time.monotonic() < deadline
