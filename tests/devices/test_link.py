"""A link over a real pseudo-terminal: what it believes, what it repeats, and what it never does."""

import multiprocessing
import threading
import time

import pytest

from devices.errors import BadReply, DeviceError, Disconnected, NoReply, NotSettled, Refused
from devices.link import Link
from devices.link_settings import LinkSettings
from devices.reply import Exactly, Nothing, Terminated
from tests.devices import pseudo_terminal as pty

ANSWERS = {b"*IDN?\r\n": b"GAS-2\r\n", b"P?\r\n": b"0.500\r\n", b"T?\r\n": b"400.0\r\n", b"MOVE a b\r\n": b"OK\r\n"}
LINE = Terminated(b"\r\n")
QUICK = LinkSettings(timeout=0.06, quiet=0.12, longest_quarantine=0.6, retries=1, patience=3.0, gap=0.005)
ONCE = QUICK.model_copy(update={"retries": 0, "patience": 0.0})


def introduced(link):
    if (who := link.exchange(b"*IDN?\r\n", LINE, again=False)) != b"GAS-2":
        raise Refused(f"{link.name}: this is {who!r}")


def at_night(*cases):
    """Cases that differ little from those beside them: they run with the slow tests."""
    return [pytest.param(case, marks=pytest.mark.slow) for case in cases]


@pytest.fixture
def terminal(tmp_path):
    with pty.PseudoTerminal(tmp_path, pty.lines, lambda command: ANSWERS.get(command, b"")) as terminal:
        yield terminal


@pytest.fixture
def connect(terminal):
    opened = []

    def connect(settings=QUICK, *, handshake=None, url=None, **options):
        link = Link(str(url or terminal.path), settings, name="gas", **options)
        link.handshake = handshake
        opened.append(link)
        link.open()
        return link

    yield connect
    for link in opened:
        link.close()


def pressure(link):
    return link.exchange(b"P?\r\n", LINE, again=True)


# ---- what is believed


def test_an_answer_comes_without_its_end_mark(connect):
    assert pressure(connect()) == b"0.500"


def test_r28_silence_is_no_reply(connect, terminal):
    terminal.always = pty.silent
    with pytest.raises(NoReply, match="gas: no answer within"):
        pressure(connect(ONCE))


@pytest.mark.parametrize("spoil", [pty.truncated, pty.garbage])
def test_r28_a_truncated_or_garbled_line_is_a_bad_reply(connect, terminal, spoil):
    terminal.always = spoil
    with pytest.raises(BadReply, match="cut off"):
        pressure(connect(ONCE))


def test_r28_a_second_line_behind_the_answer_is_a_bad_reply(connect, terminal):
    terminal.always = pty.instead(b"0.500\r\n0.700\r\n")
    with pytest.raises(BadReply, match="more came than an answer"):
        pressure(connect(ONCE))


def test_r28_a_digit_too_many_in_front_of_a_fixed_answer_is_noticed_even_if_the_last_byte_dawdles(connect, terminal):
    terminal.always = lambda _: [(0.0, b"1025"), (0.002, b"0")]
    with pytest.raises(BadReply, match="b'0' is left over"):
        connect(ONCE.model_copy(update={"gap": 0.03})).exchange(b"P?\r\n", Exactly(4), again=True)


def test_r28_endless_noise_is_a_bad_reply_however_it_trickles(connect, terminal):
    terminal.always = lambda _: [(0.03 * step, b"x") for step in range(40)]
    started = time.monotonic()
    with pytest.raises(BadReply, match="does not end"):
        pressure(connect(ONCE.model_copy(update={"longest_wait": 0.15})))
    assert time.monotonic() - started < 5


def test_an_answer_longer_than_any_is_a_bad_reply(connect, terminal):
    terminal.always = pty.instead(b"7" * 600)
    with pytest.raises(BadReply, match="does not end"):
        pressure(connect(ONCE.model_copy(update={"longest_answer": 500})))


def test_a_slow_instrument_is_waited_for_when_asked_to(connect, terminal):
    terminal.faults.append(pty.late(0.15))
    assert connect(ONCE).exchange(b"P?\r\n", LINE, again=True, wait=1.0) == b"0.500"


def test_a_command_without_an_answer_is_sent_once_and_not_waited_for(connect, terminal):
    link = connect()
    assert link.exchange(b"QUIET 1\r\n", Nothing(), again=False) == b""
    assert pressure(link) == b"0.500"
    assert terminal.heard == [b"QUIET 1\r\n", b"P?\r\n"]


def test_something_nobody_asked_for_is_thrown_away_and_the_instrument_says_again_who_it_is(connect, terminal):
    link = connect(handshake=introduced)
    terminal.say(b"0.999\r\n")
    time.sleep(0.02)
    assert pressure(link) == b"0.500"
    assert terminal.heard == [b"*IDN?\r\n", b"*IDN?\r\n", b"P?\r\n"]


