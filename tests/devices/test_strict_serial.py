"""A link in the clothes of a serial port: libraries that know nothing of it cannot read a wrong number (R28).

The control beside each test is the same library on the bare port, where it does.
"""

import minimalmodbus
import pytest
import serial
from pymeasure.adapters import SerialAdapter
from pymeasure.instruments.aja import DCXS

from devices.errors import BadReply, NoReply, Refused
from devices.link import Link
from devices.link_settings import LinkSettings
from devices.reply import ModbusAnswer
from tests.devices import pseudo_terminal as pty
from tests.devices.fault_benches import BENCHES

QUICK = LinkSettings(timeout=0.06, quiet=0.06, retries=0, patience=0.0, gap=0.003)


@pytest.fixture
def gun(tmp_path):
    with BENCHES["pymeasure"](tmp_path).terminal as terminal:
        yield terminal


@pytest.fixture
def heater(tmp_path):
    bench = BENCHES["modbus"](tmp_path)
    with bench.terminal:
        yield bench


@pytest.fixture
def connect():
    opened = []

    def connect(terminal):
        link = Link(str(terminal.path), QUICK, name="gun")
        link.open()
        opened.append(link)
        return link

    yield connect
    for link in opened:
        link.close()


@pytest.fixture
def bare():
    opened = []

    def bare(terminal):
        opened.append(serial.serial_for_url(str(terminal.path), timeout=0.06))
        return opened[-1]

    yield bare
    for port in opened:
        port.close()


def supply(link):
    return link.perform(lambda: DCXS(SerialAdapter(link.serial())), again=False)


SPOILT = {
    "truncated": (pty.truncated, 3),
    "flipped bit": (pty.flipped(9), 180),
    "digit in front": (pty.prefixed(b"1"), 1038),
}


def test_pymeasure_reads_and_sets_through_a_link(connect, gun):
    link = connect(gun)
    source = supply(link)
    assert link.perform(lambda: source.voltage, again=True) == 380
    link.perform(lambda: setattr(source, "setpoint", 250), again=False)
    assert link.perform(lambda: source.setpoint, again=True) == 250
    assert gun.heard.count(b"C0250") == 1


@pytest.mark.parametrize("trouble", ["truncated", "digit in front"])
def test_r28_pymeasures_own_adapter_gets_no_wrong_number_through_a_link(connect, gun, trouble):
    link = connect(gun)
    source = supply(link)
    gun.always = SPOILT[trouble][0]
    with pytest.raises(BadReply):
        link.perform(lambda: source.voltage, again=False)


@pytest.mark.parametrize(("spoil", "wrong"), SPOILT.values(), ids=SPOILT)
def test_the_same_adapter_on_a_bare_port_reads_wrong_numbers(bare, gun, spoil, wrong):
    source = DCXS(SerialAdapter(bare(gun)))
    gun.always = spoil
    assert source.voltage == wrong


def test_the_same_adapter_on_a_bare_port_is_off_by_one_after_a_late_answer(bare, gun):
    source = DCXS(SerialAdapter(bare(gun)))
    gun.faults += [pty.late(0.09), pty.late(0.05)]
    assert source.voltage == ""
    assert source.current == 380  # it is 660: this is the voltage


def test_minimalmodbus_reads_and_sets_through_a_link(connect, heater):
    link = connect(heater.terminal)
    unit = minimalmodbus.Instrument(link.serial(ModbusAnswer), 1)
    assert link.perform(lambda: unit.read_register(1, 1), again=True) == 400.0
    link.perform(lambda: unit.write_register(2, 55.5, 1, functioncode=6), again=False)
    assert heater.state[2] == 555


def test_r28_minimalmodbus_errors_are_the_four_of_a_link(connect, heater):
    link = connect(heater.terminal)
    unit = minimalmodbus.Instrument(link.serial(ModbusAnswer), 1)
    for spoil, expected in (
        (pty.instead(heater.busy), Refused),
        (pty.silent, NoReply),
        (pty.truncated, BadReply),
        (pty.flipped(20), BadReply),
    ):
        heater.terminal.faults.append(spoil)
        with pytest.raises(expected):
            link.perform(lambda: unit.read_register(1, 1), again=False)
    assert link.perform(lambda: unit.read_register(1, 1), again=False) == 400.0


def test_a_library_that_is_done_with_it_closes_nothing(connect, gun):
    link = connect(gun)
    source = supply(link)
    source.adapter.close()
    source.adapter.connection.flush()
    assert link.is_open
    assert link.perform(lambda: source.voltage, again=True) == 380


def test_a_driver_that_reads_until_silence_is_refused(connect, gun):
    """An answer without a size and without an end cannot be told from half of it."""
    link = connect(gun)
    adapter = SerialAdapter(link.serial())

    def ask():
        adapter.write("e")
        return adapter.read_bytes(-1)

    with pytest.raises(BadReply, match="cut off"):
        link.perform(ask, again=False)


def test_how_a_line_is_set_is_not_for_a_driver_to_change(connect, gun):
    port = connect(gun).serial()
    with pytest.raises(ValueError, match="belongs into the rig file"):
        port.baudrate = 1200
