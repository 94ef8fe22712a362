"""The virtual clock: it stands still until somebody waits."""

import pytest

from simulators.thin_film.clock import VirtualClock


def test_time_moves_in_waits_only():
    clock = VirtualClock(start=10.0)
    assert clock.now() == clock.now() == 10.0
    clock.sleep(12.5)
    assert clock.now() == 22.5


def test_whoever_subscribes_sees_steps_no_longer_than_the_longest():
    clock, steps = VirtualClock(), []
    clock.subscribe(steps.append)
    clock.sleep(12.0)
    clock.sleep(0.0)
    clock.sleep(-3.0)
    assert steps == [5.0, 5.0, 2.0]


def test_a_subscriber_reads_the_time_at_the_end_of_its_step():
    clock, seen = VirtualClock(), []
    clock.subscribe(lambda step: seen.append((step, clock.now())))
    clock.sleep(7.0)
    assert seen == [(5.0, 5.0), (2.0, 7.0)]


def test_a_wait_ends_exactly_when_it_should_however_it_is_divided():
    clock = VirtualClock(start=0.3, step=0.1)
    clock.sleep(1.0)
    assert clock.now() == 1.3


def test_many_waits_add_up():
    clock = VirtualClock()
    for _ in range(1000):
        clock.sleep(0.1)
    assert clock.now() == pytest.approx(100.0, abs=1e-9)
