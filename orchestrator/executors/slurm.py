"""`runs_on: {kind: slurm, ...}`: work in a folder as jobs of a Slurm cluster."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator

from orchestrator.executors.base import Executor, ExecutorContext
from orchestrator.executors.place import FolderWork

Option = Annotated[str, Field(pattern=r"^--[a-z][a-z-]*(=[^\n]*)?$")]

OURS = frozenset({"--job-name", "--chdir", "--output", "--error", "--time", "--parsable", "--requeue", "--no-requeue"})
"""What Junkan says itself when it submits a job."""


class SlurmSettings(BaseModel):
    """Each attempt is a job. Its name is the key of the attempt, by which it is found again after anything.

    The folder of campaigns, this installation and the campaign's files must be seen by the nodes under the same
    paths. An evaluation's time limit becomes the job's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["slurm"] = "slurm"
    partition: str | None = None
    """The partition; the cluster's default when left out."""
    account: str | None = None
    """The account that is charged."""
    cpus: PositiveInt = 1
    """Processor cores of a job."""
    memory: str | None = None
    """Memory of a job as Slurm writes it, such as 4G."""
    options: tuple[Option, ...] = ()
    """Further options of sbatch, such as --gres=gpu:1 or --constraint=avx512."""
    setup: tuple[str, ...] = ()
    """Lines of shell before the work begins, such as `module load quantum-espresso`."""
    patience: NonNegativeFloat = 120.0
    """Seconds that a submission waits for a controller that does not answer, before it is put before a person."""
    poll: PositiveFloat = 2.0
    """Seconds between two looks at the queue."""
    visibility: NonNegativeFloat = 30.0
    """Seconds that a file written on a node may take to be seen here."""

    @field_validator("options")
    @classmethod
    def _not_ours(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        for option in options:
            name = option.partition("=")[0]
            if name in OURS:
                raise ValueError(f"'{name}' is given by Junkan itself and cannot be an option.")
        return options

    def build(self, work: FolderWork, context: ExecutorContext) -> Executor:  # noqa: ARG002
        """The executor. Submits nothing yet. Raises UnusableQueue where the commands of Slurm are not installed."""
        from orchestrator.executors.placed import PlacedExecutor
        from orchestrator.executors.slurm_queue import SlurmPlace

        return PlacedExecutor(work, SlurmPlace(self))
