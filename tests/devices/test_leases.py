"""Leases: one owner at a time, and a process that stood still does not act when it wakes up (R11, R12)."""

import pytest

from devices.errors import Disconnected, Interrupted
from devices.leases import BEAT, TIME_TO_LIVE, HeldLease, LeaseHeld, LeaseLost, LeasesUnreachable, MemoryLeases
from tests.devices.pretend_rig import PretendRig


class Hours:
    """The time of the machine, which goes on while a process stands still."""

    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


@pytest.fixture
def hours():
    return Hours()


@pytest.fixture
def leases(hours):
    return MemoryLeases(hours)


def test_r11_a_second_owner_is_refused_while_the_lease_lives_and_admitted_when_it_expired(leases, hours):
    leases.take(["sputter/gun"], "first")
    hours.time += TIME_TO_LIVE - 1
    with pytest.raises(LeaseHeld, match="driven by first"):
        leases.take(["sputter/gun"], "second")
    hours.time += 1
    leases.take(["sputter/gun"], "second")


def test_r11_all_devices_are_taken_or_none(leases):
    leases.take(["sputter/robot"], "first")
    with pytest.raises(LeaseHeld):
        leases.take(["sputter/gun", "sputter/robot"], "second")
    leases.take(["sputter/gun"], "third")


def test_r11_a_lease_that_is_renewed_lives_on(leases, hours):
    leases.take(["sputter/gun"], "first")
    for _ in range(10):
        hours.time += BEAT
        leases.beat("first")
    with pytest.raises(LeaseHeld):
        leases.take(["sputter/gun"], "second")


def test_r11_what_is_given_back_may_be_taken_at_once(leases):
    leases.take(["sputter/gun"], "first")
    leases.release("first")
    leases.take(["sputter/gun"], "second")


def test_r11_a_second_campaign_is_refused_before_it_opens_a_port(hours, leases):
    first, second = PretendRig(leases, hours), PretendRig(leases, hours)
    second.rig._lease = HeldLease(leases, "other", hours)
    with first.rig:
        with pytest.raises(LeaseHeld):
            second.rig.connect()
        assert not any(device.is_open for device in second.devices.values())
    with second.rig:
        pass


def test_r12_an_expired_lease_cannot_be_renewed_even_if_nobody_else_took_it(leases, hours):
    leases.take(["sputter/gun"], "first")
    hours.time += TIME_TO_LIVE
    with pytest.raises(LeaseLost) as lost:
        leases.beat("first")
    assert lost.value.holder is None


def test_r12_whoever_lost_it_learns_who_has_it(leases, hours):
    leases.take(["sputter/gun"], "first")
    hours.time += TIME_TO_LIVE
    leases.take(["sputter/gun"], "second")
    with pytest.raises(LeaseLost) as lost:
        leases.beat("first")
    assert lost.value.holder == "second"


def test_r12_a_process_that_stood_still_past_its_lease_sets_nothing_but_safe_values(hours, leases):
    made = PretendRig(leases, hours)
    with made.rig:
        made.strike()
        hours.time += TIME_TO_LIVE + 1
        with pytest.raises(Interrupted) as interrupted:
            made.rig.apply("gun", power=150.0)
        assert interrupted.value.level == "pause"
        assert "gun.power = 150.0" not in made.sent
        assert made.is_safe()
        made.sent.clear()
        with pytest.raises(Interrupted):
            made.rig.command("gas", "vent")
        with pytest.raises(Interrupted), made.rig.finishing():
            made.rig.apply("gas", pump=True)
        assert made.sent == []


def test_r12_a_process_whose_rig_was_taken_meanwhile_sends_nothing_at_all(hours, leases):
    # Not even safe values: another growth may be under way.
    made = PretendRig(leases, hours)
    made.rig.connect()
    made.strike()
    hours.time += TIME_TO_LIVE + 1
    leases.take([f"sputter/{name}" for name in made.devices], "other")
    with pytest.raises(Interrupted):
        made.rig.sleep(1)
    with pytest.raises(Interrupted):
        made.rig.apply("gun", power=150.0)
    made.rig.safe()
    made.rig.close()
    assert made.sent == []
    assert not any(device.is_open for device in made.devices.values())
    with pytest.raises(LeaseHeld):  # and the other one keeps it
        leases.take(["sputter/gun"], "third")


