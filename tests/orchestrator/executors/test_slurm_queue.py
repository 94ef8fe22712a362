import sys
from pathlib import Path
from typing import ClassVar

import pytest

from orchestrator.executors import slurm_queue
from orchestrator.executors.base import ExecutorContext, NeverStarted, Unknown
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.errors import PlaceUnreachable, UnusableQueue
from orchestrator.executors.place import Errand, FolderWork, Gone
from orchestrator.executors.slurm import SlurmSettings
from orchestrator.executors.slurm_queue import SlurmPlace

STUB = Path(__file__).parent / "slurm_stub" / "slurm.py"


class Cluster:
    """The folder of a stub cluster, and the settings under which it answers at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def settings(self, **changed) -> SlurmSettings:
        return SlurmSettings(**{"patience": 0.0, "poll": 0.01, "visibility": 0.0} | changed)

    def misbehave(self, how: str) -> None:
        (self.folder / how).touch()

    def behave(self, how: str) -> None:
        (self.folder / how).unlink()

    def end(self, job: str, state: str) -> None:
        (self.folder / f"{job}.ended").write_text(state)

    def submissions(self) -> int:
        return len(list(self.folder.glob("*.json")))


@pytest.fixture(autouse=True)
def cluster(tmp_path_factory, monkeypatch) -> Cluster:
    """The commands of Slurm are those of the stub."""
    folder = tmp_path_factory.mktemp("slurm")
    commands = folder / "bin"
    commands.mkdir()
    for name in slurm_queue.COMMANDS:
        (commands / name).write_text(f'#!/bin/sh\nexec {sys.executable} {STUB} {name} "$@"\n')
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(commands), prepend=":")
    monkeypatch.setenv("STUB_SLURM", str(folder))
    return Cluster(folder)


@pytest.fixture
def place(cluster):
    return SlurmPlace(cluster.settings())


def errand(folder: Path, name="campaign/1/1", *command: str) -> Errand:
    return Errand(name, folder, command or ("sleep", "60"), 60.0)


def work(timeout=60.0, function="picky", **settings):
    return FolderWork(function, settings, timeout, ("energy",))


CONTEXT = ExecutorContext("c", None, ("energy",), 2)


class TestSlurmExecutor(ExecutorConformance):
    good: ClassVar = {"x": 0.5}
    other: ClassVar = {"x": 0.75}
    bad: ClassVar = {"x": -1.0}
    patience: ClassVar = 60.0

    def build(self, folder):
        return SlurmSettings(patience=0.0, poll=0.05, visibility=0.0).build(work(), CONTEXT)

    def build_slow(self, folder):
        return SlurmSettings(patience=0.0, poll=0.05, visibility=0.0).build(work(timeout=600.0, delay=60.0), CONTEXT)


def test_a_job_is_found_by_the_name_of_its_attempt_until_it_ends(place, tmp_path):
    ticket = place.begin(errand(tmp_path))
    assert place.find("campaign/1/1", tmp_path) == ticket == {"job": "1", "name": "campaign/1/1"}
    assert place.standing(ticket) == "running"
    place.end(ticket)
    assert place.find("campaign/1/1", tmp_path) is None


def test_a_job_of_the_same_name_in_another_home_is_another_job(place, tmp_path):
    ticket = place.begin(errand(tmp_path))
    assert place.find("campaign/1/1", tmp_path / "elsewhere") is None
    place.end(ticket)


def test_what_a_job_may_use_is_said_to_slurm(cluster, tmp_path):
    settings = cluster.settings(
        partition="short", account="physics", cpus=4, memory="2G", options=("--gres=gpu:1",), setup=("module load qe",)
    )
    cluster.misbehave("hold")
    SlurmPlace(settings).begin(errand(tmp_path))
    call = next(line for line in (cluster.folder / "calls").read_text().splitlines() if line.startswith("sbatch"))
    wanted = ("--partition=short", "--account=physics", "--cpus-per-task=4", "--mem=2G", "--gres=gpu:1", "--time=3")
    assert all(option in call.split() for option in (*wanted, "--no-requeue", "--job-name=campaign/1/1"))
    assert (tmp_path / "slurm-1.sh").read_text().splitlines()[1:] == ["module load qe", "exec sleep 60"]


def test_a_queue_that_does_not_answer_is_not_an_empty_one(place, cluster, tmp_path):
    ticket = place.begin(errand(tmp_path))
    cluster.misbehave("down")
    for ask in (
        lambda: place.begin(errand(tmp_path, "campaign/2/1")),
        lambda: place.find("campaign/1/1", tmp_path),
        lambda: SlurmPlace(cluster.settings()).standing(ticket),
        lambda: place.end(ticket),
    ):
        with pytest.raises(PlaceUnreachable, match="Unable to contact"):
            ask()
    cluster.behave("down")
    assert place.standing(ticket) == "running"
    place.end(ticket)


def test_a_submission_whose_answer_was_lost_is_not_made_again(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(slurm_queue, "PAUSES", (0.01,))
    cluster.misbehave("lost answer")
    place = SlurmPlace(cluster.settings(patience=20.0))
    ticket = place.begin(errand(tmp_path))
    assert ticket["job"] == "1"
    assert cluster.submissions() == 1
    place.end(ticket)


def test_a_controller_that_comes_back_in_time_is_waited_for(cluster, tmp_path, monkeypatch):
    cluster.misbehave("down")
    place = SlurmPlace(cluster.settings(patience=60.0))
    monkeypatch.setattr(slurm_queue, "PAUSES", (0.01,))
    monkeypatch.setattr(place._left, "wait", lambda _pause: cluster.behave("down"))
    place.end(place.begin(errand(tmp_path)))
    assert cluster.submissions() == 1


def test_whoever_leaves_waits_for_no_controller(cluster, tmp_path):
    cluster.misbehave("down")
    place = SlurmPlace(cluster.settings(patience=3600.0))
    place.close()
    with pytest.raises(PlaceUnreachable):
        place.begin(errand(tmp_path))


def test_a_job_that_slurm_refuses_says_why(place, cluster, tmp_path):
    cluster.misbehave("refuse")
    with pytest.raises(UnusableQueue, match="Invalid partition name specified"):
        place.begin(errand(tmp_path))


@pytest.mark.parametrize(
    ("state", "kind"),
    [("TIMEOUT", "timeout"), ("CANCELLED", "cancelled"), ("OUT_OF_MEMORY", "fault"), ("NODE_FAIL", "fault")],
)
def test_how_a_job_ended_says_what_kind_of_failure_it_is(place, cluster, tmp_path, state, kind):
    ticket = place.begin(errand(tmp_path, "campaign/1/1", "true"))
    cluster.end("1", state)
    gone = place.standing(ticket)
    assert isinstance(gone, Gone) and gone.kind == kind and "job 1" in gone.reason
    assert gone.details["slurm"]["JobState"] == state


def test_a_job_that_slurm_has_forgotten_is_gone(place, cluster, tmp_path):
    ticket = place.begin(errand(tmp_path, "campaign/1/1", "true"))
    cluster.end("1", "COMPLETED")
    cluster.misbehave("forgetful")
    assert place.standing(ticket).kind == "fault"


def test_a_number_that_a_new_controller_gave_to_another_job_is_not_taken_for_ours(place, tmp_path):
    ticket = place.begin(errand(tmp_path))
    assert isinstance(place.standing({"job": ticket["job"], "name": "campaign/9/1"}), Gone)
    place.end(ticket)


def test_a_job_in_the_queue_waits(place, cluster, tmp_path):
    cluster.misbehave("hold")
    assert place.standing(place.begin(errand(tmp_path))) == "waiting"


def test_a_queue_that_is_down_leaves_an_attempt_unknown_and_finds_it_again(cluster, attempt):
    key, folder = attempt()
    executor = cluster.settings().build(work(delay=60.0), CONTEXT)
    handle = executor.start(key, {"x": 0.5}, folder)
    cluster.misbehave("down")
    assert isinstance(executor.reconcile(key, folder), Unknown)
    assert executor.poll(handle) is None
    cluster.behave("down")
    assert executor.reconcile(key, folder) == handle
    executor.cancel(handle)


def test_an_attempt_that_slurm_never_heard_of_was_never_started(cluster, attempt):
    key, folder = attempt()
    assert cluster.settings().build(work(), CONTEXT).reconcile(key, folder) == NeverStarted()
    assert cluster.submissions() == 0


def test_without_slurm_the_campaign_cannot_be_set_up(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnusableQueue, match="'sbatch' is not on the PATH"):
        SlurmSettings().build(work(), CONTEXT)


@pytest.mark.parametrize("option", ["--time=5", "--job-name=mine", "-p short", "gres=gpu:1", "--wrap=a\nb"])
def test_options_that_junkan_gives_itself_or_that_are_none_are_refused(option):
    with pytest.raises(ValueError, match=r"given by Junkan itself|match pattern"):
        SlurmSettings(options=(option,))
