import os
import subprocess
import sys
import time

import psutil
import pytest

from orchestrator.executors import identity
from orchestrator.executors.identity import ProcessIdentity


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


@pytest.fixture(params=["the file system of processes", "psutil"])
def source(request, monkeypatch):
    """Both ways to look at a process."""
    if request.param == "psutil":
        monkeypatch.setattr(identity.sys, "platform", "darwin")


def test_a_running_process_is_alive(source, sleeper):
    assert ProcessIdentity.of(sleeper.pid).standing == "alive"


def test_a_stopped_process_is_alive(source, sleeper):
    psutil.Process(sleeper.pid).suspend()
    assert ProcessIdentity.of(sleeper.pid).standing == "alive"


def test_a_zombie_is_dead(source, sleeper):
    seen = ProcessIdentity.of(sleeper.pid)
    sleeper.kill()
    deadline = time.monotonic() + 5
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
    assert seen.standing == "dead"


def test_a_process_that_is_gone_is_dead(source, sleeper):
    seen = ProcessIdentity.of(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert seen.standing == "dead"
    with pytest.raises(ProcessLookupError):
        ProcessIdentity.of(sleeper.pid)


def test_another_process_with_the_same_number_is_not_the_same_process(source, sleeper):
    mine, other = ProcessIdentity.of(os.getpid()), ProcessIdentity.of(sleeper.pid)
    assert mine.model_copy(update={"created": other.created}).standing == "dead"


def test_a_process_of_another_machine_cannot_be_seen(sleeper):
    seen = ProcessIdentity.of(sleeper.pid).model_copy(update={"host": "node-17"})
    assert seen.standing == "elsewhere"
    seen.kill_with_descendants()
    assert ProcessIdentity.of(sleeper.pid).standing == "alive"


def test_a_name_with_brackets_and_spaces_does_not_confuse(tmp_path):
    program = tmp_path / "a) S 1 (b"
    program.symlink_to(sys.executable)
    process = subprocess.Popen([program, "-S", "-c", "import time; time.sleep(60)"])
    try:
        seen = ProcessIdentity.of(process.pid)
        assert seen.created.partition("+")[2].isdigit()
        assert seen.standing == "alive"
    finally:
        process.kill()
        process.wait()


def test_killing_reaches_the_group_and_those_who_left_it(tmp_path):
    code = (
        "import time; from subprocess import Popen; a = Popen(['sleep', '60']);"
        "b = Popen(['sleep', '60'], start_new_session=True); print(a.pid, b.pid, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE, text=True)
    children = [ProcessIdentity.of(int(pid)) for pid in process.stdout.readline().split()]
    seen = ProcessIdentity.of(process.pid)
    seen.kill_with_descendants()
    assert seen.standing == "dead"
    deadline = time.monotonic() + 5
    while any(child.standing == "alive" for child in children):
        assert time.monotonic() < deadline
    process.wait()
    process.stdout.close()


def test_killing_spares_a_process_that_was_given_the_number(sleeper):
    seen = ProcessIdentity.of(sleeper.pid)
    seen.model_copy(update={"created": "earlier"}).kill_with_descendants()
    assert seen.standing == "alive"
