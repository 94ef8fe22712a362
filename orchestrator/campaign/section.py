"""A section of a campaign file whose keys belong to a plug-in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo, ValidationInfo
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from orchestrator.campaign.errors import PlugInError
from orchestrator.campaign.plugins import names, settings_model
from orchestrator.campaign.wording import found


@dataclass(frozen=True)
class PlugInSection:
    """Annotates a field that holds the settings of the plug-in that its key `kind` names, out of one group."""

    group: str

    def validate(self, value: Any, info: ValidationInfo) -> BaseModel:
        """The settings in `value`, a plain section or a settings object made before. No type is bent into another."""
        if isinstance(value, BaseModel):
            return value
        if not isinstance(value, Mapping):
            guess = f" Did you mean {{kind: {value}}}?" if value in names(self.group) else ""
            raise _custom(f"found {found(value)}.{guess} Allowed: a section with the key 'kind'.")
        if "kind" not in value:
            raise _at_kind(f"the key is missing. Known: {', '.join(names(self.group))}.", value)
        kind = value["kind"]
        if not isinstance(kind, str):
            raise _at_kind(f"found {found(kind)}. Known: {', '.join(names(self.group))}.", kind)
        try:
            model = settings_model(self.group, kind)
        except PlugInError as error:
            raise _at_kind(str(error), kind) from error
        try:
            return model.model_validate_json(json.dumps(value), strict=True, context=info.context)
        except ValidationError:
            raise
        except Exception as error:  # a slip in the plug-in's own validators
            raise _custom(f"the plug-in '{kind}' stumbles over it: {type(error).__name__}: {error}.") from error

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validation by `validate`, serialization by the settings model itself."""
        return core_schema.with_info_plain_validator_function(
            self.validate,
            serialization=core_schema.plain_serializer_function_ser_schema(_dumped, info_arg=True),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Every plug-in that is installed, told apart by `kind`."""
        models = [settings_model(self.group, kind) for kind in names(self.group)]
        return {"oneOf": [handler(model.__pydantic_core_schema__) for model in models], "type": "object"}


def _dumped(settings: BaseModel, info: SerializationInfo) -> dict[str, Any]:
    return settings.model_dump(mode=info.mode)


def _custom(message: str) -> PydanticCustomError:
    # The message may hold braces, which a template would take for placeholders.
    return PydanticCustomError("plug_in", "{message}", {"message": message})


def _at_kind(message: str, value: Any) -> ValidationError:
    details = InitErrorDetails(type=_custom(message), loc=("kind",), input=value)
    return ValidationError.from_exception_data("kind", [details])
