import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.thin_film.instruments.modbus_frame import Refusal, checksum, expected_length, frame, parse, refusal


def test_the_checksum_is_that_of_the_standard():
    """Modbus over Serial Line 1.02, appendix B: 0x02 0x07 gives 0x1241, low byte first."""
    assert checksum(bytes((0x02, 0x07))) == bytes((0x41, 0x12))


@given(st.binary(min_size=2, max_size=60))
def test_the_checksum_is_the_one_that_drivers_compute(data):
    minimalmodbus = pytest.importorskip("minimalmodbus")
    assert checksum(data) == minimalmodbus._calculate_crc(data)


def test_a_frame_is_read_back():
    whole = frame(1, 3, bytes((0, 1, 0, 2)))
    request = parse(whole)
    assert request is not None
    assert (request.unit, request.function, request.payload) == (1, 3, bytes((0, 1, 0, 2)))
    assert expected_length(whole) == len(whole)


@given(st.integers(0, 7), st.integers(0, 7))
def test_no_single_bit_may_be_wrong(byte, bit):
    whole = bytearray(frame(1, 3, bytes((0, 1, 0, 2))))
    whole[byte] ^= 1 << bit
    assert parse(bytes(whole)) is None


def test_a_refusal_has_the_high_bit_of_its_function():
    assert refusal(1, 3, Refusal.BUSY)[:3] == bytes((1, 0x83, 6))
