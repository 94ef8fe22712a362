"""What the guardian process does, without a process: when it acts, in which order, and how it persists."""

import json
import os
import threading
from dataclasses import replace

import pytest

from devices.errors import Disconnected, NoReply
from devices.guardian import BYE
from devices.owner import Owner
from devices.rig_settings import load_rig
from devices.safing import Phase, hands_for
from devices.watchman import TakenOver, Watchman, make_safe_persistently
from tests.devices.pretend_rig import rig_data

PHASES = (
    Phase("gun", ("plasma", "power")),
    Phase("gas", ("shutter",)),
    Phase("heater", ("setpoint",)),
    Phase("gas", ("argon",)),
)


class Bench:
    """Devices whose ports may be absent, locked or silent for a while; what is done is kept in `done`."""

    def __init__(self):
        self.done = []
        self.pauses = 0
        self.absent = {}
        """device -> number of attempts to open it that still fail."""
        self.taken = set()
        """Devices that another process drives by now."""
        self.deaf = set()
        """Devices that open and do not answer."""

        self.slow = {}
        """device -> event after which it answers."""
        self.at_pause = lambda: None

    def open(self, name):
        if name in self.taken:
            raise TakenOver("process 4711 drives it by now")
        device = BenchDevice(self, name)
        device.connect()
        return device

    def pause(self):
        self.pauses += 1
        self.at_pause()

    def make_safe(self, tries=50):
        hands = hands_for(PHASES)
        try:
            return make_safe_persistently(PHASES, self.open, hands, tries, self.pause)
        finally:
            for hand in hands.values():
                hand.shutdown()


class BenchDevice:
    def __init__(self, bench, name):
        self.bench, self.name = bench, name

    def connect(self):
        if self.bench.absent.get(self.name, 0) > 0:
            self.bench.absent[self.name] -= 1
            raise Disconnected(f"{self.name}: absent")
        if self.name in self.bench.slow:
            self.bench.slow[self.name].wait(10)
        if self.name in self.bench.deaf:
            raise NoReply(f"{self.name}: no answer")

    def safe(self, *names):
        self.bench.done += [f"{self.name}.{name}" for name in names]
        return []

    def release(self):
        self.bench.done.append(f"{self.name} released")


@pytest.fixture
def bench():
    return Bench()


def test_r7_everything_is_made_safe_in_order_in_the_first_round(bench):
    assert bench.make_safe() == []
    assert bench.done[:5] == ["gun.plasma", "gun.power", "gas.shutter", "heater.setpoint", "gas.argon"]
    assert sorted(bench.done[5:]) == ["gas released", "gun released", "heater released"]
    assert bench.pauses == 0


def test_r8_a_port_that_is_given_up_late_is_tried_again_and_the_others_do_not_wait(bench):
    bench.absent["gun"] = 20
    assert bench.make_safe() == []
    acts = [one for one in bench.done if "released" not in one]
    assert acts == ["gas.shutter", "heater.setpoint", "gas.argon", "gun.plasma", "gun.power"]
    assert bench.pauses == 19


def test_a_device_that_another_process_drives_by_now_is_left_alone(bench):
    # The next attempt may have begun while the last port of the one before it is still being tried.
    bench.taken = {"gas"}
    assert bench.make_safe() == []
    assert [one for one in bench.done if one.startswith("gas")] == []
    assert bench.pauses == 0


def test_a_device_that_is_safe_is_given_back_while_others_are_still_tried(bench):
    bench.absent["gun"] = 20
    bench.at_pause = lambda: bench.done.append("pause")
    bench.make_safe()
    assert bench.done.index("gas released") < bench.done.index("pause")


def test_r8_a_device_that_is_slow_to_answer_does_not_keep_the_others_waiting(bench):
    bench.slow["gun"] = threading.Event()
    bench.at_pause = bench.slow["gun"].set
    assert bench.make_safe() == []
    acts = [one for one in bench.done if "released" not in one]
    assert acts == ["gas.shutter", "heater.setpoint", "gas.argon", "gun.plasma", "gun.power"]


