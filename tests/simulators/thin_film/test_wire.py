import pytest

from simulators.thin_film.faults import Fault, FaultSettings
from simulators.thin_film.instruments.instrument import Instrument
from simulators.thin_film.wire import Wire


class Echo(Instrument):
    """Answers what it hears, and counts it."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def feed(self, data):
        self.heard.append(data)
        self._answer(data.upper())

    def busy(self, request):
        return b"BUSY"

    def power_up(self):
        super().power_up()
        self._answer(b">")


@pytest.fixture
def wire():
    return Wire("echo", Echo(), FaultSettings(late=1.0, away=2.0))


def test_an_answer_arrives_at_once(wire):
    wire.write(b"a")
    assert (wire.read(), wire.read()) == (b"A", b"")


@pytest.mark.parametrize("fault", Fault)
def test_the_instrument_obeys_unless_it_did_not_hear(wire, fault):
    wire.chance.plan(fault)
    wire.write(b"go")
    assert wire.instrument.heard == ([] if fault in ("unheard", "busy", "nak", "unplugged") else [b"go"])


def test_a_busy_instrument_says_so(wire):
    wire.chance.plan(Fault.BUSY)
    wire.write(b"go")
    assert wire.read() == b"BUSY"


def test_a_refusal_may_be_one_character(wire):
    wire.chance.plan(Fault.NAK)
    wire.write(b"go")
    assert wire.read() == b"\x15"


def test_a_late_answer_arrives_after_the_next_question(wire):
    wire.chance.plan(Fault.LATE)
    wire.write(b"a")
    assert wire.read() == b""
    wire.time.wait(0.5)
    wire.write(b"b")
    assert wire.read() == b"B"
    assert wire.next_change() == pytest.approx(1.0)
    wire.time.wait(0.5)
    assert wire.read() == b"A"
    assert wire.next_change() is None


def test_a_pulled_cable_loses_what_was_on_it_and_stays_out(wire):
    wire.write(b"a")
    wire.unplug()
    wire.time.wait(1e9)
    assert not wire.plugged
    wire.write(b"b")
    wire.plug()
    assert (wire.read(), wire.instrument.heard) == (b"", [b"a"])


def test_a_cable_that_fell_out_is_put_back_after_a_while(wire):
    wire.chance.plan(Fault.UNPLUGGED)
    wire.write(b"a")
    assert not wire.plugged
    wire.time.wait(2.0)
    assert wire.plugged
    assert wire.unplugged == 1


def test_a_cable_that_falls_out_in_mid_answer_lets_half_of_it_through(wire):
    wire.chance.plan(Fault.CUT_OFF)
    wire.write(b"abcd")
    assert wire.read() == b"AB"
    wire.time.wait(0.01)
    assert not wire.plugged


def test_what_an_instrument_says_unasked_arrives(wire):
    wire.instrument.power_up()
    assert wire.read() == b">"


def test_what_was_written_is_kept_for_whoever_wants_to_know(wire):
    wire.written = []
    wire.write(b"a")
    wire.unplug()
    wire.write(b"b")
    assert wire.written == [b"a", b"b"]
