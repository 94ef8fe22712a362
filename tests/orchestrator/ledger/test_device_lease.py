import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from orchestrator.ledger.device_lease import DeviceLeases, living
from orchestrator.ledger.errors import DeviceLeaseHeld, DeviceLeaseLost
from orchestrator.ledger.tables import DeviceLease, now

GUN, HEATER = "sputter/gun", "sputter/heater"


@pytest.fixture
def leases(database) -> DeviceLeases:
    return DeviceLeases(database)


@pytest.fixture
def change(database):
    """Make the lease of a device look as somebody else left it."""

    def change(device: str = GUN, **values) -> None:
        with database.writing() as session:
            row = session.get(DeviceLease, device)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    return change


def test_r11_a_device_that_is_driven_is_refused_to_a_second_owner_by_name(leases):
    leases.take({GUN}, "me")
    with pytest.raises(DeviceLeaseHeld, match="'sputter/gun' is driven by me"):
        leases.take({GUN}, "you")
    leases.take({HEATER}, "you")


def test_whoever_cannot_have_all_devices_gets_none(leases):
    leases.take({HEATER}, "me")
    with pytest.raises(DeviceLeaseHeld, match="heater"):
        leases.take({GUN, HEATER}, "you")
    leases.take({GUN}, "she")


def test_an_owner_may_take_what_it_has(leases):
    leases.take({GUN}, "me")
    leases.take({GUN}, "me")
    leases.beat({GUN}, "me")


def test_r11_a_device_whose_owner_is_silent_for_too_long_is_admitted_to_the_next(leases, change):
    leases.take({GUN}, "me")
    change(host="elsewhere")
    with pytest.raises(DeviceLeaseHeld):
        leases.take({GUN}, "you")
    change(expires_at=now() - timedelta(seconds=1))
    leases.take({GUN}, "you")


def test_a_device_whose_process_is_dead_on_this_machine_is_free_at_once(leases, change):
    leases.take({GUN}, "me")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    change(pid=gone.pid)
    leases.take({GUN}, "you")
    with pytest.raises(DeviceLeaseLost):
        leases.beat({GUN}, "me")


def test_r12_an_owner_that_slept_past_its_time_may_not_even_report_any_more(leases, change):
    leases.take({GUN}, "me")
    leases.take({HEATER}, "me")
    change(HEATER, expires_at=now() - timedelta(seconds=1))
    with pytest.raises(DeviceLeaseLost):
        leases.beat({GUN, HEATER}, "me")


def test_r12_an_owner_that_was_taken_over_learns_of_it(leases, change):
    leases.take({GUN}, "me")
    change(expires_at=now() - timedelta(seconds=1))
    leases.take({GUN}, "you")
    with pytest.raises(DeviceLeaseLost):
        leases.beat({GUN}, "me")
    leases.release("me")
    leases.beat({GUN}, "you")


def test_every_report_moves_the_end_of_the_lease_on(database, leases, change):
    leases.take({GUN}, "me")
    change(expires_at=now() + timedelta(seconds=1))
    leases.beat({GUN}, "me")
    with database.reading() as session:
        assert session.get(DeviceLease, GUN).expires_at > now() + timedelta(seconds=20)


def test_what_was_released_is_free_and_no_longer_shown(database, leases):
    leases.take({GUN}, "me")
    with database.reading() as session:
        assert [lease.device for lease in living(session)] == [GUN]
    leases.release("me")
    with database.reading() as session:
        assert living(session) == []
    leases.take({GUN}, "you")


@pytest.mark.parametrize("first", [True, False])
def test_of_many_who_take_at_once_one_gets_it(leases, change, first):
    if not first:
        leases.take({GUN}, "nobody")
        change(expires_at=now() - timedelta(seconds=1))
    got: list[str] = []

    def take(owner: str) -> None:
        try:
            leases.take({GUN}, owner)
        except DeviceLeaseHeld:
            return
        got.append(owner)

    threads = [threading.Thread(target=take, args=(owner,)) for owner in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    leases.beat({GUN}, got[0])
