"""`runs_on: {kind: dask, ...}`: work in a folder on the workers of a Dask cluster."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.place import FolderWork


class DaskSettings(BaseModel):
    """Each attempt is a task of a scheduler that is running already, and is found again there by the attempt's key.

    The folder of campaigns, this installation and the campaign's files must be seen by the workers under the same
    paths. A task starts one process and waits for it, so give each worker as many threads as attempts it may hold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["dask"] = "dask"
    address: str = Field(pattern=r"^(tcp|tls|ws|wss)://[^\s/]+$")
    """Where the scheduler listens, such as tcp://node7:8786."""
    resources: dict[str, PositiveFloat] = {}
    """What a task needs of its worker, by the names that the workers were started with, such as {GPU: 1}."""
    answer: PositiveFloat = 30.0
    """Seconds that the scheduler may take for an answer."""
    poll: PositiveFloat = 1.0
    """Seconds between two looks at the scheduler."""
    visibility: NonNegativeFloat = 30.0
    """Seconds that a file written by a worker may take to be seen here."""

    def build(self, work: FolderWork, context: ExecutorContext) -> Executor:  # noqa: ARG002
        """The executor. Connects to nothing yet. Raises UnusableQueue where Dask is not installed."""
        from orchestrator.executors.dask_cluster import DaskPlace
        from orchestrator.executors.placed import PlacedExecutor

        return PlacedExecutor(work, DaskPlace(self))
