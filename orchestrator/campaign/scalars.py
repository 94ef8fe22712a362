"""Unquoted YAML scalars into values: the YAML 1.2 core schema, less what people and programs misread."""

import math
import re
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_GROUPED = re.compile(r"[-+]?[0-9]+(_[0-9]+)+(\.[0-9_]*)?([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


class AmbiguousScalar(ValueError):
    """An unquoted scalar that YAML readers disagree about, or that no computer number can hold."""


def scalar(text: str) -> Scalar:
    """The value of an unquoted scalar: null, true or false, a finite number, else text.

    `1e-3` is a number here, although YAML 1.1 reads it as text. Raises AmbiguousScalar for `010` (10 or 8?),
    `1_000` (a number or text?), infinities, not-a-number, and numbers beyond 1.8e308.
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _NOT_FINITE.fullmatch(text):
        raise AmbiguousScalar(f"found {text}. Allowed: a finite number.")
    if _LEADING_ZERO.fullmatch(text):
        raise AmbiguousScalar(f"{text} can be read in two ways. Write {_without_zeros(text)}, or '{text}' for text.")
    if _GROUPED.fullmatch(text):
        raise AmbiguousScalar(f"{text} can be read in two ways. Write {text.replace('_', '')}, or '{text}' for text.")
    return _number(text)


def _number(text: str) -> str | int | float:
    try:
        if _INTEGER.fullmatch(text):
            number: int | float = int(text)
        elif _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
            number = int(text, base=0)
        elif _FLOAT.fullmatch(text):
            number = float(text)
        else:
            return text
        finite = math.isfinite(float(number))
    except (OverflowError, ValueError):  # an integer of more digits than Python converts, or larger than any float
        finite = False
    if not finite:
        shown = text if len(text) <= 20 else f"a number of {len(text)} digits"
        raise AmbiguousScalar(f"found {shown}. Allowed: a number smaller than 1.8e308.")
    return number


def _without_zeros(text: str) -> str:
    sign = "-" if text.startswith("-") else ""
    return sign + (text.lstrip("+-0") or "0")
