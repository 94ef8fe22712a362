import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.campaign.scalars import AmbiguousScalar, scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        ("1.e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.25", -0.25),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_what_looks_like_a_number_a_truth_or_nothing_is_one(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["Cu", "yes", "No", "on", "off", "12:30", "2026-11-20", "1e", "e3", "1.2.3", "1e-3J", "inf", "-"]
)
def test_everything_else_is_text(text):
    assert scalar(text) == text


@pytest.mark.parametrize("text", ["010", "-007", "1_000", "1_0.5"])
def test_what_readers_disagree_about_is_refused(text):
    with pytest.raises(AmbiguousScalar, match=f"{text} can be read in two ways"):
        scalar(text)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "-1e400"])
def test_what_is_not_finite_is_refused(text):
    with pytest.raises(AmbiguousScalar, match=f"found {text}. Allowed: a"):
        scalar(text)


@pytest.mark.parametrize("digits", [400, 5000])
def test_an_integer_beyond_every_float_is_refused(digits):
    with pytest.raises(AmbiguousScalar, match=f"a number of {digits} digits"):
        scalar("9" * digits)


def test_the_refusal_of_a_leading_zero_offers_both_readings():
    with pytest.raises(AmbiguousScalar, match="Write -8, or '-08' for text"):
        scalar("-08")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back_exactly(value):
    assert scalar(repr(value)) == value
    assert math.copysign(1, scalar(repr(value))) == math.copysign(1, value)


@given(st.integers())
def test_every_integer_is_read_back_exactly(value):
    assert scalar(str(value)) == value
