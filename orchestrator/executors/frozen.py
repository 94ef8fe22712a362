"""The files that trials are made from: one that changes while a campaign runs would make two campaigns of one."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from orchestrator.campaign.inputs import fingerprints
from orchestrator.executors.errors import ExecutorError


class FileChanged(ExecutorError):
    """A file is not the one that the campaign started with."""


def frozen(settings: BaseModel) -> dict[str, str]:
    """SHA-256 of every file that `settings` name, by path. Raises ExecutorError if one cannot be read."""
    try:
        return {str(path): digest for path, digest in fingerprints(settings).items()}
    except OSError as error:
        raise ExecutorError(f"executor: {error.filename} cannot be read: {error.strerror}.") from error


def require_unchanged(known: Mapping[str, str]) -> None:
    """Raises FileChanged unless every file is as `known` remembers it, OSError if one cannot be read."""
    for path, digest in known.items():
        with Path(path).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise FileChanged(
                    f"{path} is not the file the campaign started with. Put that file back, or start a new campaign."
                )
