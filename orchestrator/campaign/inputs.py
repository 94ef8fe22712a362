"""What a campaign depends on beside its own file: other files, and programs."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from orchestrator.campaign import errors
from orchestrator.campaign.document import Document
from orchestrator.campaign.errors import Problem
from orchestrator.campaign.paths import CampaignPath
from orchestrator.campaign.suggestion import did_you_mean

_RELATIVE = get_args(CampaignPath)[1:]


def inputs(spec: BaseModel) -> list[Path]:
    """The files named in fields of type CampaignPath, each once, in the order of the campaign file."""
    return list(dict.fromkeys(file for _, file in _located(spec, ())))


def fingerprints(spec: BaseModel) -> dict[Path, str]:
    """The SHA-256 of every file of `inputs(spec)`, in hexadecimal. Raises OSError if one cannot be read."""
    return {file: _sha256(file) for file in inputs(spec)}


def missing_inputs(spec: BaseModel, document: Document, folder: Path) -> list[Problem]:
    """The files of `inputs(spec)` that do not exist, as problems at the places where `document` names them."""
    problems = []
    for path, file in _located(spec, ()):
        if not file.is_file():
            _, node = document.locate(path)
            problems.append(Problem.at(node.place, path, _missing(file, folder)))
    return problems


def missing_program(spec: Any, document: Document) -> list[Problem]:
    """What the executor needs and does not find on this machine, as a problem at its section.

    Executor settings that need another program have a method `missing() -> str | None` which says so, and what to
    do; it looks without starting anything.
    """
    look = getattr(spec.executor, "missing", None)
    message = look() if callable(look) else None
    if message is None:
        return []
    _, node = document.locate(("executor",))
    return [Problem.at(node.place, ("executor",), message)]


def _located(value: Any, path: errors.Path) -> Iterator[tuple[errors.Path, Path]]:
    """The files in the fields of a model and of the models within it."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inner = (*path, field.alias or name)
            content = getattr(value, name)
            if _mentions_files((field.annotation, *field.metadata)):
                yield from _files(content, inner)
            else:
                yield from _located(content, inner)
    else:
        for part, entry in _parts(value):
            yield from _located(entry, (*path, part))


def _files(value: Any, path: errors.Path) -> Iterator[tuple[errors.Path, Path]]:
    if isinstance(value, Path):
        yield path, value
    for part, entry in _parts(value):
        yield from _files(entry, (*path, part))


def _parts(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _mentions_files(parts: tuple[Any, ...]) -> bool:
    """Whether an annotation, or the metadata that pydantic took off it, speaks of a CampaignPath."""
    return any(
        part in _RELATIVE or _mentions_files((*getattr(part, "__metadata__", ()), *get_args(part))) for part in parts
    )


def _missing(file: Path, folder: Path) -> str:
    shown = file.relative_to(folder) if file.is_relative_to(folder) else file
    if file.is_dir():
        return f"'{shown}' is a folder. Allowed: a file."
    siblings = file.parent.iterdir() if file.parent.is_dir() else ()
    hint = did_you_mean(str(shown), (str(shown.parent / sibling.name) for sibling in siblings))
    return f"'{shown}' does not exist (looked in {folder}).{hint}"


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
