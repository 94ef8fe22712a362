import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from types import SimpleNamespace
from typing import ClassVar

import psutil
import pytest

from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.command import CommandSettings
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.errors import ExecutorError
from orchestrator.executors.leftovers import leftovers

PROGRAM = """
import os, sys, time
from pathlib import Path

x, mode = float(Path("input.txt").read_text().split()[0]), sys.argv[1]
with open(os.environ.get("LAB", os.devnull), "a") as lab:
    lab.write(f"{Path.cwd()} start {os.getpid()}\\n")
if mode == "slow":
    time.sleep(60)
if mode == "brief":
    time.sleep(1)
if x < 0:
    sys.exit(3)
print("energy =", (x - 0.3) ** 2)
"""
ENERGY = {"energy": {"regex": r"energy = (\S+)"}}


class Table:
    """A space of one parameter."""

    @staticmethod
    def build():
        return SimpleNamespace(names=("x",))


CONTEXT = ExecutorContext("c", Table, ("energy",), parallel=2)


@pytest.fixture
def write(tmp_path):
    """Writes a file beside the campaign, and returns its path."""

    def make(name, text):
        path = tmp_path / "campaign" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    return make


def _settings(folder, mode="good", **changed):
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / "program.py").write_text(PROGRAM)
    (folder / "files" / "input.txt").write_text("{{ x }}\n")
    given = {
        "command": (sys.executable, "program.py", mode),
        "inputs": {"input.txt": folder / "files" / "input.txt"},
        "files": {"program.py": folder / "files" / "program.py"},
        "outputs": ENERGY,
        "exit_codes": {"infeasible": (3,)},
        "walltime": 50.0,
    }
    return CommandSettings(**{**given, **changed})


class TestCommandExecutor(ExecutorConformance):
    good: ClassVar = {"x": 0.5}
    other: ClassVar = {"x": 0.75}
    bad: ClassVar = {"x": -1.0}

    def build(self, folder):
        return _settings(folder).build(CONTEXT)

    def build_slow(self, folder):
        return _settings(folder, "slow", walltime=500.0).build(CONTEXT)


@pytest.fixture
def perform(tmp_path, attempt, follow):
    """The outcome of one attempt by a shell script, and its folder."""

    def run(script, number=1, x=0.5, folder=None, **settings):
        key, made = (f"campaign/1/{number}", folder) if folder else attempt(number)
        given = {"command": ("sh", "-c", script), "outputs": ENERGY, "walltime": 20.0, "environment": {"X": "{{ x }}"}}
        with closing(CommandSettings(**{**given, **settings}).build(CONTEXT)) as executor:
            return follow(executor, executor.start(key, {"x": x}, made)), made

    return run


def test_parameters_reach_the_program_by_files_words_and_environment_exactly(perform, write):
    script = 'echo "energy = $(cat in.dat)"; test "$0" = "$X" && test "$X" = 0.1234567890123456'
    inputs = {"in.dat": write("in.dat", "{{ x }}")}
    outcome, _ = perform(
        "", x=0.1234567890123456, inputs=inputs, command=("sh", "-c", script, "{{ x }}"), complete={"regex": "energy"}
    )
    assert outcome.values["energy"].value == 0.1234567890123456


def test_a_trial_is_done_in_its_own_folder(perform):
    outcome, folder = perform("echo here > mine; echo energy = 1", keep=("mine", "std*.txt"))
    assert outcome.files == ("mine", "stderr.txt", "stdout.txt")
    assert (folder / "mine").read_text() == "here\n"


@pytest.mark.parametrize(
    ("code", "kind"), [(3, "infeasible"), (4, "unconverged"), (5, "timeout"), (1, "fault"), (77, "fault")]
)
def test_exit_codes_mean_what_the_campaign_says(perform, code, kind):
    codes = {"infeasible": (3,), "unconverged": (4,), "timeout": (5,)}
    outcome, _ = perform(f"echo energy = 1; echo so it ends >&2; exit {code}", exit_codes=codes)
    assert outcome.failure.kind == kind
    assert outcome.details["stderr"] == "so it ends"


