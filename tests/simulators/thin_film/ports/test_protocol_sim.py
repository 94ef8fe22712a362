import errno
import time

import pytest
import serial

from simulators.thin_film.faults import Fault


def opened(instrument, **keywords):
    return serial.serial_for_url(f"sim://test/{instrument}", **{"timeout": 0.3, "exclusive": True} | keywords)


def test_bytes_go_there_and_back(rack):
    with opened("gun") as port:
        assert port.write(b"?") == 1
        assert port.in_waiting == 9
        assert port.read(9) == b"DCXS750-4"


def test_a_short_read_returns_at_once_and_its_limit_counts_as_waited(rack):
    with opened("gun", timeout=30.0) as port:
        port.write(b"?")
        before, began = rack.wires["gun"].time.now(), time.perf_counter()
        assert port.read(20) == b"DCXS750-4"
        assert time.perf_counter() - began < 5.0
        assert rack.wires["gun"].time.now() == before + 30.0


def test_a_late_answer_comes_within_a_limit_that_is_long_enough(rack):
    rack.wires["gun"].chance.plan(Fault.LATE)
    with opened("gun") as port:
        port.write(b"b")
        assert [port.read(4) for _ in range(4)] == [b"", b"", b"", b"0000"]
        rack.wires["gun"].chance.plan(Fault.LATE)
        port.timeout = 2.0
        port.write(b"b")
        assert port.read(4) == b"0000"


def test_lines_are_read_to_their_end_and_no_further(rack):
    with opened("gas") as port:
        port.write(b"AR?\r\nO2?\r\n")
        assert [port.read_until(b"\r\n") for _ in range(3)] == [b"0.0000\r\n", b"0.0000\r\n", b""]
        port.write(b"AR?\r\n")
        assert port.read_until(b"\r\n", size=3) == b"0.0"


def test_flushing_forgets_what_has_arrived(rack):
    with opened("gun") as port:
        port.write(b"?")
        port.reset_input_buffer()
        assert port.read(9) == b""


def test_a_second_opener_is_refused_while_the_first_holds_the_port(rack):
    first = opened("gun")
    with pytest.raises(serial.SerialException) as refused:
        opened("gun")
    assert refused.value.errno == errno.EAGAIN
    first.close()
    opened("gun").close()


@pytest.mark.parametrize("url", ["sim://test/gum", "sim://elsewhere/gun", "sim://test/"])
def test_what_is_not_there_cannot_be_opened(rack, url):
    with pytest.raises(serial.SerialException) as refused:
        serial.serial_for_url(url)
    assert refused.value.errno == errno.ENOENT


def test_an_unplugged_port_is_dead_even_when_the_cable_is_back(rack):
    port = opened("gun")
    rack.wires["gun"].unplug()
    for use in (lambda: port.write(b"?"), lambda: port.read(1), lambda: port.in_waiting, port.reset_input_buffer):
        with pytest.raises(serial.SerialException) as lost:
            use()
        assert lost.value.errno == errno.EIO
    with pytest.raises(serial.SerialException) as absent:
        opened("gun")
    assert absent.value.errno == errno.ENOENT
    rack.wires["gun"].plug()
    with pytest.raises(serial.SerialException):
        port.write(b"?")
    port.close()
    opened("gun").close()


def test_a_cable_that_fell_out_by_chance_is_back_after_a_vain_attempt(rack):
    rack.wires["gun"].chance.plan(Fault.UNPLUGGED)
    port = opened("gun")
    with pytest.raises(serial.SerialException):
        port.write(b"?")
    port.close()
    with pytest.raises(serial.SerialException):
        opened("gun")
    opened("gun").close()


def test_a_cable_that_falls_out_in_mid_answer_gives_half_of_it_or_an_error(rack):
    rack.wires["gun"].chance.plan(Fault.CUT_OFF)
    port = opened("gun")
    port.write(b"?")
    assert port.read(4) == b"DCXS"
    with pytest.raises(serial.SerialException):
        port.read(5)


def test_a_closed_port_cannot_be_used(rack):
    port = opened("gun")
    port.close()
    with pytest.raises(serial.PortNotOpenError):
        port.read(1)


def test_it_tells_that_waiting_costs_nothing(rack):
    with opened("gun") as port:
        assert port.instant