def test_r12_the_guardian_of_a_rig_that_was_taken_is_dismissed_even_if_something_was_left_unsafe(hours, leases):
    made = PretendRig(leases, hours)
    told = []
    made.rig._guardian.dismiss = lambda: told.append("bye")
    made.rig._guardian.leave = lambda: told.append("left")
    made.rig.connect()
    made.strike()
    made.gas.broken = Disconnected("gas: the line is lost")
    assert made.rig.safe()
    hours.time += TIME_TO_LIVE + 1
    leases.take([f"sputter/{name}" for name in made.devices], "other")
    with pytest.raises(Interrupted):
        made.rig.guard()
    made.rig.close()
    assert told == ["bye"]


def test_r12_the_lease_is_asked_for_before_every_setting_of_one_step(hours, leases):
    made = PretendRig(leases, hours)
    with made.rig:
        apply = made.gas.apply

        def and_stands_still(**settings):
            hours.time += TIME_TO_LIVE + 1
            return apply(**settings)

        made.gas.apply = and_stands_still
        with pytest.raises(Interrupted):
            made.rig.apply("gas", argon=40.0, oxygen=2.0)
        assert "gas.oxygen = 2.0" not in made.sent


def test_the_lease_is_renewed_in_waits_and_not_too_often(hours):
    beats = []

    class Counted(MemoryLeases):
        def beat(self, owner):
            beats.append(hours.time)
            super().beat(owner)

    made = PretendRig(Counted(hours), hours)
    with made.rig:
        for _ in range(100):
            hours.time += 1.0
            made.rig.guard()
    assert len(beats) == 10


def test_a_ledger_that_cannot_be_reached_is_borne_until_the_lease_would_have_expired(hours):
    class Unreachable(MemoryLeases):
        def beat(self, owner):
            raise LeasesUnreachable("the database is locked")

    held = HeldLease(Unreachable(hours), "me", hours)
    held.take(["sputter/gun"])
    hours.time += TIME_TO_LIVE - 0.1
    held.confirm()
    hours.time += 0.1
    with pytest.raises(LeaseLost):
        held.confirm()


def test_r12_an_expired_lease_is_lost_even_if_a_ledger_would_renew_it(hours):
    class Generous(MemoryLeases):
        def beat(self, owner):
            pass

    held = HeldLease(Generous(hours), "me", hours)
    held.take(["sputter/gun"])
    hours.time += TIME_TO_LIVE
    with pytest.raises(LeaseLost, match="stood still"):
        held.confirm()


def test_a_lease_that_was_never_taken_confirms_nothing(hours):
    with pytest.raises(LeaseLost):
        HeldLease(MemoryLeases(hours), "me", hours).confirm()


def test_a_lease_that_cannot_be_given_back_does_not_keep_a_rig_from_being_closed(hours):
    class Unreachable(MemoryLeases):
        def release(self, owner):
            raise LeasesUnreachable("the database is locked")

    made = PretendRig(Unreachable(hours), hours)
    with made.rig:
        made.strike()
    assert made.is_safe()
    assert not any(device.is_open for device in made.devices.values())


def test_whoever_has_patience_waits_until_the_rig_is_given_back_and_holds_it_from_then_on(hours, leases):
    leases.take(["sputter/gun"], "first")
    looked = 0

    def wait(_seconds: float) -> None:
        nonlocal looked
        looked += 1
        hours.time += 20.0
        leases.beat("first")
        if looked == 3:
            leases.release("first")

    held = HeldLease(leases, "second", hours, patience=100.0, sleep=wait)
    held.take(["sputter/gun"])
    held.confirm()
    assert looked == 3


def test_patience_ends(hours):
    leases = MemoryLeases(hours, time_to_live=1e6)
    leases.take(["sputter/gun"], "first")

    def wait(_seconds: float) -> None:
        hours.time += 20.0

    with pytest.raises(LeaseHeld, match="driven by first"):
        HeldLease(leases, "second", hours, patience=50.0, sleep=wait).take(["sputter/gun"])
    assert hours.time == 1060.0
