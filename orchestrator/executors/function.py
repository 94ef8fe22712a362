"""`executor: {kind: function, ...}`: any registered function as an experiment."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.place import FolderWork
from orchestrator.executors.runs_on import RunsOn, executor_for

YEAR = 366 * 86400.0


class FunctionSettings(BaseModel):
    """Evaluates the function registered as `function`, each trial in a process of its own or a reused one.

    A function is registered by an entry point of the group `junkan.functions` that names its factory:
    `factory(settings) -> function`, called once in each worker process, and then
    `function(parameters, folder) -> number | (number, standard error) | {objective: number} | Outcome`, called for
    each trial. `timeout` is in seconds; an evaluation that exceeds it is killed with everything it started.
    `workers` idle processes are kept between trials (as many as the campaign has trials in flight, by default).
    `runs_on` says where.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["function"] = "function"
    function: str
    settings: dict[str, JsonValue] = {}
    timeout: float = Field(default=3600.0, gt=0, le=YEAR)
    workers: int | None = Field(default=None, ge=0)
    runs_on: RunsOn

    def build(self, context: ExecutorContext) -> Executor:
        """The executor. Starts no process yet. Raises UnknownFunction."""
        work = FolderWork(self.function, self.settings, self.timeout, context.objectives, self.workers)
        return executor_for(self.runs_on, work, context)