def test_a_code_other_than_zero_can_be_good(perform):
    outcome, _ = perform("echo energy = 1; exit 2", exit_codes={"good": (2,)})
    assert outcome.values["energy"].value == 1.0


def test_a_sign_of_failure_counts_more_than_a_good_exit(perform):
    signs = ({"regex": "NOT converged", "kind": "unconverged"},)
    outcome, _ = perform("echo SCF was NOT converged; echo energy = 1", failures=signs)
    assert (outcome.failure.kind, outcome.failure.reason) == ("unconverged", "stdout.txt says: SCF was NOT converged")


@pytest.mark.parametrize("number", ["nan", "-inf", "*****", "NaN"])
def test_a_value_that_is_no_number_is_never_a_value(perform, number):
    outcome, _ = perform(f"echo 'energy = {number}'")
    assert outcome.failure.kind == "unconverged"


def test_a_rule_that_matches_nothing_says_what_it_saw_instead(perform):
    outcome, _ = perform("echo enrgy = 1")
    assert outcome.failure.kind == "fault"
    assert "executor.outputs.energy: stdout.txt has no line that matches" in outcome.failure.reason
    assert "its last line is 'enrgy = 1'" in outcome.failure.reason


def test_a_number_that_may_be_cut_off_is_not_read(perform):
    outcome, _ = perform("printf 'energy = -21'")
    assert outcome.failure.kind == "fault"
    assert "cut off" in outcome.failure.reason


def test_without_the_sign_of_its_end_a_program_has_no_value(perform):
    outcome, _ = perform("echo energy = 1", complete={"regex": "JOB DONE"})
    assert outcome.failure.kind == "fault"


def test_a_missing_program_is_a_fault_that_names_it(perform):
    outcome, _ = perform("", command=("{{ 'no-such-' }}program", "{{ x }}"))
    assert outcome.failure.kind == "fault"
    assert "there is no program 'no-such-program'" in outcome.failure.reason


def test_a_program_that_is_killed_is_a_fault_that_names_the_signal(perform):
    outcome, _ = perform("kill -SEGV $$")
    assert (outcome.failure.kind, "SIGSEGV" in outcome.failure.reason) == ("fault", True)


class TestProcesses:
    def test_a_program_over_its_walltime_is_gone_with_its_children(self, perform):
        outcome, folder = perform("sleep 60 & setsid sleep 60 & (sleep 60 &) ; sleep 60", walltime=0.5, grace=0.1)
        assert outcome.failure.kind == "timeout"
        assert not list(leftovers(folder))

    def test_what_a_program_leaves_running_is_killed(self, perform):
        outcome, folder = perform("sleep 60 & setsid sleep 60 & echo energy = 1")
        assert outcome.values["energy"].value == 1.0
        assert not list(leftovers(folder))

    def test_a_program_may_leave_a_checkpoint_when_its_time_is_over(self, perform):
        script = "trap 'echo saved > state; exit 1' TERM; sleep 60 & wait"
        outcome, folder = perform(script, walltime=0.3, grace=5.0)
        assert outcome.failure.kind == "timeout"
        assert (folder / "state").read_text() == "saved\n"

    def test_a_cancelled_program_is_gone_with_its_children(self, tmp_path, attempt, wait_for):
        key, folder = attempt()
        script = "setsid sleep 60 & echo $! > child; sleep 60"
        settings = CommandSettings(command=("sh", "-c", script, "{{ x }}"), outputs=ENERGY)
        with closing(settings.build(CONTEXT)) as executor:
            handle = executor.start(key, {"x": 0.5}, folder)
            wait_for((folder / "child").exists)
            executor.cancel(handle)
            assert executor.poll(handle).failure.kind == "cancelled"
            wait_for(lambda: not list(leftovers(folder)))

    def test_a_program_whose_worker_was_killed_does_not_live_on(self, attempt, wait_for):
        key, folder = attempt()
        settings = CommandSettings(command=("sh", "-c", "sleep 60 & sleep 60", "{{ x }}"), outputs=ENERGY)
        with closing(settings.build(CONTEXT)) as executor:
            handle = executor.start(key, {"x": 0.5}, folder)
            wait_for(lambda: len(list(leftovers(folder))) >= 2)
            os.kill(handle["worker"]["pid"], signal.SIGKILL)
            assert wait_for(lambda: executor.poll(handle)).failure.kind == "fault"
            wait_for(lambda: not list(leftovers(folder)))


