"""Stop levels, and an emergency stop that a stuck process does not obey (R10)."""

import subprocess
import sys
import time

import psutil
import pytest

from devices.owner import Owner
from devices.stop_level import StopLevel, Throttled, enforce


@pytest.fixture
def stuck():
    """A process that reads nothing and hears nothing."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def owner_of(process):
    here = Owner.here("a campaign")
    return Owner(here.host, process.pid, psutil.Process(process.pid).create_time(), "a campaign")


def test_r10_an_emergency_is_more_urgent_than_a_stop_and_a_stop_than_a_pause():
    assert sorted(StopLevel, key=lambda level: level.urgency) == ["go", "pause", "stop", "emergency"]


def test_r10_a_process_that_reacts_is_left_alone(stuck):
    assert "heard it" in enforce(owner_of(stuck), lambda: True)
    assert stuck.poll() is None


def test_r10_a_process_that_does_not_react_is_ended(stuck):
    said = enforce(owner_of(stuck), lambda: False, patience=0.05)
    assert f"process {stuck.pid} was ended" in said
    assert stuck.wait(10) == -9


def test_r10_a_later_process_of_the_same_number_is_never_touched(stuck):
    owner = owner_of(stuck)
    earlier = Owner(owner.host, owner.pid, owner.started - 60, owner.label)
    assert "has ended" in enforce(earlier, lambda: False, patience=0.05)
    assert stuck.poll() is None


def test_r10_a_process_of_another_machine_is_named_and_not_touched(stuck):
    elsewhere = Owner("another-machine", stuck.pid, 1.0, "a campaign")
    assert "runs on another-machine" in enforce(elsewhere, lambda: False, patience=0.05)
    assert stuck.poll() is None


def test_requests_are_asked_for_at_most_every_so_often():
    asked = []

    def ask():
        asked.append(time.monotonic())
        return StopLevel.STOP

    requests = Throttled(ask, every=600)
    assert [requests() for _ in range(100)] == [StopLevel.STOP] * 100
    assert len(asked) == 1


def test_an_owner_written_out_and_read_again_is_the_same_process(stuck):
    owner = owner_of(stuck)
    assert Owner.parse(str(owner)).is_alive()
    assert Owner.parse("host|12|3.00|label|with|bars").label == "label|with|bars"
    stuck.kill()
    stuck.wait()
    assert not Owner.parse(str(owner)).is_alive()
