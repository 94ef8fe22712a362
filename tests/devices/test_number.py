"""Numbers out of answers: nothing that is nearly a number becomes a reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import BadReply
from devices.number import finite, text, whole


@pytest.mark.parametrize(
    ("answer", "number"),
    [(b"250", 250.0), ("0250", 250.0), (" -1.5E-3\r\n", -1.5e-3), (b"+.5", 0.5), ("3.", 3.0), (7, 7.0), (2.5, 2.5)],
)
def test_a_plain_number_is_read(answer, number):
    assert finite(answer) == number


@pytest.mark.parametrize(
    "answer",
    [
        *["", " ", "nan", "inf", "-Infinity", "1_000", "0x1f", "2 50", "250W", "1e", "--1", "٢٥٠", "1e999", b"25\xb0"],
        *[b"\xff\xfe", "9.91E37", "+9.9E37", "-9.9E+37", float("nan"), float("inf"), True, None, b"25\x000", "2\n5"],
        "1,5",
    ],
)
def test_r28_what_is_not_plainly_a_finite_number_is_a_bad_reply(answer):
    with pytest.raises(BadReply, match="the power"):
        finite(answer, "the power")


@given(st.floats(-1e30, 1e30))
def test_every_ordinary_number_survives_its_own_text(number):
    assert finite(repr(number)) == number


def test_a_whole_number_has_no_point():
    assert whole(b" 0042 ") == 42
    with pytest.raises(BadReply):
        whole("42.0")


def test_text_is_printable_ascii():
    assert text(b"GAS-2, 0001\r\n") == "GAS-2, 0001"
    with pytest.raises(BadReply):
        text(b"GAS\xb22")