OWNER = """
import json, sys, time
from pathlib import Path
from types import SimpleNamespace
from orchestrator.executors.base import ExecutorContext
from orchestrator.executors.command import CommandSettings
settings, key, folder = CommandSettings.model_validate_json(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
space = SimpleNamespace(build=lambda: SimpleNamespace(names=("x",)))
executor = settings.build(ExecutorContext("c", space, ("energy",), 1))
print(json.dumps(executor.start(key, {"x": 0.5}, folder)), flush=True)
time.sleep(60)
"""


def test_a_program_goes_on_when_its_owner_is_killed_and_runs_once(tmp_path, attempt, lab, follow, wait_for):
    key, folder = attempt()
    settings = _settings(tmp_path, "brief", environment={"LAB": str(lab.log)})
    words = [sys.executable, "-c", OWNER, settings.model_dump_json(by_alias=True), key, str(folder)]
    owner = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    handle = json.loads(owner.stdout.readline())
    wait_for(lambda: lab.count("start", folder))
    owner.kill()
    owner.wait()
    owner.stdout.close()
    with closing(settings.build(CONTEXT)) as executor:
        assert executor.reconcile(key, folder) == handle
        assert follow(executor, handle).values["energy"].value == pytest.approx(0.04)
    assert lab.count("start", folder) == 1


class TestRestart:
    SCRIPT = "if [ -f state ]; then echo energy = $(cat state) $1; else echo 7 > state; sleep 60; fi"

    def test_a_new_attempt_goes_on_from_the_checkpoint_of_the_one_before(self, perform, tmp_path):
        folders = [tmp_path / "trial" / f"attempt-{number}" for number in (1, 2)]
        for folder in folders:
            folder.mkdir(parents=True)
        given = {
            "checkpoint": ("state*",),
            "restart": ("sh", "again={{ junkan.attempt }}"),
            "walltime": 0.5,
            "grace": 0.1,
        }
        first, _ = perform(self.SCRIPT, folder=folders[0], **given)
        assert first.failure.kind == "timeout"
        second, _ = perform(self.SCRIPT, number=2, folder=folders[1], **given)
        assert second.values["energy"].value == 7.0
        assert second.details["continued_from"] == ["state"]
        assert "again=2" in (folders[1] / "stdout.txt").read_text()

    def test_a_first_attempt_begins_from_nothing(self, perform, tmp_path):
        folder = tmp_path / "trial" / "attempt-1"
        folder.mkdir(parents=True)
        outcome, _ = perform("echo energy = $#", folder=folder, checkpoint=("state",), restart=("again",))
        assert outcome.values["energy"].value == 0.0


def test_a_file_that_changes_while_the_campaign_runs_is_a_fault_that_names_it(tmp_path, attempt, follow):
    settings = _settings(tmp_path)
    with closing(settings.build(CONTEXT)) as executor:
        (tmp_path / "files" / "input.txt").write_text("{{ x }} changed\n")
        key, folder = attempt()
        outcome = follow(executor, executor.start(key, {"x": 0.5}, folder))
    assert outcome.failure.kind == "fault"
    assert "input.txt is not the file the campaign started with" in outcome.failure.reason


