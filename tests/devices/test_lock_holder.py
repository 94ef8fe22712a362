"""Who has locked a port, as far as the system tells."""

import fcntl
import os
import subprocess
import sys

import pytest

from devices.lock_holder import lock_holder
from devices.ports import OwnedPort as Port
from devices.ports import PortSettings, lock_path


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "port"
    file.touch()
    return file


def test_a_file_that_nobody_locked_has_no_holder(file, tmp_path):
    assert lock_holder(file) is None
    assert lock_holder(tmp_path / "absent") is None
    assert lock_holder(file, tmp_path / "no-table") is None


def test_the_process_that_took_the_lock_is_told(file):
    with file.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        assert lock_holder(file) == os.getpid()
    assert lock_holder(file) is None


def test_r8_a_lock_inherited_by_a_child_still_counts_as_its_parents(file):
    program = (
        "import fcntl, os, sys, time\n"
        f"opened = open({str(file)!r})\n"
        "fcntl.flock(opened, fcntl.LOCK_EX)\n"
        "child = os.fork()\n"
        "if child == 0: time.sleep(60); os._exit(0)\n"
        "print(child, flush=True); os._exit(0)\n"
    )
    parent = subprocess.Popen([sys.executable, "-S", "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        assert parent.wait(10) == 0
        assert lock_holder(file) == parent.pid
    finally:
        os.kill(child, 9)
        parent.stdout.close()


def test_the_lock_of_a_line_is_its_own_and_that_of_a_terminal_server_a_file_for_all(tmp_path):
    assert lock_path("/dev/ttyUSB0") == lock_path("/dev/ttyUSB0")
    assert str(lock_path("/dev/ttyUSB0")) == "/dev/ttyUSB0"
    assert lock_path("socket://Host:4001") == lock_path("socket://host:4001")
    assert lock_path("socket://host:4001") != lock_path("socket://host:4002")


def test_a_port_that_is_open_has_this_process_for_its_holder(tmp_path):
    master, slave = os.openpty()
    port = Port(os.ttyname(slave), PortSettings(), "gun")
    port.open()
    try:
        assert lock_holder(lock_path(os.ttyname(slave))) == os.getpid()
    finally:
        port.close()
        os.close(master)
        os.close(slave)