class Recorded:
    """A port that answers at once and remembers what was done to it."""

    instant = True

    def __init__(self):
        self.done = []

    def __getattr__(self, name):
        return lambda *_: self.done.append(name)

    in_waiting = 0

    def read(self, size=1):
        return b"0.500\r\n"


def test_r28_the_input_is_flushed_directly_before_every_write(connect, monkeypatch):
    """Whatever comes between the last look and the command is gone."""
    port = Recorded()
    monkeypatch.setattr("devices.ports._opened", lambda *_: port)
    link = connect()
    pressure(link)
    pressure(link)
    assert port.done == ["reset_input_buffer", "write"] * 2


# ---- quarantine


@pytest.mark.parametrize("delay", [0.1, *at_night(0.15)])
def test_r28_a_late_answer_is_never_taken_for_the_next_one(connect, terminal, delay):
    """It comes before the next command in one case, and would come after it in the other."""
    link = connect(ONCE)
    terminal.faults.append(pty.late(delay))
    with pytest.raises(NoReply):
        pressure(link)
    for _ in range(3):
        assert link.exchange(b"T?\r\n", LINE, again=False) == b"400.0"
        assert pressure(link) == b"0.500"


def test_r28_after_a_bad_answer_the_instrument_says_who_it_is_before_anything_else_is_sent(connect, terminal):
    link = connect(ONCE, handshake=introduced)
    terminal.faults.append(pty.truncated)
    with pytest.raises(BadReply):
        pressure(link)
    link.exchange(b"MOVE a b\r\n", LINE, again=False)
    assert terminal.heard == [b"*IDN?\r\n", b"P?\r\n", b"*IDN?\r\n", b"MOVE a b\r\n"]


def test_an_old_answer_taken_for_a_name_does_not_condemn_the_instrument(connect, terminal):
    link = connect(ONCE, handshake=introduced)
    terminal.faults += [pty.silent, pty.instead(b"0.500\r\n")]
    with pytest.raises(NoReply):
        pressure(link)
    assert pressure(link) == b"0.500"


def test_a_line_that_never_falls_silent_is_not_believed_and_not_waited_for_for_ever(connect, terminal):
    link = connect(ONCE.model_copy(update={"longest_wait": 0.1, "longest_quarantine": 0.2}))
    terminal.always = lambda _: [(0.02 * step, b"\xff") for step in range(300)]
    with pytest.raises(BadReply):
        pressure(link)
    heard = len(terminal.heard)
    with pytest.raises(BadReply, match="does not fall silent"):
        link.exchange(b"MOVE a b\r\n", LINE, again=False)
    assert len(terminal.heard) == heard