class TestCorrections:
    SCRIPT = 'if [ "$STEPS" -lt 15 ]; then echo NOT converged; exit 2; else echo energy = 1; fi'
    GIVEN: ClassVar = {
        "variables": {"steps": 2, "mixing": 0.7},
        "environment": {"STEPS": "{{ steps }}", "X": "{{ x }}"},
        "exit_codes": {"unconverged": (2,)},
        "corrections": ({"regex": "NOT converged", "multiply": {"steps": 3, "mixing": 0.5}},),
    }

    def test_a_run_is_repaired_by_its_rule_and_every_patch_is_kept(self, perform):
        outcome, folder = perform(self.SCRIPT, **self.GIVEN)
        assert outcome.values["energy"].value == 1.0
        made = outcome.details["corrections"]
        assert [patch["to"] for patch in made] == [{"steps": 6, "mixing": 0.35}, {"steps": 18, "mixing": 0.175}]
        assert made[0]["from"] == {"steps": 2, "mixing": 0.7}
        assert json.loads((folder / "corrections.json").read_text()) == made

    def test_a_spent_budget_leaves_the_failure_as_it_is(self, perform):
        outcome, _ = perform(self.SCRIPT, budget=1, **self.GIVEN)
        assert outcome.failure.kind == "unconverged"
        assert len(outcome.details["corrections"]) == 1

    def test_a_failure_that_no_rule_knows_is_left_alone(self, perform):
        outcome, _ = perform("exit 1", **{**self.GIVEN, "environment": {"X": "{{ x }}"}})
        assert outcome.failure.kind == "fault"
        assert "corrections" not in outcome.details


class TestCheck:
    """What is refused before anything runs."""

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            (
                {"command": ("sh", "{{ y }}", "{{ x }}")},
                r"executor.command\[1\], line 1: the variable 'y' is not known",
            ),
            ({"command": ("sh", "{{ x + }}")}, r"executor.command\[1\], line 1: "),
            ({"command": ("sh", "nothing")}, "no parameter of the space .x. reaches the program"),
            ({"command": ("no-such-program", "{{ x }}")}, r"executor.command\[0\]: there is no program"),
            ({"outputs": {"enrgy": {"line": "last"}}}, "'enrgy' is not an objective .* Did you mean 'energy'"),
            ({"variables": {"x": 1}}, "executor.variables: 'x' is a parameter"),
            (
                {"corrections": ({"regex": "a", "set": {"mixng": 1}},), "variables": {"mixing": 1}},
                "Did you mean 'mixing'",
            ),
            ({"corrections": ({"regex": "a", "multiply": {"a": 2}},), "variables": {"a": "b"}}, "is no number"),
        ],
    )
    def test_a_campaign_that_cannot_work_is_refused(self, changed, message):
        given = {"command": ("sh", "{{ x }}"), "outputs": ENERGY, **changed}
        with pytest.raises(ExecutorError, match=message):
            CommandSettings(**given).build(CONTEXT)

    def test_a_variable_without_a_value_in_a_file_is_found_with_its_line(self, write):
        template = write("job.in", "cutoff 30\nlattice {{ lattce }}\n")
        settings = CommandSettings(command=("sh", "{{ x }}"), outputs=ENERGY, inputs={"job.in": template})
        with pytest.raises(ExecutorError, match=r"executor.inputs.job.in: job.in, line 2: the variable 'lattce'"):
            settings.build(CONTEXT)

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"outputs": {"energy": {"regex": "(a)(b)"}}}, "several groups"),
            ({"outputs": {"energy": {"regex": "a", "line": 1}}}, "exactly one of"),
            ({"outputs": {"energy": {"regex": "(a"}}}, "not a regular expression"),
            ({"outputs": {"energy": {"file": "../x", "line": 1}}}, "own folder"),
            ({"exit_codes": {"fault": (3,), "infeasible": (3,)}}, "cannot mean both"),
        ],
    )
    def test_settings_that_contradict_themselves_are_refused(self, changed, message):
        with pytest.raises(ValueError, match=message):
            CommandSettings(**{"command": ("sh",), "outputs": ENERGY, **changed})


def test_nothing_is_left_of_attempts_that_misbehave(perform):
    """Counts processes before and after: children in sessions of their own, zombies, daemons."""
    before = {process.pid for process in psutil.process_iter()}
    scripts = [
        "setsid sleep 77 & exit 1",
        "(sleep 77 &) ; echo energy = 1",
        "sleep 0 & exec sh -c 'sleep 0.2'",
        "exit 9",
    ]
    for number in range(4):
        perform(scripts[number % 4], number=number + 1)
    deadline = time.monotonic() + 5
    while new := [it for it in psutil.process_iter() if it.pid not in before and "77" in _words(it)]:
        assert time.monotonic() < deadline, new


def _words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []
