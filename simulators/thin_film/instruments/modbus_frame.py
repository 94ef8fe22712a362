"""Frames of Modbus-RTU, seen from the instrument's side (Modbus over Serial Line 1.02; Application Protocol 1.1b3)."""

from dataclasses import dataclass
from enum import IntEnum

LONGEST_FRAME = 256


class Refusal(IntEnum):
    """Exception codes."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    BUSY = 6


@dataclass(frozen=True)
class Request:
    """One frame whose checksum is right."""

    unit: int
    function: int
    payload: bytes


def checksum(data: bytes) -> bytes:
    """CRC-16 with the reflected polynomial 0xA001, begun at 0xFFFF; low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0xA001 if byte & 1 else 0)
    return byte


TABLE = tuple(_entry(byte) for byte in range(256))


def frame(unit: int, function: int, payload: bytes) -> bytes:
    """A whole frame."""
    body = bytes((unit, function)) + payload
    return body + checksum(body)


def refusal(unit: int, function: int, code: Refusal) -> bytes:
    """The frame that says no."""
    return frame(unit, function | 0x80, bytes((code,)))


def expected_length(data: bytes) -> int | None:
    """How long the request that begins `data` will be; None while that cannot be told yet."""
    if len(data) < 2:
        return None
    if data[1] in (15, 16):
        return 9 + data[6] if len(data) > 6 else None
    return 8


def parse(data: bytes) -> Request | None:
    """The request that `data` is, from its first byte to its last; None if it is none."""
    if len(data) < 4 or checksum(data[:-2]) != data[-2:]:
        return None
    return Request(data[0], data[1], data[2:-2])
