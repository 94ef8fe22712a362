"""`runs_on`: the setting of any executor that does its work in a folder."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema

from orchestrator.campaign.plugins import names
from orchestrator.campaign.section import PlugInSection
from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.place import GROUP, FolderWork


class LocalSettings(BaseModel):
    """On this machine, in processes that outlive the one that drives the campaign."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["local"] = "local"

    def build(self, work: FolderWork, context: ExecutorContext) -> Executor:
        """The executor. Starts no process yet. Raises UnknownFunction."""
        from orchestrator.executors.process import ProcessExecutor
        from orchestrator.executors.registered import registered_function

        registered_function(work.function)
        workers = context.parallel if work.workers is None else work.workers
        return ProcessExecutor(work.function, work.settings, workers, work.timeout, work.objectives)


class PlaceSection(PlugInSection):
    """A section `{kind: local, ...}` of the group `junkan.places`, or the bare kind."""

    def validate(self, value: Any, info: ValidationInfo) -> BaseModel:
        """The settings in `value`: a section, or a kind by itself, which stands for its defaults."""
        return super().validate({"kind": value} if isinstance(value, str) else value, info)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A section, or one of the kinds."""
        sections = super().__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [sections, {"type": "string", "enum": list(names(GROUP))}]}


RunsOn = Annotated[Any, PlaceSection(GROUP), Field(default_factory=LocalSettings, validate_default=False)]
"""Where the work is done: `local`, or a section such as `{kind: slurm, partition: short}`."""


def executor_for(runs_on: Any, work: FolderWork, context: ExecutorContext) -> Executor:
    """The executor that does `work` where `runs_on` says. Raises ExecutorError."""
    built: Executor = runs_on.build(work, context)
    return built
