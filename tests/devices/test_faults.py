"""The fault matrix on real pseudo-terminals: every trouble of a line, for every kind of driver (R13, R26, R28).

Whatever happens on the wire: a reading is right or one of the four errors; nothing is set, moved or switched twice;
when the trouble is over the device works again; and it can be made safe, or says what it could not make safe.
"""

import os
import random
import threading
import time
from contextlib import suppress

import pytest
import serial
from pymeasure.adapters import SerialAdapter
from pymeasure.instruments.aja import DCXS

from devices.device import build_device
from devices.errors import BadReply, Disconnected, LinkError, NoReply, NotSettled, Refused
from tests.devices import pseudo_terminal as pty
from tests.devices.fault_benches import BENCHES, LINK, gas, gun

LATE = 0.02
"""Seconds: after the time limit of a read, within the quarantine."""

FAULTS = {
    "silence": lambda bench: pty.silent,
    "truncation": lambda bench: pty.truncated,
    "garbage": lambda bench: pty.garbage,
    "late answer": lambda bench: pty.late(LATE),
    "digit in front": lambda bench: pty.prefixed(b"7"),
    "noise in front": lambda bench: pty.prefixed(b"\xff\x00"),
    "flipped bit": lambda bench: pty.flipped(27),
    "wrong checksum": lambda bench: pty.flipped(-1),
    "NAK": lambda bench: pty.instead(bench.nak),
    "busy": lambda bench: pty.instead(bench.busy),
    "unplugged": lambda bench: pty.pulled_out,
    "unplugged in the middle": lambda bench: pty.torn_off(bench.terminal),
}


@pytest.fixture(params=BENCHES)
def bench(request, tmp_path):
    bench = BENCHES[request.param](tmp_path)
    with bench.terminal:
        connect(bench)
        yield bench
        bench.device.release()


def connect(bench):
    for _ in range(20):  # the time limits are so short that a busy computer may miss one
        with suppress(LinkError):
            return bench.device.connect()
    return bench.device.connect()


every_fault = pytest.mark.parametrize("trouble", FAULTS)
the_worst_faults = pytest.mark.parametrize(
    "trouble",
    [pytest.param(name, marks=() if name in ("silence", "unplugged") else pytest.mark.slow) for name in FAULTS],
)


def is_right(bench, channel, value):
    truth = {bench.reading: bench.truth, bench.other: bench.other_truth}[channel]
    return abs(value - truth) <= 0.00200001 * (channel in ("pressure", "oxygen"))


def recovers(bench):
    """Plug in again if need be; any reading on the way must be right, and one must come."""
    for _ in range(20):
        if not bench.terminal.path.exists():
            bench.terminal.plug()
        with suppress(LinkError):
            value = bench.device.read(bench.reading)[bench.reading].value
            assert is_right(bench, bench.reading, value)
            return True
    return False


def unplugged(bench):
    """Wait until the plug is out."""
    while bench.terminal.path.exists():
        time.sleep(0.001)


# ---- reading


@every_fault
def test_r28_a_spoilt_answer_is_never_a_reading_and_the_device_recovers(bench, trouble):
    bench.terminal.faults.append(FAULTS[trouble](bench))
    with suppress(LinkError):
        assert is_right(bench, bench.reading, bench.device.read(bench.reading)[bench.reading].value)
    assert recovers(bench)


@pytest.mark.slow
@every_fault
def test_r28_an_instrument_that_only_ever_answers_so_gives_no_reading(bench, trouble):
    if trouble in ("flipped bit", "wrong checksum") and not bench.checksum:
        return  # the same bit wrong in every answer: only `plausible` can stand against that
    bench.terminal.always = FAULTS[trouble](bench)
    for _ in range(2):
        with pytest.raises((Disconnected, NoReply, BadReply, Refused), match=bench.device.name):
            bench.device.read(bench.reading)
    bench.terminal.always = None
    assert recovers(bench)


@pytest.mark.parametrize(
    "pause",
    [
        pytest.param(0.0, id="arrives after the next question"),
        pytest.param(LATE, id="arrives before it", marks=pytest.mark.slow),
    ],
)
def test_r28_after_a_late_answer_nothing_is_off_by_one(bench, pause):
    for _ in range(3):
        bench.terminal.faults.append(pty.late(LATE))
        with suppress(LinkError):
            assert is_right(bench, bench.reading, bench.device.read(bench.reading)[bench.reading].value)
        time.sleep(pause)
        for channel in (bench.other, bench.reading):
            with suppress(LinkError):
                assert is_right(bench, channel, bench.device.read(channel)[channel].value)
    assert recovers(bench)


