"""The JSON schema of campaign files, for editors."""

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from orchestrator.campaign.spec import CampaignSpec


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a campaign file, with every plug-in that is installed.

    Raises PlugInError if one of them cannot be imported.
    """
    generated = CampaignSpec.model_json_schema(schema_generator=_CampaignSchema)
    return {"$schema": GenerateJsonSchema.schema_dialect, "title": "Junkan campaign", **generated}


class _CampaignSchema(GenerateJsonSchema):
    """Says what campaign files allow: no null, a `kind` in every plug-in's section, and the docstrings of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """Titles would only repeat the keys."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """An optional key is left out, never set to null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A default of None means that the key may be absent."""
        inner = super().default_schema(schema)
        return {key: value for key, value in inner.items() if not (key == "default" and value is None)}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """A model with the docstrings of its fields, and with its `kind` always written."""
        generated = super().model_schema(schema)
        properties = generated.get("properties", {})
        documented = _field_docstrings(schema["cls"])
        for key, described in properties.items():
            if key in documented:
                described.setdefault("description", documented[key])
        if "kind" in properties:
            generated["required"] = sorted({"kind", *generated.get("required", ())})
        generated.pop("title", None)
        return generated


def _field_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The strings that follow the fields of `model` and of the models it inherits from."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, BaseModel) and cls is not BaseModel:
            found.update(_own_docstrings(cls))
    return found


def _own_docstrings(cls: type) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError):  # the source is not at hand: a model made at run time, or a compiled one
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        before.target.id: " ".join(str(after.value.value).split())
        for before, after in pairwise(body)
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }
