"""What pydantic found in a document, as problems at their places."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core.core_schema import ErrorType

from orchestrator.campaign import wording
from orchestrator.campaign.document import Document, Node
from orchestrator.campaign.errors import Path, Problem, parts
from orchestrator.campaign.keys import belongs_in, known_keys
from orchestrator.campaign.spec import CampaignSpec
from orchestrator.campaign.suggestion import nearest, not_known

_PYDANTICS_OWN = frozenset(get_args(ErrorType))


def diagnose(error: ValidationError, document: Document, top: type[BaseModel] = CampaignSpec) -> list[Problem]:
    """The problems behind `error`, without the echoes of those that `document` already has.

    `top` is the model that the whole document was to be: a campaign, or a file that a campaign names.
    """
    complaints: dict[Path, list[Mapping[str, Any]]] = {}
    for complaint in error.errors(include_url=False):
        complaints.setdefault(_path(complaint, document, top), []).append(complaint)
    unknown = [path for path, group in complaints.items() if group[0]["type"] == "extra_forbidden"]
    meant = {path: _meant(path, document.root, top) for path in unknown}
    return [
        _problem(path, group, document, meant, top)
        for path, group in complaints.items()
        if not _is_echo(path, document) and not (group[0]["type"] == "missing" and path in meant.values())
    ]


def _path(complaint: Mapping[str, Any], document: Document, top: type[BaseModel]) -> Path:
    """The path that `complaint` is about: what the document has of it, less pydantic's names for alternatives."""
    location = complaint["loc"]
    if complaint["type"] in {"missing", "plug_in"}:
        parent, _ = document.locate(location[:-1])
        return (*parent, location[-1])
    path, node = document.locate(location)
    if complaint["type"] in {"value_error", "assertion_error"}:
        place = getattr(complaint["ctx"]["error"], "place", None)
        if isinstance(place, str):  # an error that names its place, as those of rig files do
            return document.locate_missing((*path, *parts(place)))[0]
        key = _sentence(complaint).partition(": ")[0]
        if node.section is not None and (key in node.section or key in known_keys(path, document.root, top)):
            return (*path, key)
    return path


def _problem(
    path: Path,
    group: Sequence[Mapping[str, Any]],
    document: Document,
    meant: Mapping[Path, Path | None],
    top: type[BaseModel],
) -> Problem:
    first = group[0]
    _, node = document.locate(path)
    if first["type"] == "extra_forbidden":
        return Problem.at(node.key or node.place, path, _unknown_key(path, meant[path], document.root, top))
    return Problem.at(node.shown_at, path, _message(path, node, group))


def _message(path: Path, node: Node, group: Sequence[Mapping[str, Any]]) -> str:
    first = group[0]
    match first["type"]:
        case "missing":
            return "the key is missing." if isinstance(path[-1], str) else f"entry {path[-1] + 1} is missing."
        case "value_error" | "assertion_error":
            said = getattr(first["ctx"]["error"], "message", None)
            return said if isinstance(said, str) else _sentence(first).removeprefix(f"{path[-1]}: " if path else "")
        case "union_tag_invalid":  # the value is the whole section; what is not known is the word in it
            return not_known(str(first["ctx"]["tag"]), wording.literals(first))
    if first["type"] not in _PYDANTICS_OWN or "should" not in str(first["msg"]):
        return str(first["msg"])  # a finished sentence
    return _wrong_value(node.plain(), group)


def _wrong_value(value: Any, group: Sequence[Mapping[str, Any]]) -> str:
    words = [word for complaint in group for word in wording.literals(complaint)]
    others = [wording.allowed(complaint) for complaint in group if not wording.literals(complaint)]
    if words and not others and isinstance(value, str):
        return not_known(value, words)
    correction = next(filter(None, (wording.correction(value, complaint["type"]) for complaint in group)), "")
    guess = nearest(value, words) if isinstance(value, str) and words else None
    if not correction and guess is not None:
        correction = f" Did you mean '{guess}'?"
    return f"found {wording.found(value)}.{correction} Allowed: {_either(others, words)}."


def _either(others: Sequence[str], words: Sequence[str]) -> str:
    listed = list(dict.fromkeys(others))
    if words:
        listed.append(", ".join(dict.fromkeys(words)))
    return "; or ".join(listed)


def _unknown_key(path: Path, meant: Path | None, root: Node, top: type[BaseModel]) -> str:
    known = known_keys(path[:-1], root, top)
    place = belongs_in(str(path[-1]), root, top)
    hint = f" Did you mean '{meant[-1]}'?" if meant else f" It belongs {place}." if place else ""
    return f"unknown key.{hint} Allowed: {', '.join(known) or 'none'}."


def _meant(path: Path, root: Node, top: type[BaseModel]) -> Path | None:
    guess = nearest(str(path[-1]), known_keys(path[:-1], root, top))
    return None if guess is None else (*path[:-1], guess)


def _is_echo(path: Path, document: Document) -> bool:
    return any(path[: len(broken)] == broken or broken[: len(path)] == path for broken in document.broken)


def _sentence(complaint: Mapping[str, Any]) -> str:
    return str(complaint["ctx"]["error"])