def test_unplugged_while_idle_is_disconnected_and_comes_back(bench):
    bench.terminal.unplug()
    with pytest.raises(Disconnected):
        bench.device.read(bench.reading)
    assert recovers(bench)


def test_r14_an_instrument_that_lost_its_power_with_its_line_is_noticed_and_nothing_is_set_again(bench):
    bench.device.apply(**{bench.setting: bench.asked})
    bench.terminal.unplug()
    bench.state.update(bench.safe)  # it starts anew
    bench.terminal.plug()
    with pytest.raises(NotSettled, match="has started anew"):
        for _ in range(20):
            with suppress(LinkError):
                bench.device.read(bench.reading)
    assert sum(map(bench.is_set, bench.terminal.heard)) == 1


def test_an_instrument_that_kept_its_power_goes_on_after_its_line_was_lost(bench):
    bench.device.apply(**{bench.setting: bench.asked})
    bench.terminal.unplug()
    assert recovers(bench)
    assert bench.device.read(bench.setting)[bench.setting].value == bench.asked


@pytest.mark.parametrize("kind", BENCHES)
def test_an_absent_port_is_disconnected(kind, tmp_path):
    bench = BENCHES[kind](tmp_path)
    with pytest.raises(Disconnected, match=str(bench.terminal.path)):
        bench.device.connect()


def test_r11_a_second_opener_is_disconnected_and_disturbs_nobody(bench):
    second = build_device("second", bench.device.settings, bench.device._clock)
    with pytest.raises(Disconnected, match="already open"):
        second.connect()
    assert is_right(bench, bench.reading, bench.device.read(bench.reading)[bench.reading].value)


# ---- setting, moving, striking, and being safe afterwards


@the_worst_faults
def test_r13_what_is_set_or_begun_is_sent_once_whatever_happens_to_the_answer_and_the_device_ends_safe(bench, trouble):
    spoil = FAULTS[trouble](bench)

    bench.terminal.faults.append(spoil)
    with suppress(LinkError, NotSettled):
        assert bench.device.apply(**{bench.setting: bench.asked})[bench.setting].value == bench.asked
    assert recovers(bench)
    assert sum(map(bench.is_set, bench.terminal.heard)) == 1

    bench.terminal.faults.append(spoil)
    with suppress(LinkError, NotSettled):
        bench.act(bench.device)
    assert recovers(bench)
    assert sum(map(bench.is_act, bench.terminal.heard)) == 1

    ends_safe(bench, trouble, spoil)


def ends_safe(bench, trouble, spoil):
    bench.terminal.faults.clear()
    bench.terminal.faults.append(spoil)
    with suppress(LinkError):
        bench.device.read(bench.reading)
    if "unplugged" in trouble:
        unplugged(bench)
        assert len(bench.device.close()) == len(bench.safe)
        bench.terminal.plug()
        connect(bench)
    assert bench.device.close() == []
    assert {key: bench.state[key] for key in bench.safe} == bench.safe


def test_r7_on_a_line_that_never_falls_silent_the_plasma_is_switched_off_all_the_same(tmp_path):
    """Nothing can be believed there, so that it is also listed as unsafe; but what can hear is told."""
    bench = gun(tmp_path, longest_quarantine=0.05, retries=2, patience=1.0)
    with bench.terminal:
        connect(bench)
        bench.device.apply(power=250.0, plasma=True)
        bench.terminal.always = lambda answer: [(0.005 * step, b"~") for step in range(60)]
        with pytest.raises(LinkError):
            bench.device.read(bench.reading)
        assert len(bench.device.close()) == 2
        assert (bench.state["on"], bench.state["watts"]) == (0, 0)


@pytest.mark.slow
@every_fault
def test_r13_a_setting_is_sent_once_whatever_happens_to_the_read_back(bench, trouble):
    bench.terminal.faults += [lambda answer: [(0.0, answer)], FAULTS[trouble](bench)]
    with suppress(LinkError, NotSettled):
        assert bench.device.apply(**{bench.setting: bench.asked})[bench.setting].value == bench.asked
    assert recovers(bench)
    assert sum(map(bench.is_set, bench.terminal.heard)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("JUNKAN_SOAK", "3"))))
def test_r13_r28_many_operations_with_a_fault_in_every_eighth_answer(bench, seed):
    """Readings, settings and things that must not be done twice in any order, with troubles in any order."""
    chance = random.Random(seed)

    def perhaps(answer):
        return [(0.0, answer)] if chance.random() > 1 / 8 else FAULTS[chance.choice(list(FAULTS))](bench)(answer)

    bench.terminal.always = perhaps
    asked = acted = 0
    for _ in range(150):
        if not bench.terminal.path.exists():
            bench.terminal.plug()
        what = chance.random()
        with suppress(LinkError, NotSettled):
            if what < 0.6:
                channel = chance.choice([bench.reading, bench.other])
                assert is_right(bench, channel, bench.device.read(channel)[channel].value)
            elif what < 0.8:
                asked += 1
                assert bench.device.apply(**{bench.setting: bench.asked})[bench.setting].value == bench.asked
            else:
                acted += 1
                bench.act(bench.device)
    assert 0 < sum(map(bench.is_set, bench.terminal.heard)) <= asked
    assert 0 < sum(map(bench.is_act, bench.terminal.heard)) <= acted
    bench.terminal.always = None
    assert recovers(bench)


# ---- bits


@pytest.mark.slow
def test_r26_no_single_flipped_bit_of_an_answer_is_ever_a_wrong_reading(bench):
    """Every bit of the answer in turn: of the checked frame, and of the first of the answers of a double read."""
    alarms, bits = 0, 8 * 9
    for bit in range(bits):
        bench.terminal.faults.append(pty.flipped(bit))
        try:
            assert is_right(bench, bench.reading, bench.device.read(bench.reading)[bench.reading].value), bit
        except LinkError:
            alarms += 1
    assert alarms < bits
    assert recovers(bench)


@pytest.mark.parametrize("make", [gun, gas])
def test_r26_random_flipped_bits_in_power_and_pressure_are_never_believed_and_seldom_an_alarm(make, tmp_path):
    """A bit in every twentieth answer. An alarm is a reading that ended in an error after two more attempts."""
    wrong, alarms, flips = random_flips(make, 150, tmp_path)
    assert flips > 7
    assert wrong == 0
    assert alarms <= 2


def random_flips(make, reads, folder, rate=0.05, seed=20):
    """Flip one bit in a share `rate` of the answers. Returns how many wrong readings, errors and flips there were."""
    chance = random.Random(seed)
    wrong = alarms = flips = 0
    # no answer is late here, so that nothing has to be waited out
    bench = make(folder, quiet=0.0, retries=2, patience=10.0, gap=0.0)

    def spoil(answer):
        nonlocal flips
        if chance.random() >= rate:
            return [(0.0, answer)]
        flips += 1
        return pty.flipped(chance.randrange(8 * len(answer)))(answer)

    with bench.terminal:
        bench.device.connect()
        bench.terminal.always = spoil
        for _ in range(reads):
            try:
                wrong += not is_right(bench, bench.reading, bench.device.read(bench.reading)[bench.reading].value)
            except LinkError:
                alarms += 1
        bench.device.release()
    return wrong, alarms, flips


# ---- threads


def test_r27_two_threads_and_2000_reads_through_pymeasure_give_no_wrong_reading(tmp_path):
    bench = gun(tmp_path, timeout=5.0, gap=0.0)
    with bench.terminal:
        bench.device.connect()
        answers = {channel: [] for channel in (bench.reading, bench.other)}

        def ask(channel):
            answers[channel] += [bench.device.read(channel)[channel].value for _ in range(500)]  # two exchanges each

        in_parallel(ask, answers)
        bench.device.release()
    assert answers == {bench.reading: [bench.truth] * 500, bench.other: [bench.other_truth] * 500}


@pytest.mark.slow
def test_the_same_threads_without_our_layer_do_get_wrong_readings(tmp_path):
    """The control: if this one finds nothing, the test above proves nothing."""
    bench = gun(tmp_path)
    wrong = []
    with bench.terminal, serial.serial_for_url(str(bench.terminal.path), timeout=0.05) as port:
        supply = DCXS(SerialAdapter(port))

        def ask(channel, truth):
            for _ in range(200):
                try:
                    value = getattr(supply, channel)
                except Exception as error:
                    value = error
                if value != truth:
                    wrong.append(value)

        in_parallel(lambda pair: ask(*pair), [(bench.reading, 380), (bench.other, 660)])
    assert wrong


def in_parallel(act, arguments):
    threads = [threading.Thread(target=act, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_benches_wait_for_no_answer_longer_than_it_takes_to_prove_something():
    assert LINK["quiet"] > LATE - LINK["timeout"]