def test_r8_what_stays_out_of_reach_is_listed_in_the_end(bench):
    bench.deaf.add("gas")
    left = bench.make_safe(tries=50)
    assert left == ["gas.shutter: gas: no answer", "gas.argon: gas: no answer"]
    assert bench.pauses == 49


# ---- locks of ports


class LockedDevice:
    def __init__(self, exclusive):
        self.exclusive = exclusive

    def connect(self):
        if self.exclusive:
            raise Disconnected("gun: in use by another program")

    def release(self):
        pass


@pytest.fixture
def locked(monkeypatch, watched):
    """A watchman of a rig whose ports are locked by the process that is told."""

    def by(holder):
        monkeypatch.setattr("devices.watchman.build_device", lambda *_, exclusive: LockedDevice(exclusive))
        monkeypatch.setattr("devices.watchman.lock_holder", lambda _: holder)
        return watched(Owner("here", 4711, 1.0)).watchman

    return by


def test_r8_a_lock_that_a_child_of_the_dead_process_holds_is_passed_by(locked):
    assert not locked(4711)._opened("gun").exclusive


def test_r8_a_lock_of_which_nothing_is_known_is_passed_by(locked):
    assert not locked(None)._opened("gun").exclusive


def test_r8_the_lock_of_a_later_process_is_heeded(locked):
    with pytest.raises(TakenOver, match="process 4712 drives it by now"):
        locked(4712)._opened("gun")


# ---- when it acts


class Lines:
    """A watchman of a rig whose ports are files, with both of its pipes in the test's hands."""

    def __init__(self, owner, silent=30.0):
        data = rig_data(guardian={"silent": silent})
        self.acted = 0
        pipe, self.end = os.pipe()
        self.answers, answers = os.pipe()
        self.say(json.dumps({"owner": str(owner), "rig": data}))
        self.watchman = Watchman.from_pipe(pipe, answers)
        os.set_blocking(pipe, False)
        self._open = [pipe, self.end, self.answers, answers]

    def say(self, word):
        os.write(self.end, word.encode() + b"\n")

    def hang_up(self):
        self._open.remove(self.end)
        os.close(self.end)

    def close(self):
        for descriptor in self._open:
            os.close(descriptor)


@pytest.fixture
def watched():
    made = []

    def make(owner=None, **settings):
        made.append(Lines(owner or Owner.here(), **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_it_acts_when_the_pipe_ends_without_a_word(watched):
    lines = watched()
    lines.hang_up()
    assert "gave the rig up" in lines.watchman._wait()


def test_it_goes_when_the_last_word_was_bye(watched):
    lines = watched()
    lines.say("well")
    lines.say(BYE)
    lines.hang_up()
    assert lines.watchman._wait() is None


def test_it_acts_when_the_process_has_ended_though_somebody_holds_the_pipe(watched):
    dead = replace(Owner.here(), started=1.0)  # the number was given to another process
    assert "has ended" in watched(dead).watchman._wait()


def test_r12_it_acts_when_the_process_falls_silent_once_until_it_speaks_again(watched):
    lines = watched(silent=0.05)
    assert "silent" in lines.watchman._wait()
    lines.say("well")
    assert "silent" in lines.watchman._wait()


def test_the_settings_that_it_was_told_are_those_of_the_rig(watched):
    assert watched(silent=12.0).watchman._settings == load_rig(rig_data(guardian={"silent": 12.0}))


def test_a_driver_that_ends_before_it_says_what_is_to_be_guarded_is_an_error():
    pipe, end = os.pipe()
    os.write(end, b'{"owner"')
    os.close(end)
    with pytest.raises(EOFError):
        Watchman.from_pipe(pipe, 1)
    os.close(pipe)
