"""Text that is not YAML: what the YAML reader stumbled over, in the user's words."""

import re
from typing import Any

from ruamel.yaml.error import MarkedYAMLError

from orchestrator.campaign.errors import CampaignFileError, Place, Problem

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTE_IT = "Text that holds ': ' or begins with one of @ ` % & * ! | > [ ] { } , needs quotes."

# What the YAML reader says, and what to do about it. The first pattern that is found applies.
_ADVICE = (
    (r"character '\\t'", "a tab is used where spaces belong. Use spaces."),
    (r"cannot start any token", f"PROBLEM. {_QUOTE_IT}"),
    (r"mapping values are not allowed", f"a ': ' does not fit here. Check the indentation. {_QUOTE_IT}"),
    (r"could not find expected ':'|but found '<scalar>'", "this line does not fit. Is a ':' or ',' missing?"),
    (r"end of stream|<stream end>|document separator", "a quote or bracket is not closed."),
    (r"expected ',' or '[]}]'", "the list or section in brackets goes wrong. Is a ',' or a closing bracket missing?"),
    (
        r"expected ('<document start>'|<block end>)",
        "the indentation does not fit the lines above, or a bracket is extra.",
    ),
    (r"escape", "PROBLEM. Write paths and formulas in single quotes, where a backslash is only a backslash."),
)


def decoded(data: bytes, file: str) -> str:
    """The text of a campaign file. Raises CampaignFileError at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place_after(data[: error.start].decode("utf-8"), file)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8 text. Save the file with the encoding UTF-8."
        raise CampaignFileError([Problem.at(place, (), message)]) from error


def refuse_unprintable(text: str, file: str) -> None:
    """Raises CampaignFileError at the first control character or half of a surrogate pair."""
    found = _UNPRINTABLE.search(text)
    if found is not None:
        message = f"the character U+{ord(found.group()):04X} cannot be part of a campaign file. Delete it."
        raise CampaignFileError([Problem.at(_place_after(text[: found.start()], file), (), message)])


def is_printable(text: str) -> bool:
    """Whether `text`, which may come from an escape such as "\\ud800", can be stored and shown."""
    return _UNPRINTABLE.search(text) is None


def syntax_problem(error: Exception, text: str, file: str) -> Problem:
    """What `error`, raised by the YAML reader over `text`, means for the user."""
    if not isinstance(error, MarkedYAMLError):
        return Problem.at(Place(file, 1, 1), (), f"this is not valid YAML: {error}.")
    place = _where(error, text, file)
    began = None if error.context_mark is None else Place(file, error.context_mark.line + 1, 0)
    since = f" It begins in line {began.line}." if began and began < Place(file, place.line, 0) else ""
    return Problem.at(place, (), f"this is not valid YAML: {_advice(error)}{since}")


def _where(error: Any, text: str, file: str) -> Place:
    """Where the trouble shows; where it began, if it only shows at the end of the text."""
    end = _place_after(text.rstrip(), file)
    for mark in (error.problem_mark, error.context_mark):
        if mark is not None and (place := Place(file, mark.line + 1, mark.column + 1)) < end:
            return place
    return end


def _advice(error: Any) -> str:
    problem = str(error.problem or error.context)
    for pattern, advice in _ADVICE:
        if re.search(pattern, problem):
            return advice.replace("PROBLEM", problem)
    return f"{problem}."


def _place_after(text: str, file: str) -> Place:
    lines = re.split("\r\n|\r|\n", text)
    return Place(file, len(lines), len(lines[-1].removeprefix("\ufeff")) + 1)
