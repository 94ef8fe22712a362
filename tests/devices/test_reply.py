"""The shapes of answers."""

import pytest

from devices.reply import Exactly, ModbusAnswer, Nothing, Terminated


@pytest.mark.parametrize(
    ("reply", "received", "excess"),
    [
        (Terminated(b"\r\n"), b"", None),
        (Terminated(b"\r\n"), b"250\r", None),
        (Terminated(b"\r\n"), b"250\r\n", 0),
        (Terminated(b"\r\n"), b"250\r\n380\r\n", 5),
        (Exactly(4), b"025", None),
        (Exactly(4), b"0250", 0),
        (Exactly(4), b"10250", 1),
        (Exactly(0), b"", 0),
        (Nothing(), b"?", 1),
        (ModbusAnswer(7), b"\x01", None),
        (ModbusAnswer(7), b"\x01\x03\x02\x00\x01\xff", None),
        (ModbusAnswer(7), b"\x01\x03\x02\x00\x01\xff\xff", 0),
        (ModbusAnswer(7), b"\x01\x83\x06\xc1\x32", 0),
        (ModbusAnswer(7), b"\x01\x83\x06\xc1\x32!", 1),
    ],
)
def test_an_answer_knows_when_it_is_whole_and_what_is_too_much(reply, received, excess):
    assert reply.excess(received) == excess


def test_only_the_end_mark_is_no_content():
    assert Terminated(b"\r\n").content(b" 250 \r\n") == b" 250 "
    assert Exactly(4).content(b"0250") == b"0250"
    assert Nothing().content(b"") == b""


def test_an_answer_that_ends_with_nothing_is_not_possible():
    with pytest.raises(ValueError, match="cannot be told"):
        Terminated(b"")