def test_an_interrupted_exchange_leaves_no_answer_for_the_next_one(connect, terminal):
    link = connect(ONCE)
    terminal.faults += [pty.late(0.02), pty.late(0.04)]

    def asked_and_given_up():
        link.send(b"T?\r\n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link.perform(asked_and_given_up, again=False)
    assert pressure(link) == b"0.500"


def test_r7_what_is_urgent_waits_neither_for_silence_nor_for_a_name(connect, terminal):
    link = connect(ONCE.model_copy(update={"quiet": 600.0, "longest_quarantine": 600.0}), handshake=introduced)
    terminal.faults.append(pty.silent)
    with pytest.raises(NoReply):
        pressure(link)
    assert not link.is_trusted
    with link.urgent():
        link.exchange(b"OUT 0\r\n", Nothing(), again=False)
    while len(terminal.heard) < 3:
        time.sleep(0.001)
    assert terminal.heard == [b"*IDN?\r\n", b"P?\r\n", b"OUT 0\r\n"]


def test_what_was_said_in_haste_leaves_the_line_untrusted(connect, terminal):
    link = connect(handshake=introduced)
    assert link.is_trusted
    with link.urgent():
        link.exchange(b"OUT 0\r\n", Nothing(), again=False)
    assert not link.is_trusted
    assert pressure(link) == b"0.500"
    assert link.is_trusted
    assert terminal.heard == [b"*IDN?\r\n", b"OUT 0\r\n", b"*IDN?\r\n", b"P?\r\n"]


def test_nothing_is_so_urgent_that_a_stranger_behind_a_new_port_is_told_it(connect, terminal):
    link = connect(ONCE, handshake=introduced)
    terminal.unplug()
    with pytest.raises(Disconnected):
        pressure(link)
    terminal.plug()
    with link.urgent(), pytest.raises(Disconnected):
        link.exchange(b"OUT 0\r\n", Nothing(), again=False)
    assert terminal.heard == [b"*IDN?\r\n"]


# ---- what is repeated, and what is not


@pytest.mark.parametrize("spoil", [pty.truncated, *at_night(pty.silent, pty.garbage, pty.instead(b"0.500\r\n!"))])
def test_a_single_bad_answer_to_a_read_is_healed_by_asking_again(connect, terminal, spoil):
    terminal.faults.append(spoil)
    assert pressure(connect()) == b"0.500"
    assert terminal.heard == [b"P?\r\n"] * 2


def test_a_read_is_asked_again_only_so_often(connect, terminal):
    terminal.always = pty.silent
    with pytest.raises(NoReply):
        pressure(connect())
    assert terminal.heard == [b"P?\r\n"] * 2


@pytest.mark.parametrize("spoil", [pty.silent, pty.pulled_out, *at_night(pty.truncated, pty.garbage, pty.late(0.1))])
def test_r13_a_command_whose_answer_was_lost_is_never_sent_again(connect, terminal, spoil):
    link = connect()
    terminal.faults.append(spoil)
    with pytest.raises((NoReply, BadReply, Disconnected)):
        link.exchange(b"MOVE a b\r\n", LINE, again=False)
    if not terminal.path.exists():
        terminal.plug()
    assert pressure(link) == b"0.500"
    assert terminal.heard.count(b"MOVE a b\r\n") == 1


def test_r13_not_even_inside_something_that_may_be_repeated_from_outside(connect, terminal):
    link = connect()
    terminal.faults.append(pty.silent)

    def command():
        return link.exchange(b"MOVE a b\r\n", LINE, again=True)  # a mistake of a driver, inside a command

    with pytest.raises(NoReply):
        link.perform(command, again=False)
    assert terminal.heard == [b"MOVE a b\r\n"]


# ---- losing and finding the port


def test_an_absent_port_is_disconnected_and_says_so(connect, tmp_path):
    with pytest.raises(Disconnected, match=r"gas: there is no port .*absent\. Is the instrument plugged in"):
        connect(url=tmp_path / "absent")


def test_an_unknown_kind_of_url_is_disconnected(connect):
    with pytest.raises(Disconnected, match="cannot be opened"):
        connect(url="telepathy://gas")


def test_a_closed_link_opens_nothing_by_itself(connect, terminal):
    link = connect()
    link.close()
    with pytest.raises(Disconnected, match="is not open"):
        pressure(link)
    assert terminal.heard == []


@pytest.mark.parametrize("again", [True, False])
def test_r28_unplugged_while_idle(connect, terminal, again):
    link = connect(ONCE)
    terminal.unplug()
    with pytest.raises(Disconnected):
        link.exchange(b"P?\r\n", LINE, again=again)


def test_r28_unplugged_in_the_middle_of_an_answer(connect, terminal):
    link = connect(ONCE)
    terminal.faults.append(pty.torn_off(terminal))
    with pytest.raises(Disconnected):
        pressure(link)


def test_a_read_waits_for_a_port_that_comes_back_and_counts_a_new_generation(connect, terminal):
    link = connect(handshake=introduced)
    assert link.generation == 1
    terminal.unplug()
    back = threading.Timer(0.3, terminal.plug)
    back.start()
    assert pressure(link) == b"0.500"
    back.join()
    assert link.generation == 2
    assert terminal.heard[-2:] == [b"*IDN?\r\n", b"P?\r\n"]


def test_r28_an_answer_that_was_under_way_when_the_plug_came_out_is_not_taken_for_the_next_one(connect, terminal):
    link = connect(ONCE)
    terminal.faults.append(pty.pulled_out)
    with pytest.raises(Disconnected):
        link.exchange(b"T?\r\n", LINE, again=False)
    terminal.plug()
    terminal.faults.append(pty.late(0.04))
    late = threading.Timer(0.02, terminal.say, [b"400.0\r\n"])
    late.start()
    assert pressure(link) == b"0.500"
    late.join()


def test_a_port_that_never_comes_back_is_given_up_within_the_patience(connect, terminal, monkeypatch):
    link = connect(QUICK.model_copy(update={"patience": 0.5}))
    terminal.unplug()
    pauses = []
    monkeypatch.setattr("devices.link.time.sleep", lambda seconds: pauses.append(seconds) or _SLEEP(seconds))
    started = time.monotonic()
    with pytest.raises(Disconnected):
        pressure(link)
    assert time.monotonic() - started < 2.0
    assert pauses[:3] == [0.05, 0.1, 0.2]


_SLEEP = time.sleep


def test_the_pauses_between_two_attempts_end_at_two_seconds(monkeypatch):
    link = Link("/dev/absent", QUICK.model_copy(update={"patience": 3600.0}), name="gas")
    now = [0.0]
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        now[0] += seconds
        if len(pauses) == 9:
            link.close()

    monkeypatch.setattr("devices.link.time.sleep", sleep)
    monkeypatch.setattr("devices.link.time.monotonic", lambda: now[0])
    link._wanted = True  # as after an open() that succeeded
    with pytest.raises(Disconnected):
        pressure(link)
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]


