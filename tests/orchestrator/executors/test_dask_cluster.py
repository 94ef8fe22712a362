import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import ClassVar

import pytest

from orchestrator.executors.base import ExecutorContext, NeverStarted, Unknown
from orchestrator.executors.conformance import ExecutorConformance
from orchestrator.executors.dask import DaskSettings
from orchestrator.executors.errors import PlaceUnreachable, UnusableQueue
from orchestrator.executors.place import Errand, FolderWork, Gone

pytest.importorskip("distributed")

CONTEXT = ExecutorContext("c", None, ("energy",), 2)


def work(timeout=60.0, function="picky", **settings):
    return FolderWork(function, settings, timeout, ("energy",))


class Cluster:
    """A scheduler and one worker, each a process of its own, as on a cluster."""

    def __init__(self, folder) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        port = self.address.rpartition(":")[2]
        self.log = (folder / "dask.log").open("ab")
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        self.worker = self._start("worker", self.address, "--nthreads", "4", "--no-dashboard", "--no-nanny")

    def _start(self, *words: str) -> subprocess.Popen:
        command = [sys.executable, "-W", "ignore", "-m", "dask", *words]
        return subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def settings(self, **changed) -> DaskSettings:
        return DaskSettings(**{"address": self.address, "poll": 0.05, "visibility": 0.0, "answer": 30.0} | changed)

    def close(self) -> None:
        for process in (self.worker, self.scheduler):
            process.kill()
            process.wait()
        self.log.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    with contextlib.closing(Cluster(tmp_path_factory.mktemp("dask"))) as cluster:
        yield cluster


class TestDaskExecutor(ExecutorConformance):
    good: ClassVar = {"x": 0.5}
    other: ClassVar = {"x": 0.75}
    bad: ClassVar = {"x": -1.0}
    patience: ClassVar = 60.0

    @pytest.fixture(autouse=True)
    def _on(self, cluster):
        self.cluster = cluster

    def build(self, folder):
        return self.cluster.settings().build(work(), CONTEXT)

    def build_slow(self, folder):
        return self.cluster.settings().build(work(timeout=600.0, delay=60.0), CONTEXT)


@pytest.fixture
def executor(cluster):
    with contextlib.ExitStack() as stack:

        def build(**settings):
            return stack.enter_context(contextlib.closing(cluster.settings().build(work(**settings), CONTEXT)))

        yield build


def test_a_task_outlives_the_process_that_submitted_it(executor, cluster, attempt, follow):
    key, folder = attempt()
    child = os.fork()
    if child == 0:
        cluster.settings().build(work(delay=1.5), CONTEXT).start(key, {"x": 0.5}, folder)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    here = executor()
    handle = here.reconcile(key, folder)
    assert handle["ticket"]["name"] == key
    assert follow(here, handle).values["energy"].value == pytest.approx(0.04)


def test_a_scheduler_that_is_not_there_is_not_one_that_has_nothing(attempt):
    key, folder = attempt()
    nobody = DaskSettings(address="tcp://127.0.0.1:9", answer=0.3).build(work(), CONTEXT)
    with pytest.raises(PlaceUnreachable, match="Dask scheduler at"):
        nobody.start(key, {"x": 0.5}, folder)
    assert isinstance(nobody.reconcile(key, folder), Unknown)


def test_an_attempt_that_the_scheduler_never_heard_of_was_never_started(executor, attempt):
    assert executor().reconcile(*attempt()) == NeverStarted()


def test_a_task_that_is_gone_without_an_outcome_is_a_fault(executor, attempt, follow):
    key, folder = attempt()
    here = executor(function="dying")
    outcome = follow(here, here.start(key, {"x": 0.5}, folder))
    assert (outcome.failure.kind, outcome.details["output"]) == ("fault", "just before the end")


def test_a_task_of_the_same_name_in_another_home_is_another_task(executor, tmp_path, wait_for):
    place = executor()._place
    ticket = place.begin(Errand("c/1/1", tmp_path, ("sleep", "60"), 60.0))
    assert place.find("c/1/1", tmp_path) == ticket
    assert place.find("c/1/1", tmp_path / "elsewhere") is None
    place.end(ticket)
    wait_for(lambda: isinstance(place.standing(ticket), Gone))


def test_without_dask_the_campaign_cannot_be_set_up(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UnusableQueue, match=r"pip install 'junkan\[dask\]'"):
        DaskSettings(address="tcp://a:1").build(work(), CONTEXT)


@pytest.mark.parametrize("address", ["node7:8786", "http://node7", "tcp://", ""])
def test_an_address_that_no_scheduler_can_have_is_refused(address):
    with pytest.raises(ValueError, match="match pattern"):
        DaskSettings(address=address)
