"""What was found and what is allowed, in the user's words."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestrator.campaign.scalars import AmbiguousScalar, scalar

_LONGEST = 60
_TRUTHS = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}

_A_NUMBER = "a number"
_A_WHOLE_NUMBER = "a whole number"
_A_LIST = "a list, such as [1, 2]"
_A_SECTION = "a section with keys of its own"

_ALLOWED: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    "int_type": _A_WHOLE_NUMBER,
    "int_parsing": _A_WHOLE_NUMBER,
    "int_from_float": _A_WHOLE_NUMBER,
    "float_type": _A_NUMBER,
    "float_parsing": _A_NUMBER,
    "finite_number": "a finite number",
    "bool_type": "true, false",
    "bool_parsing": "true, false",
    "string_type": "text",
    "path_type": "the name of a file",
    "list_type": _A_LIST,
    "tuple_type": _A_LIST,
    "set_type": _A_LIST,
    "frozen_set_type": _A_LIST,
    "dict_type": _A_SECTION,
    "model_type": _A_SECTION,
    "model_attributes_type": _A_SECTION,
    "greater_than": lambda context: f"more than {_number(context['gt'])}",
    "greater_than_equal": lambda context: f"{_number(context['ge'])} or more",
    "less_than": lambda context: f"less than {_number(context['lt'])}",
    "less_than_equal": lambda context: f"{_number(context['le'])} or less",
    "multiple_of": lambda context: f"a multiple of {context['multiple_of']}",
    "too_short": lambda context: f"at least {_entries(context['min_length'])}",
    "too_long": lambda context: f"at most {_entries(context['max_length'])}",
    "string_too_short": lambda context: f"at least {context['min_length']} characters",
    "string_too_long": lambda context: f"at most {context['max_length']} characters",
    "string_pattern_mismatch": lambda context: f"text of the form {context['pattern']}",
}


def found(value: Any) -> str:
    """`value` as a person would name it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {short(repr(value))}"
    if isinstance(value, str):
        return f"the text '{short(value)}'" if value else "empty text"
    if isinstance(value, Mapping):
        return "a section" if value else "an empty section"
    return f"a list of {_entries(len(value))}" if isinstance(value, Sequence) else short(repr(value))


def short(text: str) -> str:
    """`text` on one line, cut off where it grows long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def allowed(error: Mapping[str, Any]) -> str:
    """What the pydantic error `error` would have accepted."""
    known = _ALLOWED.get(error["type"])
    if known is None:
        return re.sub("^(Input|Value|Data) should (be|have) (a valid |an? )?", "", str(error["msg"]))
    return known if isinstance(known, str) else known(error["ctx"])


def literals(error: Mapping[str, Any]) -> tuple[str, ...]:
    """The words that a literal, an enumeration or a tagged union knows; none for other errors."""
    context = error.get("ctx", {})
    expected = context.get("expected_tags" if error["type"] == "union_tag_invalid" else "expected")
    if error["type"] not in {"literal_error", "enum", "union_tag_invalid"} or expected is None:
        return ()
    return tuple(quoted or bare for quoted, bare in re.findall(r"'([^']*)'|([^\s,']+)", _without_or(expected)))


def correction(value: Any, error: str) -> str:
    """` Did you mean ...?` where the type of `value` is wrong for an error named `error` but its meaning is plain."""
    guess = None
    if error == "string_type" and isinstance(value, bool | int | float):
        guess = f"'{found(value).removeprefix('the number ')}', in quotes"
    elif error == "int_type" and isinstance(value, float) and value.is_integer():
        guess = str(int(value))
    elif error == "bool_type" and str(value).lower() in _TRUTHS:
        guess = _TRUTHS[str(value).lower()]
    elif isinstance(value, str):
        guess = _unquoted(value, error)
    elif error in {"list_type", "tuple_type"} and isinstance(value, int | float):
        guess = f"[{value}]"
    return "" if guess is None else f" Did you mean {guess}?"


def _unquoted(text: str, error: str) -> str | None:
    try:
        value = scalar(text)
    except AmbiguousScalar:
        return None
    kinds = {"int_type": int, "float_type": int | float, "bool_type": bool}
    wanted = kinds.get(error)
    fits = wanted is not None and isinstance(value, wanted) and (error == "bool_type" or not isinstance(value, bool))
    return f"{text}, without quotes" if fits else None


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _without_or(expected: str) -> str:
    return re.sub(r"\s+or\s+(?=[^,]*$)", ", ", expected)