def test_another_instrument_on_the_cable_is_refused_and_hears_no_command(connect, terminal):
    link = connect(handshake=introduced)
    terminal.unplug()
    terminal._instrument = lambda command: b"PUMP-9\r\n"
    terminal.plug()
    with pytest.raises(Disconnected):
        link.exchange(b"MOVE a b\r\n", LINE, again=False)
    heard = len(terminal.heard)
    with pytest.raises(Refused, match="PUMP-9"):
        link.exchange(b"MOVE a b\r\n", LINE, again=False)
    assert set(terminal.heard[heard:]) == {b"*IDN?\r\n"}


def test_an_open_that_is_refused_gives_the_port_back(connect, terminal):
    terminal._instrument = lambda command: b"PUMP-9\r\n"
    with pytest.raises(Refused):
        connect(handshake=introduced)
    terminal._instrument = ANSWERS.get
    assert pressure(connect()) == b"0.500"


# ---- everything is one of four errors


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (OSError(5, "Input/output error"), Disconnected),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), BadReply),
        (ValueError("sequence.index(x)"), BadReply),
        (KeyError("7"), BadReply),
        (TypeError("can't multiply sequence"), BadReply),
    ],
)
def test_what_a_library_raises_over_an_answer_is_one_of_the_four_errors_with_its_cause(connect, trouble, expected):
    link = connect(ONCE)

    def operation():
        link.exchange(b"P?\r\n", LINE, again=False)
        raise trouble

    with pytest.raises(expected, match="gas") as raised:
        link.perform(operation, again=False)
    assert raised.value.__cause__ is trouble


def test_a_value_that_a_driver_refuses_before_it_sends_anything_is_refused(connect, terminal):
    link = connect()
    with pytest.raises(Refused, match="nothing was sent"):
        link.perform(lambda: int("250.7"), again=False)
    assert terminal.heard == []


def test_mistakes_of_a_program_are_not_hidden_behind_the_wire(connect):
    with pytest.raises(AttributeError):
        connect().perform(lambda: connect.setpiont, again=False)


def test_what_a_device_says_about_a_setting_passes_unchanged(connect):
    link = connect()

    def operation():
        pressure(link)
        raise NotSettled("gas.argon = 20 sccm is still 3 sccm")

    with pytest.raises(NotSettled):
        link.perform(operation, again=True)
    assert issubclass(NotSettled, DeviceError)


def test_talking_in_pieces_is_a_mistake_of_the_program(connect):
    link = connect()
    with pytest.raises(RuntimeError, match="one piece"):
        link.send(b"P?\r\n")
    with pytest.raises(RuntimeError, match="one piece"):
        link.serial().read(1)


# ---- one lock per port


@pytest.mark.slow
def test_r27_two_threads_and_2000_reads_give_no_wrong_answer(connect):
    link = connect(QUICK.model_copy(update={"timeout": 5.0}))
    wrong = []

    def ask(question, answer):
        for _ in range(1000):
            if (heard := link.exchange(question, LINE, again=False)) != answer:
                wrong.append(heard)

    threads = [threading.Thread(target=ask, args=pair) for pair in ((b"P?\r\n", b"0.500"), (b"T?\r\n", b"400.0"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_forked_child_cannot_talk_on_its_parents_port(connect, terminal):
    link = connect()
    child = multiprocessing.get_context("fork").Process(target=_talk, args=(link,))
    child.start()
    child.join()
    assert child.exitcode == 7
    assert terminal.heard == []


def _talk(link):
    try:
        pressure(link)
    except Refused:
        raise SystemExit(7) from None


# ---- the journal


class Remembered:
    def __init__(self):
        self.lines = []

    def sent(self, at, device, content):
        self.lines.append((device, "sent", content))

    def received(self, at, device, content):
        self.lines.append((device, "received", content))

    def failed(self, at, device, message):
        self.lines.append((device, "failed", message))


def test_r32_the_journal_has_every_byte_and_every_failure(connect, terminal):
    journal = Remembered()
    link = connect(ONCE, journal=journal)
    terminal.faults.append(pty.truncated)
    with pytest.raises(BadReply):
        pressure(link)
    pressure(link)
    assert journal.lines == [
        ("gas", "sent", b"P?\r\n"),
        ("gas", "received", b"0.5"),
        ("gas", "failed", "gas: the answer is cut off: b'0.5'"),
        ("gas", "sent", b"P?\r\n"),
        ("gas", "received", b"0.500\r\n"),
    ]
