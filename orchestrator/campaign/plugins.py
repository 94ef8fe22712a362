"""Plug-ins: the optimizers, spaces and executors that installed distributions offer.

A plug-in is found through an entry point, ours as anybody's, and is its settings model: a pydantic model with a
literal `kind` and a `build` method. Only the one that a campaign names is imported.
"""

import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

from pydantic import BaseModel

from orchestrator.campaign.errors import PlugInError
from orchestrator.campaign.suggestion import not_known

SPACES = "junkan.spaces"
OPTIMIZERS = "junkan.optimizers"
EXECUTORS = "junkan.executors"


def names(group: str) -> tuple[str, ...]:
    """The kinds on offer in `group`, sorted. Nothing is imported."""
    return tuple(sorted({entry.name for entry in _entries(group)}))


def settings_model(group: str, kind: str) -> type[BaseModel]:
    """The settings model registered in `group` under the name `kind`, imported now.

    Raises PlugInError if there is none or several, if it cannot be imported, or if it is no settings model.
    """
    found = [entry for entry in _entries(group) if entry.name == kind]
    if not found:
        raise PlugInError(not_known(kind, names(group)))
    if len(found) > 1:
        raise PlugInError(f"'{kind}' is offered by {_origins(found)}. Uninstall all but one.")
    return _imported(found[0])


def _entries(group: str) -> EntryPoints:
    found: EntryPoints = _installed(tuple(sys.path)).select(group=group)
    return found


@cache
def _installed(_path: tuple[str, ...]) -> Any:
    """The entry points of all distributions on `_path`. Reading them takes milliseconds, and a campaign asks often.

    Their type depends on the version of Python; all have a method `select`.
    """
    return entry_points()


def _imported(entry: EntryPoint) -> type[BaseModel]:
    try:
        model = entry.load()
    except Exception as error:  # whatever a plug-in does while it is imported
        raise PlugInError(f"{_title(entry)} cannot be imported: {type(error).__name__}: {error}.") from error
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise PlugInError(f"{_title(entry)} is not a pydantic model: {entry.value}.")
    if "kind" not in model.model_fields or not callable(getattr(model, "build", None)):
        raise PlugInError(f"{_title(entry)} lacks a field `kind` or a method `build`: {entry.value}.")
    return model


def _title(entry: EntryPoint) -> str:
    return f"the plug-in '{entry.name}' of {_origins([entry])}"


def _origins(entries: Iterable[EntryPoint]) -> str:
    found = (f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value for entry in entries)
    return " and ".join(sorted(found))
