import os
import termios

import pytest
import serial

from simulators.thin_film.faults import Fault, FaultSettings
from simulators.thin_film.instruments.heater import Heater
from simulators.thin_film.instruments.modbus_frame import frame
from simulators.thin_film.pseudo_terminal import PseudoTerminal
from simulators.thin_film.wire import Wire
from simulators.thin_film.world import World

READ = frame(1, 3, bytes((0, 1, 0, 1)))


@pytest.fixture
def terminal(tmp_path):
    wire = Wire("heater", Heater(World()), FaultSettings(late=0.05, away=0.05))
    terminal = PseudoTerminal(wire, tmp_path / "heater")
    terminal.serve()
    yield terminal
    terminal.close()


def opened(terminal):
    return serial.serial_for_url(str(terminal.link), timeout=0.05, exclusive=True)


def test_bytes_of_every_value_go_through_unchanged(terminal):
    """A terminal that is not raw would turn 0x0d into 0x0a and end at 0x04."""
    heard = []
    terminal.wire.instrument.feed = heard.append
    with opened(terminal) as port:
        port.write(bytes(range(256)))
        terminal.serve()
        terminal.wire.instrument._answer(bytes(range(256)))
        terminal.serve()
        assert port.read(256) == bytes(range(256))
    assert b"".join(heard) == bytes(range(256))


def test_the_instrument_answers_over_a_real_terminal(terminal):
    with opened(terminal) as port:
        assert os.isatty(port.fileno())
        port.write(READ)
        terminal.serve()
        assert port.read(7) == bytes.fromhex("01030200fa3807")


def test_a_second_opener_is_refused_by_the_system(terminal):
    with opened(terminal), pytest.raises(serial.SerialException, match="exclusively lock"):
        opened(terminal)


def test_a_client_that_leaves_and_comes_again_finds_the_same_instrument(terminal):
    for _ in range(3):
        with opened(terminal) as port:
            port.write(READ)
            terminal.serve()
            assert len(port.read(7)) == 7
        terminal.serve()


def test_an_unplugged_port_is_dead_its_name_gone_and_back_at_another_device(terminal):
    port = opened(terminal)
    before = terminal.link.readlink()
    terminal.wire.unplug()
    assert terminal.serve()
    assert terminal.descriptor == -1
    assert not terminal.link.is_symlink()
    with pytest.raises(serial.SerialException):
        port.write(READ)
    with pytest.raises(termios.error):
        port.reset_input_buffer()
    terminal.wire.plug()
    assert terminal.serve()
    assert terminal.link.readlink() != before
    with opened(terminal) as fresh:
        fresh.write(READ)
        terminal.serve()
        assert len(fresh.read(7)) == 7
    port.close()


def test_half_an_answer_comes_before_the_cable_is_out(terminal):
    terminal.wire.chance.plan(Fault.CUT_OFF)
    with opened(terminal) as port:
        port.write(READ)
        terminal.serve()
        assert port.read(7) == bytes.fromhex("010302")
        terminal.serve()
        assert terminal.descriptor == -1
        with pytest.raises(serial.SerialException):
            port.read(1)


def test_answers_that_nobody_reads_do_not_block_the_laboratory(terminal):
    for _ in range(300):
        terminal.wire.instrument._answer(b"x" * 1000)
        terminal.serve()
    with opened(terminal) as port:
        port.reset_input_buffer()


def test_a_name_that_a_killed_laboratory_left_behind_is_taken_over(tmp_path):
    link = tmp_path / "heater"
    link.symlink_to("/dev/pts/no-longer-there")
    terminal = PseudoTerminal(Wire("heater", Heater(World())), link)
    terminal.serve()
    with opened(terminal) as port:
        port.write(READ)
        terminal.serve()
        assert len(port.read(7)) == 7
    terminal.close()
    assert not link.is_symlink()
