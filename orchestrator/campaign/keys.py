"""Which keys a campaign file may have, and where."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from orchestrator.campaign.document import Node
from orchestrator.campaign.errors import Path, PlugInError, dotted
from orchestrator.campaign.plugins import settings_model
from orchestrator.campaign.section import PlugInSection
from orchestrator.campaign.spec import CampaignSpec


def known_keys(path: Sequence[str | int], root: Node, top: type[BaseModel] = CampaignSpec) -> tuple[str, ...]:
    """The keys that the section at `path` may have, given the plug-ins that `root` names; none if it is no section.

    `top` is what the whole file says: a campaign, or a file that a campaign names.
    """
    models: tuple[type[BaseModel], ...] = (top,)
    node: Node | None = root
    for part in path:
        node = node.child(part) if node is not None else None
        fields = _fields(models)
        if part in fields:
            models = tuple(_models(fields[str(part)], node))
    return tuple(_fields(models))


def belongs_in(key: str, root: Node, top: type[BaseModel] = CampaignSpec) -> str | None:
    """Where `key` is known: `in 'space'`, or `at the top of the file`; None if nowhere, or in several places."""
    sections: list[Path] = [(), *((name,) for name in known_keys((), root, top))]
    found = [section for section in sections if key in known_keys(section, root, top) and key != "kind"]
    if len(found) != 1:
        return None
    return f"in '{dotted(found[0])}'" if found[0] else "at the top of the file"


def _fields(models: Sequence[type[BaseModel]]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for model in models for name, field in model.model_fields.items()}


def _models(field: FieldInfo, node: Node | None) -> Iterator[type[BaseModel]]:
    for annotation in field.metadata:
        if isinstance(annotation, PlugInSection):
            kind = node.child("kind") if node is not None else None
            yield from _plug_in(annotation.group, None if kind is None else kind.content)
    yield from _mentioned(field.annotation)


def _plug_in(group: str, kind: Any) -> Iterator[type[BaseModel]]:
    try:
        if isinstance(kind, str):
            yield settings_model(group, kind)
    except PlugInError:  # reported where the section is validated
        return


def _mentioned(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _mentioned(argument)
